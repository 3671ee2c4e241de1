"""Web API: chat.*, but for what is to be posted later (see scheduled.py)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from localslack.api.args import Args
from localslack.changes import marks
from localslack.changes.accepting import TEXT_LIMIT, accepted_attachments, accepted_blocks, bounded
from localslack.hub import TOMBSTONE, Hub
from localslack.workspace.model import Channel, Json, Message, SlackError
from localslack.workspace.shapes import message_json, with_ids
from localslack.workspace.typed import as_kept

UPDATE_LIMIT = 4_000
MARKDOWN_LIMIT = 12_000
# Slack says that there is a limit, not which: this is generous.
METADATA_BYTES = 16 * 1024
PUBLIC_SCOPE = "chat:write.public"
CUSTOM_SCOPE = "chat:write.customize"


def post_message(hub: Hub, args: Args) -> Json:
    message = new_message(hub, args, target(hub, args))
    hub.add_message(message)
    return {"channel": message.channel, "ts": message.ts, "message": message_json(hub.state, message)}


def me_message(hub: Hub, args: Args) -> Json:
    """As people's /me: what the bot does, said of itself."""
    message = new_message(hub, Args({"text": args.required("text")}), target(hub, args))
    message.subtype = "me_message"
    hub.add_message(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(hub: Hub, args: Args) -> Json:
    channel = target(hub, args)
    user = args.required("user")
    if user not in hub.state.members(channel):
        raise SlackError("user_not_in_channel")
    message = new_message(hub, args, channel)
    message.ephemeral_to, message.metadata = user, None
    hub.add_message(message)
    return {"message_ts": message.ts}


def update(hub: Hub, args: Args) -> Json:
    """Blocks, attachments and metadata left out are kept, as in Slack."""
    channel = hub.state.joined_channel(args.required("channel"))
    message = own_message(hub, channel, args, "cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    before = message_json(hub.state, message)
    blocks, attachments = _blocks(hub, args), _attachments(hub, args)
    if "text" not in args and "markdown_text" not in args and blocks is None and attachments is None:
        raise SlackError("no_text")
    message.text = _text(args, UPDATE_LIMIT) if "text" in args or "markdown_text" in args else message.text
    message.blocks = message.blocks if blocks is None else blocks
    message.attachments = message.attachments if attachments is None else attachments
    message.metadata = _metadata(args) if "metadata" in args else message.metadata
    message.parse = args.text("parse", "client")
    message.edited = {"user": hub.workspace.bot_user_id, "ts": hub.state.next_ts()}
    hub.change_message(message, before)
    body = message_json(hub.state, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": body}


def delete(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    message = own_message(hub, channel, args, "cant_delete_message")
    hub.remove_message(message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    message = _seen(hub, channel, args.required("message_ts"))
    return {"channel": channel.id, "permalink": marks.permalink(hub, message)}


def target(hub: Hub, args: Args) -> Channel:
    """The conversation to post in: an id, a #name, or a person, whose direct messages are opened."""
    name = args.required("channel")
    if name in hub.state.people:
        channel = hub.state.direct([name])
    else:
        named = [c for c in hub.state.channels.values() if c.name and name.removeprefix("#") == c.name]
        channel = hub.state.channel(named[0].id if named else name)
    joined = hub.workspace.bot_user_id in hub.state.members(channel)
    if not joined and PUBLIC_SCOPE not in hub.workspace.scopes:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    if channel.kind == "im" and not hub.workspace.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def new_message(hub: Hub, args: Args, channel: Channel) -> Message:
    """What the arguments say is to be posted, not yet posted."""
    blocks, attachments, text = _blocks(hub, args), _attachments(hub, args), _text(args, TEXT_LIMIT)
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    thread_ts = _thread(hub, channel, args)
    return Message(
        ts=hub.state.next_ts(),
        channel=channel.id,
        user=hub.workspace.bot_user_id,
        text=text,
        blocks=blocks or [],
        attachments=attachments or [],
        metadata=_metadata(args),
        thread_ts=thread_ts,
        broadcast=args.flag("reply_broadcast") and thread_ts is not None,
        by_app=True,
        parse=args.text("parse"),
        details=_dressed(hub, args),
    )


def _thread(hub: Hub, channel: Channel, args: Args) -> str | None:
    """The thread to reply in; a reply's own ts means its thread."""
    thread_ts = args.text("thread_ts") or None
    if thread_ts is None:
        return None
    parent = hub.state.messages[channel.id].get(thread_ts)
    if parent is None or parent.ephemeral_to is not None or parent.subtype not in ("", TOMBSTONE):
        raise SlackError("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def _dressed(hub: Hub, args: Args) -> Json:
    """Another name and icon for this message, which without the scope Slack passes over in silence."""
    if CUSTOM_SCOPE not in hub.workspace.scopes:
        return {}
    icons = {"emoji": "icon_emoji", "image_48": "icon_url"}
    shown = {name: args.text(argument) for name, argument in icons.items() if argument in args}
    named = {"username": args.text("username")} if "username" in args else {}
    return named | ({"icons": shown} if shown else {})


def _text(args: Args, most: int) -> str:
    if "markdown_text" in args:
        return bounded(args.text("markdown_text"), MARKDOWN_LIMIT)
    return as_kept(bounded(args.text("text"), most), links=args.text("parse") != "none")


def _blocks(hub: Hub, args: Args) -> list[Json] | None:
    blocks = args.json("blocks", "invalid_blocks_format")
    if "markdown_text" in args:
        if blocks or args.text("text"):
            raise SlackError("markdown_text_conflict")
        return with_ids([{"type": "markdown", "text": args.text("markdown_text")}])
    return None if blocks is None else with_ids(accepted_blocks(hub, blocks))


def _attachments(hub: Hub, args: Args) -> list[Json] | None:
    attachments = args.json("attachments", "invalid_attachments")
    return None if attachments is None else accepted_attachments(hub, attachments)


def _metadata(args: Args) -> Json | None:
    metadata = args.json("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if not metadata["event_type"] or not all(_plain(value) for value in payload.values()):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": payload}


def _plain(value: Any, depth: int = 2) -> bool:
    """Text, a number, true or false; or an object or list of these. Nothing is null, nothing nests deeper."""
    if isinstance(value, Mapping):
        return depth > 0 and all(_plain(one, depth - 1) for one in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_plain(one, depth - 1) for one in value)
    return isinstance(value, str | int | float)


def _seen(hub: Hub, channel: Channel, ts: str) -> Message:
    message = hub.state.message(channel.id, ts)
    if message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    return message


def own_message(hub: Hub, channel: Channel, args: Args, otherwise: str) -> Message:
    message = _seen(hub, channel, args.required("ts"))
    if message.user != hub.workspace.bot_user_id or message.subtype:
        raise SlackError(otherwise)
    return message


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "chat.delete": delete,
    "chat.getPermalink": permalink,
    "chat.meMessage": me_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.postMessage": post_message,
    "chat.update": update,
}
