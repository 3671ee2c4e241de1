"""Web API: messages for later (chat.scheduleMessage, scheduledMessages.list, deleteScheduledMessage)."""

from collections.abc import Callable

from localslack import moment
from localslack.api.args import Args, missing
from localslack.api.chat import new_message, target
from localslack.api.paging import paged
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError
from localslack.workspace.shapes import message_json
from localslack.workspace.state import Scheduled

FARTHEST_SECONDS = 120 * 24 * 3600
# No more than so many in one channel within so long: https://docs.slack.dev/reference/methods/chat.scheduleMessage
MOST, WINDOW_SECONDS = 30, 5 * 60
# What is to be posted this soon is not to be stopped any more.
LAST_SECONDS = 60


def schedule(hub: Hub, args: Args) -> Json:
    channel, post_at = target(hub, args), _post_at(args)
    near = [
        one
        for one in hub.state.scheduled.values()
        if one.message.channel == channel.id and abs(one.post_at - post_at) < WINDOW_SECONDS
    ]
    if len(near) >= MOST:
        raise SlackError("restricted_too_many")
    waiting = Scheduled(hub.state.new_id("Q"), new_message(hub, args, channel), post_at, int(moment.time()))
    hub.state.scheduled[waiting.id] = waiting
    hub.courier.background(_post(hub, waiting))
    shown = {key: value for key, value in message_json(hub.state, waiting.message).items() if key != "ts"}
    shown |= {"type": "delayed_message", "subtype": "bot_message", "username": hub.workspace.bot_name}
    return {"channel": channel.id, "scheduled_message_id": waiting.id, "post_at": post_at, "message": shown}


def _post_at(args: Args) -> int:
    if "post_at" not in args:
        raise missing("post_at")
    try:
        post_at = int(args.text("post_at"))
    except ValueError:
        raise SlackError("invalid_time") from None
    if post_at <= moment.time():
        raise SlackError("time_in_past")
    if post_at > moment.time() + FARTHEST_SECONDS:
        raise SlackError("time_too_far")
    return post_at


async def _post(hub: Hub, waiting: Scheduled) -> None:
    """Post it when its time has come, unless it was deleted or the bot may not post there any more."""
    await moment.until(waiting.post_at)
    if hub.state.scheduled.pop(waiting.id, None) is None:
        return
    message, channel = waiting.message, hub.state.channels[waiting.message.channel]
    if not channel.archived and message.user in hub.state.members(channel):
        message.ts = hub.state.next_ts()
        hub.add_message(message)


def listing(hub: Hub, args: Args) -> Json:
    oldest, latest = args.moment("oldest", "invalid_time"), args.moment("latest", "invalid_time")
    if "channel" in args and args.text("channel") not in hub.state.channels:
        raise SlackError("invalid_channel")
    found = [
        one
        for one in hub.state.scheduled.values()
        if args.text("channel") in ("", one.message.channel)
        and (oldest is None or one.post_at >= oldest)
        and (latest is None or one.post_at <= latest)
    ]
    page, more = paged(sorted(found, key=lambda one: one.post_at), args, "scheduled", lambda one: one.id)
    return {"scheduled_messages": [_json(one) for one in page]} | more


def _json(one: Scheduled) -> Json:
    body = {"id": one.id, "channel_id": one.message.channel, "post_at": one.post_at, "date_created": one.made_at}
    return body | {"text": one.message.text}


def delete(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    found = hub.state.scheduled.get(args.required("scheduled_message_id"))
    if found is None or found.message.channel != channel.id or found.post_at < moment.time() + LAST_SECONDS:
        raise SlackError("invalid_scheduled_message_id")
    del hub.state.scheduled[found.id]
    return {}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "chat.deleteScheduledMessage": delete,
    "chat.scheduleMessage": schedule,
    "chat.scheduledMessages.list": listing,
}
