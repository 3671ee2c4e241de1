"""Reading Slack's payloads: which events are for the bot, and what kind of event one is."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from bot.handlers import shapes
from bot.handlers.manifest import ABOUT_MESSAGE
from bot.handlers.views import FORMS

SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair
MARKS = frozenset({"pushpin", "round_pushpin"})
"""The reactions that make a message a line of an incident's timeline."""
CANARY = "canary:"  # begins the id of the block of a canary
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


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


def marked_message(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """The message, by channel and timestamp, that somebody marked for a timeline, or whose mark they took back."""
    match event:
        case {
            "type": "reaction_added" | "reaction_removed",
            "reaction": str(name),
            "item": {"type": "message", "channel": str(channel), "ts": str(ts)},
        } if name in MARKS:
            return channel, ts
    return None


def edited_ts(event: Mapping[str, Any]) -> str | None:
    """Which message a person changed; of what Slack or an app changes nobody needs to know."""
    match event:
        case {"type": "message", "subtype": "message_changed", "message": {"edited": {}, "ts": str(ts)} as message} if (
            "bot_id" not in message
        ):
            return ts
    return None


def canary_ts(event: Mapping[str, Any]) -> str | None:
    """Which message it is, if a bot changed one that has the block of a canary (bot/watch/canary.py)."""
    match event:
        case {
            "type": "message",
            "subtype": "message_changed",
            "message": {"bot_id": str(), "ts": str(ts), "blocks": [{"block_id": str(block)}, *_]},
        } if block.startswith(CANARY):
            return ts
    return None


def without_words(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is stored of an event: of a message that was changed or deleted where it is, and not what people say."""
    event = body["event"]
    if (ts := deleted_ts(event)) is not None:
        told: dict[str, Any] = {"subtype": "message_deleted", "deleted_ts": ts}
    elif (ts := edited_ts(event)) is not None:
        told = {"subtype": "message_changed", "message": {"ts": ts, "edited": {}}}
    elif (ts := canary_ts(event)) is not None:
        told = {"subtype": "message_changed", "message": {"ts": ts, "bot_id": "", "blocks": [{"block_id": CANARY}]}}
    else:
        return body
    kept = {name: event[name] for name in ("type", "channel") if name in event}
    return {**body, "event": {**kept, **told}}


def is_deactivation(event: Mapping[str, Any]) -> bool:
    user = event.get("user")
    return event.get("type") == "user_change" and isinstance(user, Mapping) and bool(user.get("deleted"))


def concerns_the_bot(event: Mapping[str, Any]) -> bool:
    """Everything else is acknowledged and forgotten."""
    if event.get("type") in ("app_mention", "app_home_opened"):
        return not event.get("bot_id")
    if canary_ts(event) is not None:
        return True
    of_a_timeline = marked_message(event) is not None or edited_ts(event) is not None
    return of_a_timeline or is_command_message(event) or is_deactivation(event) or deleted_ts(event) is not None


def team_of(body: Mapping[str, Any]) -> str | None:
    """The workspace that Slack delivers for; the actor's own may be another."""
    team = body.get("team")
    found = body.get("team_id") or (team.get("id") if isinstance(team, Mapping) else team)
    return found if isinstance(found, str) else None


def is_known(body: Mapping[str, Any]) -> bool:
    """Whether the bot takes this kind of payload at all."""
    return "command" in body or (_shape_of(body) is not None and not _is_strange_form(body))


def _is_strange_form(body: Mapping[str, Any]) -> bool:
    """A form or a shortcut that this bot has not; one that says nothing of which it is, is unreadable."""
    match body:
        case {"type": "view_submission", "view": {"callback_id": str(which)}}:
            return which not in FORMS
        case {"type": "message_action", "callback_id": str(which)}:
            return which != ABOUT_MESSAGE
    return False


def _shape_of(body: Mapping[str, Any]) -> type[BaseModel] | None:
    kind = body.get("type")
    return shapes.BY_TYPE.get(kind) if isinstance(kind, str) else None


def is_readable(body: Mapping[str, Any]) -> bool:
    """Whether it has, in the right form, all that handling it relies on; then it may be stored."""
    if "command" in body:
        return shapes.fits(shapes.Command, body)
    if body.get("type") != "event_callback":
        shape = _shape_of(body)
        return shape is not None and shapes.fits(shape, body)
    event = body.get("event")
    if not (isinstance(event, Mapping) and isinstance(event.get("type"), str)):
        return False
    if not concerns_the_bot(event):
        return True  # acknowledged and forgotten, whatever it looks like
    nobodys = any(ts(event) is not None for ts in (deleted_ts, edited_ts, canary_ts))
    return shapes.fits(shapes.DeletedEvent if nobodys else shapes.SpokenEvent, body)


def storable_text(document: str) -> str:
    """A JSON document without what PostgreSQL's jsonb has no room for; nothing a person means to say contains it."""
    if not document.isascii():  # each is looked for only where it can be: that takes a hundredth of the time
        document = SURROGATE.sub("\ufffd", document)
    return NUL.sub("\\1\ufffd", document) if "\\u0000" in document else document


def storable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a payload that is not stored, but looked up with."""
    cleaned: dict[str, Any] = json.loads(storable_text(json.dumps(body, ensure_ascii=False)))
    return cleaned
