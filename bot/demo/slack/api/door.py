"""The Web API's front door: token, faults, method, answer; every call is recorded."""

import asyncio
import logging
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.demo.slack.api import chat, conversations, files, users, views
from bot.demo.slack.api.args import Args
from bot.demo.slack.control.faults import Fault
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import Json, SlackError, WebCall

log = logging.getLogger(__name__)
OPEN_SOCKET = "apps.connections.open"
METHODS = chat.METHODS | conversations.METHODS | files.METHODS | users.METHODS | views.METHODS


class CutOff(Response):
    """Promises a body and never sends it: the caller sees the connection end."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def web_api(hub: Hub, request: Request) -> Response:
    """Answer one call of /api/{method}."""
    method = request.path_params["method"]
    call = WebCall(method, {}, time.time())
    hub.calls.append(call)
    response = await _answer(hub, request, call)
    call.status, call.finished_at = response.status_code, time.time()
    return response


async def _answer(hub: Hub, request: Request, call: WebCall) -> Response:
    try:
        args = await Args.of(request)
        call.args = {key: value for key, value in args.values.items() if key != "token"}
        fault = hub.faults.take(call.method)
        if fault is not None:
            call.fault = fault.kind
            if (early := await before(fault)) is not None:
                return _recorded(call, early)
        _check_token(hub, request, args, call.method)
        call.answer = {"ok": True} | _run(hub, call.method, args)
    except SlackError as error:
        call.answer = {"ok": False, "error": error.code} | error.details
    except Exception:
        log.exception("our own fault in %s", call.method)
        call.answer = {"ok": False, "error": "internal_error"}
    return CutOff() if call.fault == "lost" else JSONResponse(call.answer, headers=_headers(hub, request))


async def before(fault: Fault) -> Response | None:
    """What a fault does before the method runs: an answer of its own, a wait, or nothing yet."""
    if fault.kind == "refuse":
        raise SlackError(fault.error)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "error":
        return Response("Internal Server Error", status_code=500)
    if fault.kind == "ratelimited":
        headers = {"Retry-After": str(fault.retry_after)}
        return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)
    return None


def _recorded(call: WebCall, response: Response) -> Response:
    call.answer = {"ok": False, "error": call.fault}
    return response


def _check_token(hub: Hub, request: Request, args: Args, method: str) -> None:
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ").strip() or args.text("token")
    if method == "api.test":
        return
    if not token:
        raise SlackError("not_authed")
    workspace = hub.workspace
    expected = workspace.app_token if method == OPEN_SOCKET else workspace.bot_token
    if token == expected:
        return
    known = token in (workspace.app_token, workspace.bot_token)
    raise SlackError("not_allowed_token_type" if known else "invalid_auth")


def _run(hub: Hub, method: str, args: Args) -> Json:
    handler = METHODS.get(method)
    if handler is None:
        raise SlackError("unknown_method", req_method=method)
    return handler(hub, args)


def _headers(hub: Hub, request: Request) -> dict[str, Any]:
    return {"X-Slack-Req-Id": f"{id(request):x}", "X-OAuth-Scopes": ",".join(sorted(hub.workspace.scopes))}
