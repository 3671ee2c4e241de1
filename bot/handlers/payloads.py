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


def deleted_ts(event: Mapping[str, Any]) -> str | None:
    """Which message somebody deleted. One that has replies is not deleted for Slack, but changed into a tombstone."""
    match event:
        case {"type": "message", "subtype": "message_deleted", "deleted_ts": str(ts)}:
            return ts
        case {"type": "message", "subtype": "message_changed", "message": {"subtype": "tombstone", "ts": str(ts)}}:
            return ts
    return None


def is_deactivation(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "user_change" and bool(event["user"].get("deleted"))


def concerns_the_bot(event: Mapping[str, Any]) -> bool:
    """Everything else is acknowledged and forgotten."""
    if event.get("type") in ("app_mention", "app_home_opened"):
        return not event.get("bot_id")
    return is_command_message(event) or is_deactivation(event) or deleted_ts(event) is not None
