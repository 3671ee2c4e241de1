"""Web API: chat.*"""

from collections.abc import Callable
from typing import Any

from bot.demo.slack.api.args import Args
from bot.demo.slack.blockkit.checks import check_message_blocks
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import Channel, Json, Message, SlackError
from bot.demo.slack.workspace.shapes import message_json, with_ids

TEXT_LIMIT = 40_000


def post_message(hub: Hub, args: Args) -> Json:
    channel = target(hub, args)
    message = _new_message(hub, args, channel)
    message.metadata = _metadata(args)
    message.broadcast = args.flag("reply_broadcast") and message.thread_ts is not None
    hub.add_message(message)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(hub.state, message)}


def post_ephemeral(hub: Hub, args: Args) -> Json:
    channel = target(hub, args)
    user = args.required("user")
    if user not in hub.state.members(channel):
        raise SlackError("user_not_in_channel")
    message = _new_message(hub, args, channel)
    message.ephemeral_to = user
    hub.add_message(message)
    return {"message_ts": message.ts}


def update(hub: Hub, args: Args) -> Json:
    """Blocks, attachments and metadata left out are kept, as in Slack."""
    channel = hub.state.joined_channel(args.required("channel"))
    message = _own(hub, channel, args, "cant_update_message")
    before = message_json(hub.state, message)
    blocks = _blocks(hub, args)
    if "text" not in args and blocks is None and "attachments" not in args:
        raise SlackError("no_text")
    message.text = _text(args) if "text" in args else message.text
    message.blocks = message.blocks if blocks is None else blocks
    message.attachments = _attachments(args, message.attachments)
    message.metadata = _metadata(args) if "metadata" in args else message.metadata
    message.parse = args.text("parse", "client")
    message.edited = {"user": hub.workspace.bot_user_id, "ts": hub.state.next_ts()}
    hub.change_message(message, before)
    body = message_json(hub.state, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": body}


def delete(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    message = _own(hub, channel, args, "cant_delete_message")
    hub.remove_message(message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    message = _seen(hub, channel, args.required("message_ts"))
    url = f"{hub.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        url += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": url}


def target(hub: Hub, args: Args) -> Channel:
    """The conversation to post in: an id, a #name, or a person, whose direct messages are opened."""
    name = args.text("channel")
    if name in hub.state.people:
        return hub.state.direct([name])
    for channel in hub.state.channels.values():
        if channel.name and name.removeprefix("#") == channel.name:
            return hub.state.joined_channel(channel.id)
    return hub.state.joined_channel(name)


def _new_message(hub: Hub, args: Args, channel: Channel) -> Message:
    blocks = _blocks(hub, args)
    text = _text(args)
    attachments = _attachments(args, [])
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    thread_ts = args.text("thread_ts") or None
    if thread_ts is not None and thread_ts not in hub.state.messages[channel.id]:
        raise SlackError("cannot_reply_to_message")
    return Message(
        ts=hub.state.next_ts(),
        channel=channel.id,
        user=hub.workspace.bot_user_id,
        text=text,
        blocks=blocks or [],
        attachments=attachments,
        thread_ts=thread_ts,
        by_app=True,
        parse=args.text("parse"),
    )


def _text(args: Args) -> str:
    text = args.text("text")
    if len(text) > TEXT_LIMIT:
        raise SlackError("msg_too_long")
    return text


def _blocks(hub: Hub, args: Args) -> list[Json] | None:
    blocks = args.json("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    return with_ids(check_message_blocks(blocks, hub.workspace.refused_blocks))


def _attachments(args: Args, otherwise: list[Json]) -> list[Json]:
    attachments: Any = args.json("attachments", "invalid_attachments")
    return otherwise if attachments is None else list(attachments)


def _metadata(args: Args) -> Json | None:
    metadata = args.json("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return metadata


def _seen(hub: Hub, channel: Channel, ts: str) -> Message:
    message = hub.state.message(channel.id, ts)
    if message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    return message


def _own(hub: Hub, channel: Channel, args: Args, otherwise: str) -> Message:
    message = _seen(hub, channel, args.required("ts"))
    if message.user != hub.workspace.bot_user_id:
        raise SlackError(otherwise)
    return message


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
}
