"""Web API: who is who, and the connection itself (auth.*, api.*, apps.*, users.*)."""

from collections.abc import Callable

from bot.demo.slack.api.args import Args
from bot.demo.slack.api.conversations import paged
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import Json, SlackError
from bot.demo.slack.workspace.shapes import user_json


def auth_test(hub: Hub, _args: Args) -> Json:
    workspace = hub.workspace
    return {
        "url": f"{hub.base_url}/",
        "team": workspace.name,
        "user": "pm_ops",
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_hub: Hub, args: Args) -> Json:
    if "error" in args:
        raise SlackError(args.text("error"), args=args.values)
    return {"args": args.values}


def open_connection(hub: Hub, _args: Args) -> Json:
    base = hub.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={hub.sockets.ticket()}&app_id={hub.workspace.app_id}"}


def info(hub: Hub, args: Args) -> Json:
    return {"user": user_json(hub.state, hub.state.person(args.required("user")))}


def listing(hub: Hub, args: Args) -> Json:
    everybody = [*hub.state.people, hub.workspace.bot_user_id]
    page, more = paged(everybody, args)
    return {"members": [user_json(hub.state, hub.state.person(user)) for user in page]} | more


def by_email(hub: Hub, args: Args) -> Json:
    email = args.required("email").lower()
    for person in hub.state.people.values():
        if person.email.lower() == email and not person.deleted:
            return {"user": user_json(hub.state, person)}
    raise SlackError("users_not_found")


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "auth.test": auth_test,
    "api.test": api_test,
    "apps.connections.open": open_connection,
    "users.info": info,
    "users.list": listing,
    "users.lookupByEmail": by_email,
}
