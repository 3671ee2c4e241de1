"""Web API: who is there and who wants to be left alone (users.getPresence, users.setPresence, dnd.*)."""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError

MOST_USERS = 50


def get_presence(hub: Hub, args: Args) -> Json:
    """Active is who has a window open; the bot, unless it said that it is away."""
    bot = hub.workspace.bot_user_id
    user = hub.state.person(args.text("user") or bot).id
    if user != bot:
        return {"presence": "active" if hub.feed.hears(user) else "away"}
    away, connected = hub.state.bot_away, len(hub.sockets)
    more = {"online": True, "auto_away": False, "manual_away": away, "connection_count": connected}
    return {"presence": "away" if away else "active"} | more


def set_presence(hub: Hub, args: Args) -> Json:
    presence = args.required("presence")
    if presence not in ("auto", "away"):
        raise SlackError("invalid_presence")
    hub.state.bot_away = presence == "away"
    return {}


def dnd_info(hub: Hub, args: Args) -> Json:
    user = hub.state.person(args.text("user") or hub.workspace.bot_user_id).id
    own = {"snooze_enabled": False, "snooze_endtime": 0, "snooze_remaining": 0, "snooze_is_indefinite": False}
    return _undisturbed() | (own if user == hub.workspace.bot_user_id else {})


def dnd_of_team(hub: Hub, args: Args) -> Json:
    users = args.names("users")
    if not users or len(users) > MOST_USERS:
        raise SlackError("too_many_users" if users else "missing_argument")
    return {"users": {user: _undisturbed() for user in users if hub.state.find_person(user)}}


def _undisturbed() -> Json:
    """Nobody set hours in which they want to be left alone here."""
    return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "dnd.info": dnd_info,
    "dnd.teamInfo": dnd_of_team,
    "users.getPresence": get_presence,
    "users.setPresence": set_presence,
}
