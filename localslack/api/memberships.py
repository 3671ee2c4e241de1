"""Web API: who is in a conversation (conversations.join, leave, invite, kick, members)."""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.api.conversations import joined_room, room
from localslack.api.paging import paged
from localslack.changes import rooms
from localslack.hub import Hub
from localslack.workspace.model import Channel, Json, SlackError
from localslack.workspace.shapes import channel_json

MOST_INVITED = 100


def members(hub: Hub, args: Args) -> Json:
    channel = hub.state.channel(args.required("channel"))
    page, more = paged(hub.state.members(channel), args, "user", str)
    return {"members": page} | more


def join(hub: Hub, args: Args) -> Json:
    """Joining twice is no error, but warned of."""
    channel, bot = room(hub, args), hub.workspace.bot_user_id
    if channel.private:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if bot in hub.state.members(channel):
        warned = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": channel_json(hub.state, channel)} | warned
    rooms.join(hub, channel, bot)
    return {"channel": channel_json(hub.state, channel)}


def leave(hub: Hub, args: Args) -> Json:
    channel, bot = room(hub, args), hub.workspace.bot_user_id
    if channel.archived:
        raise SlackError("is_archived")
    if bot not in hub.state.members(channel):
        return {"not_in_channel": True}
    rooms.leave(hub, channel, bot)
    return {}


def invite(hub: Hub, args: Args) -> Json:
    """All or nobody, unless `force` says to go on with those who can be invited."""
    channel, users = joined_room(hub, args), args.names("users")
    if channel.archived:
        raise SlackError("is_archived")
    if not users or len(users) > MOST_INVITED:
        raise SlackError("too_many_users" if users else "no_user")
    why_not = {user: error for user in users if (error := _uninvitable(hub, channel, user))}
    errors = [{"user": user, "ok": False, "error": error} for user, error in why_not.items()]
    if why_not and (not args.flag("force") or len(why_not) == len(users)):
        raise SlackError(next(iter(why_not.values())), errors=errors)
    for user in users:
        if user not in why_not:
            rooms.join(hub, channel, user, hub.workspace.bot_user_id)
    return {"channel": channel_json(hub.state, channel)} | ({"errors": errors} if errors else {})


def _uninvitable(hub: Hub, channel: Channel, user: str) -> str:
    if user == hub.workspace.bot_user_id:
        return "cant_invite_self"
    person = hub.state.people.get(user)
    if person is None:
        return "user_not_found"
    if user in hub.state.members(channel):
        return "already_in_channel"
    return "cant_invite" if person.deleted else ""


def kick(hub: Hub, args: Args) -> Json:
    channel, user = joined_room(hub, args), args.required("user")
    if user == hub.workspace.bot_user_id:
        raise SlackError("cant_kick_self")
    if hub.state.person(user).id not in hub.state.members(channel):
        raise SlackError("not_in_channel")
    rooms.leave(hub, channel, user, hub.workspace.bot_user_id)
    return {"errors": {}}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "conversations.invite": invite,
    "conversations.join": join,
    "conversations.kick": kick,
    "conversations.leave": leave,
    "conversations.members": members,
}
