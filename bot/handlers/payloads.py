"""Reading Slack's payloads: which events are for the bot, and what kind of event one is."""

from collections.abc import Mapping
from typing import Any


def is_command_message(event: Mapping[str, Any]) -> bool:
    """Something a person wrote to the bot directly."""
    return (
        event.get("type") == "message"
        and event.get("channel_type") == "im"
        and not event.get("subtype")
        and not event.get("bot_id")
    )


def is_deletion(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "message" and event.get("subtype") == "message_deleted"


def is_deactivation(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "user_change" and bool(event["user"].get("deleted"))


def concerns_the_bot(event: Mapping[str, Any]) -> bool:
    """Everything else is acknowledged and forgotten."""
    if event.get("type") in ("app_mention", "app_home_opened"):
        return not event.get("bot_id")
    return is_command_message(event) or is_deletion(event) or is_deactivation(event)
