"""Whose token it is, and whether the app was installed with the scope a method needs.

https://docs.slack.dev/authentication/tokens and https://docs.slack.dev/reference/scopes
"""

from collections.abc import Mapping
from typing import get_args

from starlette.requests import Request

from localslack.api.args import Args
from localslack.hub import Hub
from localslack.workspace.model import SlackError
from localslack.workspace.scopes import METHOD_SCOPES, Kind, lacking

WITHOUT_TOKEN = {"api.test"}
FOR_THE_APP = {"apps.connections.open"}


def check_token(hub: Hub, request: Request, args: Args, method: str) -> None:
    """Slack takes a bearer token or the argument `token`; bot methods take the bot's alone."""
    if method in WITHOUT_TOKEN:
        return
    token = token_of(request, args)
    if not token:
        raise SlackError("not_authed")
    if token in hub.state.token_errors:
        raise SlackError(hub.state.token_errors[token])
    workspace = hub.workspace
    if token not in (workspace.app_token, workspace.bot_token):
        raise SlackError("invalid_auth")
    if token != (workspace.app_token if method in FOR_THE_APP else workspace.bot_token):
        raise SlackError("not_allowed_token_type")


def token_of(request: Request, args: Args) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or args.text("token")


def check_scope(hub: Hub, args: Args, method: str) -> None:
    if method in FOR_THE_APP:
        return
    granted = hub.workspace.scopes
    if needed := lacking(method, _kinds(hub, args, method), granted):
        raise SlackError("missing_scope", needed=",".join(needed), provided=",".join(sorted(granted)))


def _kinds(hub: Hub, args: Args, method: str) -> list[Kind]:
    """The kinds of conversation a call is about, as far as its arguments say so."""
    if method in ("conversations.list", "users.conversations"):
        asked = args.names("types") or ["public_channel"]
        return [kind for kind in get_args(Kind) if kind in asked]
    if method == "conversations.create":
        return ["private_channel" if args.flag("is_private") else "public_channel"]
    if method == "conversations.open" and (users := args.names("users")):
        return ["im" if len(users) == 1 else "mpim"]
    channel = hub.state.channels.get(args.text("channel"))
    if channel is None or hub.workspace.bot_user_id not in hub.state.members(channel):
        return []
    return [channel.type]


def scope_headers(hub: Hub, method: str) -> dict[str, str]:
    """What the token has, and what the method would accept."""
    needs = METHOD_SCOPES.get(method, ())
    alternatives = needs.values() if isinstance(needs, Mapping) else [needs]
    accepted = sorted({scope for several in alternatives for scope in several})
    headers = {"X-OAuth-Scopes": ",".join(sorted(hub.workspace.scopes))}
    return headers | ({"X-Accepted-OAuth-Scopes": ",".join(accepted)} if accepted else {})
