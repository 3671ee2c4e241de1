"""Web API: reactions.*"""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.api.paging import paged
from localslack.changes import marks
from localslack.hub import Hub
from localslack.workspace.model import Json, Message
from localslack.workspace.shapes import message_json


def add(hub: Hub, args: Args) -> Json:
    marks.react(hub, hub.workspace.bot_user_id, _item(hub, args), args.required("name"))
    return {}


def remove(hub: Hub, args: Args) -> Json:
    marks.unreact(hub, hub.workspace.bot_user_id, _item(hub, args), args.required("name"))
    return {}


def of_item(hub: Hub, args: Args) -> Json:
    return _shown(hub, _item(hub, args))


def by_person(hub: Hub, args: Args) -> Json:
    """What somebody reacted to, as far as the bot sees it, the newest message first."""
    user = args.text("user") or hub.workspace.bot_user_id
    hub.state.person(user)
    messages = [m for channel in hub.state.visible_channels(hub.workspace.bot_user_id) for m in _all(hub, channel.id)]
    reacted = [m for m in messages if any(user in users for users in m.reactions.values())]
    page, more = paged(sorted(reacted, key=lambda m: m.ts, reverse=True), args, "reaction", lambda m: m.channel + m.ts)
    return {"items": [_shown(hub, message) for message in page]} | more


def _all(hub: Hub, channel_id: str) -> list[Message]:
    return list(hub.state.messages[channel_id].values())


def _item(hub: Hub, args: Args) -> Message:
    channel = hub.state.joined_channel(args.required("channel"))
    return hub.state.message(channel.id, args.timestamp())


def _shown(hub: Hub, message: Message) -> Json:
    shown = message_json(hub.state, message) | {"permalink": marks.permalink(hub, message)}
    return {"type": "message", "channel": message.channel, "message": shown}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "reactions.add": add,
    "reactions.remove": remove,
    "reactions.get": of_item,
    "reactions.list": by_person,
}
