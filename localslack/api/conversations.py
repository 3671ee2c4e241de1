"""Web API: conversations.*, but for who is in them (see memberships.py)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, get_args

from localslack.api.args import TIMESTAMP, Args
from localslack.api.paging import paged
from localslack.changes import marks, rooms
from localslack.hub import Hub
from localslack.workspace.model import Channel, Json, Message, SlackError
from localslack.workspace.scopes import Kind
from localslack.workspace.shapes import channel_json, message_json

MOST_PEOPLE = 8


def create(hub: Hub, args: Args) -> Json:
    channel = rooms.create(hub, hub.workspace.bot_user_id, args.text("name"), private=args.flag("is_private"))
    return {"channel": channel_json(hub.state, channel)}


def history(hub: Hub, args: Args) -> Json:
    """Newest first, without replies that were not also sent to the channel, never an ephemeral."""
    channel = hub.state.joined_channel(args.required("channel"))
    shown = [message for message in hub.state.messages[channel.id].values() if _in_history(message)]
    newest_first = list(reversed(_between(shown, args)))
    page, more = _messages(hub, newest_first, args)
    return page | {"pin_count": len(marks.pinned(hub, channel))} | more


def replies(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    asked = hub.state.messages[channel.id].get(args.required("ts"))
    if asked is None or asked.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    if asked.thread_ts not in (None, asked.ts):  # a reply stands for itself
        page, more = _messages(hub, [asked], args)
        return page | more
    page, more = _messages(hub, [asked, *_between(hub.state.replies(channel.id, asked.ts), args)], args)
    return page | more


def _messages(hub: Hub, messages: list[Message], args: Args) -> tuple[Json, Json]:
    page, more = paged(messages, args, "next_ts", lambda message: message.ts)
    metadata = args.flag("include_all_metadata")
    shown = [message_json(hub.state, message, metadata=metadata) for message in page]
    return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"])}, more


def info(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    counted = {"num_members": len(hub.state.members(channel))} if args.flag("include_num_members") else {}
    return {"channel": channel_json(hub.state, channel) | counted}


def listing(hub: Hub, args: Args) -> Json:
    page, more = paged(listed(hub, args, hub.workspace.bot_user_id), args, "team", lambda channel: channel.id)
    counted = [channel_json(hub.state, c) | {"num_members": len(hub.state.members(c))} for c in page]
    return {"channels": counted} | more


def listed(hub: Hub, args: Args, viewer: str) -> list[Channel]:
    """Conversations of the types asked for, private ones where the viewer is a member."""
    kinds = args.names("types") or ["public_channel"]
    if set(kinds) - set(get_args(Kind)):
        raise SlackError("invalid_types")
    channels = [c for c in hub.state.channels.values() if c.type in kinds]
    open_ones = [c for c in channels if not (c.archived and args.flag("exclude_archived"))]
    return [c for c in open_ones if not c.private or viewer in hub.state.members(c)]


def opened(hub: Hub, args: Args) -> Json:
    """Direct messages with one person or several; whether they are new is not Slack's to say twice."""
    if "channel" in args:
        channel = hub.state.channel(args.text("channel"))
        if channel.kind == "channel":
            raise SlackError("method_not_supported_for_channel_type")
        known = True
    else:
        users = _people(hub, args)
        known = hub.state.direct_id(users) in hub.state.channels
        if args.flag("prevent_creation") and not known:
            raise SlackError("channel_not_found")
        channel = hub.state.direct(users)
    whole = channel_json(hub.state, channel) if args.flag("return_im") else {"id": channel.id}
    was_open, channel.open = known and channel.open, True
    return {"no_op": was_open, "already_open": was_open, "channel": whole}


def _people(hub: Hub, args: Args) -> list[str]:
    users = args.names("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > MOST_PEOPLE:
        raise SlackError("too_many_users")
    if any(hub.state.person(user).deleted for user in users):
        raise SlackError("user_disabled")
    if any(user not in hub.state.people for user in users):  # the bot itself, Slackbot
        raise SlackError("invalid_user_combination")
    return users


def close(hub: Hub, args: Args) -> Json:
    """Put a direct conversation away; what was said in it stays."""
    channel = hub.state.joined_channel(args.required("channel"))
    if channel.kind == "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if not channel.open:
        return {"no_op": True, "already_closed": True}
    channel.open = False
    return {}


def mark(hub: Hub, args: Args) -> Json:
    """Remember how far the bot has read."""
    channel = hub.state.joined_channel(args.required("channel"))
    ts = args.required("ts")
    if not TIMESTAMP.fullmatch(ts):
        raise SlackError("invalid_timestamp")
    hub.read_marks.mark_read(hub.workspace.bot_user_id, channel.id, ts)
    return {}


def archive(hub: Hub, args: Args) -> Json:
    rooms.archive(hub, joined_room(hub, args), hub.workspace.bot_user_id)
    return {}


def unarchive(hub: Hub, args: Args) -> Json:
    rooms.unarchive(hub, joined_room(hub, args), hub.workspace.bot_user_id)
    return {}


def rename(hub: Hub, args: Args) -> Json:
    channel = joined_room(hub, args)
    if channel.creator != hub.workspace.bot_user_id:
        raise SlackError("not_authorized")
    rooms.rename(hub, channel, hub.workspace.bot_user_id, args.text("name"))
    return {"channel": channel_json(hub.state, channel)}


def set_topic(hub: Hub, args: Args) -> Json:
    return _described(hub, args, "topic")


def set_purpose(hub: Hub, args: Args) -> Json:
    return _described(hub, args, "purpose")


def _described(hub: Hub, args: Args, what: Literal["topic", "purpose"]) -> Json:
    channel = joined_room(hub, args)
    if what not in args:
        args.required(what)
    rooms.describe(hub, channel, hub.workspace.bot_user_id, what, args.text(what))
    return {what: args.text(what), "channel": channel_json(hub.state, channel)}


def room(hub: Hub, args: Args) -> Channel:
    """The channel meant, no direct messages."""
    channel = hub.state.channel(args.required("channel"))
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    return channel


def joined_room(hub: Hub, args: Args) -> Channel:
    return hub.state.joined_channel(room(hub, args).id)


def _in_history(message: Message) -> bool:
    in_thread = message.thread_ts not in (None, message.ts) and not message.broadcast
    return message.ephemeral_to is None and not in_thread


def _between(messages: list[Message], args: Args) -> list[Message]:
    oldest, latest = args.moment("oldest", "invalid_ts_oldest"), args.moment("latest", "invalid_ts_latest")
    inclusive = args.flag("inclusive")

    def inside(ts: Decimal) -> bool:
        if inclusive and ts in (oldest, latest):
            return True
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return [m for m in messages if inside(Decimal(m.ts))]


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "conversations.archive": archive,
    "conversations.close": close,
    "conversations.create": create,
    "conversations.history": history,
    "conversations.info": info,
    "conversations.list": listing,
    "conversations.mark": mark,
    "conversations.open": opened,
    "conversations.rename": rename,
    "conversations.replies": replies,
    "conversations.setPurpose": set_purpose,
    "conversations.setTopic": set_topic,
    "conversations.unarchive": unarchive,
}
