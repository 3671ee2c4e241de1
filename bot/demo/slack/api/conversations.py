"""Web API: conversations.*"""

import base64
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.demo.slack.api.args import Args
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import Json, Message, SlackError
from bot.demo.slack.workspace.shapes import channel_json, message_json

PAGE = 100
MOST = 1000


def history(hub: Hub, args: Args) -> Json:
    """Newest first, without replies that were not also sent to the channel, never an ephemeral."""
    channel = hub.state.joined_channel(args.required("channel"))
    shown = [m for m in hub.state.messages[channel.id].values() if _in_history(m)]
    newest_first = list(reversed(_between(shown, args)))
    page, more = paged(newest_first, args)
    metadata = args.flag("include_all_metadata")
    messages = [message_json(hub.state, m, metadata=metadata) for m in page]
    return {"messages": messages, "pin_count": 0} | more


def replies(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    ts = args.required("ts")
    parent = hub.state.messages[channel.id].get(ts)
    if parent is None or parent.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    page, more = paged([parent, *_between(hub.state.replies(channel.id, ts), args)], args)
    metadata = args.flag("include_all_metadata")
    return {"messages": [message_json(hub.state, m, metadata=metadata) for m in page]} | more


def info(hub: Hub, args: Args) -> Json:
    return {"channel": channel_json(hub.state, hub.state.channel(args.required("channel")))}


def listing(hub: Hub, args: Args) -> Json:
    kinds = args.text("types", "public_channel").split(",")
    wanted = [c for c in hub.state.channels.values() if _kind(c) in kinds]
    visible = [c for c in wanted if not c.private or hub.workspace.bot_user_id in hub.state.members(c)]
    page, more = paged(visible, args)
    return {"channels": [channel_json(hub.state, c) for c in page]} | more


def members(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    page, more = paged(hub.state.members(channel), args)
    return {"members": page} | more


def opened(hub: Hub, args: Args) -> Json:
    if "channel" in args:
        channel = hub.state.channel(args.text("channel"))
    else:
        value = args.values.get("users") or ""
        users = value if isinstance(value, list) else [user for user in str(value).split(",") if user]
        if not users:
            raise SlackError("users_list_not_supplied")
        channel = hub.state.direct(users)
    whole = args.flag("return_im")
    return {"channel": channel_json(hub.state, channel) if whole else {"id": channel.id}}


def join(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    if channel.private:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.members is not None and hub.workspace.bot_user_id not in channel.members:
        channel.members.append(hub.workspace.bot_user_id)
    return {"channel": channel_json(hub.state, channel)}


def paged(items: Sequence[Any], args: Args) -> tuple[list[Any], Json]:
    """One page, and the fields that say where the next begins."""
    start = _start(args.text("cursor"))
    limit = args.number("limit", PAGE, MOST)
    page = list(items[start : start + limit])
    has_more = len(items) > start + limit
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if has_more else ""
    return page, {"has_more": has_more, "response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("next:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None


def _in_history(message: Message) -> bool:
    in_thread = message.thread_ts not in (None, message.ts) and not message.broadcast
    return message.ephemeral_to is None and not in_thread


def _between(messages: list[Message], args: Args) -> list[Message]:
    oldest, latest = _moment(args, "oldest"), _moment(args, "latest")
    inclusive = args.flag("inclusive")

    def inside(ts: Decimal) -> bool:
        if inclusive and ts in (oldest, latest):
            return True
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return [m for m in messages if inside(Decimal(m.ts))]


def _moment(args: Args, name: str) -> Decimal | None:
    value = args.text(name)
    if not value or value == "now":
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        raise SlackError(f"invalid_ts_{name}") from None


def _kind(channel: Any) -> str:
    if channel.kind != "channel":
        return str(channel.kind)
    return "private_channel" if channel.private else "public_channel"


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.info": info,
    "conversations.list": listing,
    "conversations.members": members,
    "conversations.open": opened,
    "conversations.join": join,
}
