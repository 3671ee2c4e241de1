"""Web API: the app itself and its connection (api.*, apps.*, auth.*, bots.*, team.*, emoji.*)."""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError
from localslack.workspace.shapes import bot_icons


def auth_test(hub: Hub, _args: Args) -> Json:
    workspace = hub.workspace
    return {
        "url": f"{hub.base_url}/",
        "team": workspace.name,
        "user": workspace.bot_handle,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(hub: Hub, args: Args) -> Json:
    """From now on the bot's token is worth nothing."""
    if args.flag("test"):
        return {"revoked": False}
    hub.state.token_errors[hub.workspace.bot_token] = "token_revoked"
    return {"revoked": True}


def teams(hub: Hub, _args: Args) -> Json:
    """Where the app is installed: here."""
    team = {"id": hub.workspace.team_id, "name": hub.workspace.name}
    return {"teams": [team], "response_metadata": {"next_cursor": ""}}


def team_profile(_hub: Hub, _args: Args) -> Json:
    """Nobody made up fields of their own for profiles."""
    return {"profile": {"fields": [], "sections": []}}


def custom_emoji(hub: Hub, _args: Args) -> Json:
    return {"emoji": dict(hub.workspace.emoji), "cache_ts": hub.state.next_ts()}


def api_test(_hub: Hub, args: Args) -> Json:
    if "error" in args:
        raise SlackError(args.text("error"), args=args.values)
    return {"args": args.values}


def open_connection(hub: Hub, _args: Args) -> Json:
    base = hub.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={hub.sockets.ticket()}&app_id={hub.workspace.app_id}"}


def bot_info(hub: Hub, args: Args) -> Json:
    workspace = hub.workspace
    if args.text("bot", workspace.bot_id) != workspace.bot_id:
        raise SlackError("bot_not_found")
    bot = {
        "id": workspace.bot_id,
        "deleted": False,
        "name": workspace.bot_name,
        "updated": 0,
        "app_id": workspace.app_id,
        "user_id": workspace.bot_user_id,
        "icons": bot_icons(hub.state),
    }
    return {"bot": bot}


def team_info(hub: Hub, args: Args) -> Json:
    workspace = hub.workspace
    if args.text("team", workspace.team_id) != workspace.team_id:
        raise SlackError("team_not_found")
    team = {"id": workspace.team_id, "name": workspace.name, "domain": workspace.domain, "email_domain": ""}
    return {"team": team | {"url": f"{hub.base_url}/", "icon": {"image_default": True}}}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "api.test": api_test,
    "apps.connections.open": open_connection,
    "auth.revoke": auth_revoke,
    "auth.teams.list": teams,
    "auth.test": auth_test,
    "bots.info": bot_info,
    "emoji.list": custom_emoji,
    "team.info": team_info,
    "team.profile.get": team_profile,
}
