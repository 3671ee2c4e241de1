"""Web API: pins.*"""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.changes import marks
from localslack.hub import Hub
from localslack.workspace.model import Json


def add(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    marks.pin(hub, hub.workspace.bot_user_id, hub.state.message(channel.id, args.timestamp()))
    return {}


def remove(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    marks.unpin(hub, hub.workspace.bot_user_id, hub.state.message(channel.id, args.timestamp()))
    return {}


def listing(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel"))
    pinned = marks.pinned(hub, channel)
    return {"items": [marks.pin_json(hub, message, message.pinned) for message in pinned if message.pinned]}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "pins.add": add,
    "pins.remove": remove,
    "pins.list": listing,
}
