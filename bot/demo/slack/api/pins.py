"""Web API: pins.*"""

from collections.abc import Callable

from bot.demo.slack.api.args import Args
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace import changes
from bot.demo.slack.workspace.model import Json


def add(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    changes.pin(hub, hub.workspace.bot_user_id, hub.state.message(channel.id, args.timestamp()))
    return {}


def remove(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    changes.unpin(hub, hub.workspace.bot_user_id, hub.state.message(channel.id, args.timestamp()))
    return {}


def listing(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    pinned = changes.pinned(hub, channel)
    return {"items": [changes.pin_json(hub, message, message.pinned) for message in pinned if message.pinned]}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "pins.add": add,
    "pins.remove": remove,
    "pins.list": listing,
}
