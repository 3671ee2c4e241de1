"""The Web API's front door: token, limits, scope, faults, method, answer; every call is recorded."""

import asyncio
import logging
import secrets
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from localslack.api import (
    bookmarks,
    chat,
    conversations,
    files,
    identity,
    memberships,
    pins,
    presence,
    reactions,
    scheduled,
    streaming,
    unfurling,
    usergroups,
    users,
    views,
)
from localslack.api.access import check_scope, check_token, scope_headers
from localslack.api.args import Args
from localslack.control.faults import Fault
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError, WebCall

log = logging.getLogger(__name__)
FAMILIES = (
    bookmarks, chat, conversations, files, identity, memberships, pins, presence, reactions, scheduled, streaming,
    unfurling, usergroups, users, views,
)  # fmt: skip
METHODS = {name: handler for family in FAMILIES for name, handler in family.METHODS.items()}


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
    warnings: tuple[str, ...] = ()
    try:
        args = await Args.of(request)
        warnings = args.warnings
        call.args = {key: value for key, value in args.values.items() if key != "token"}
        fault = hub.faults.take(call.method)
        if fault is not None:
            call.fault = fault.kind
            if (early := await before(fault)) is not None:
                return _recorded(call, early)
        if (limited := _admitted(hub, request, args, call.method)) is not None:
            return _recorded(call, limited)
        call.answer = {"ok": True} | METHODS[call.method](hub, args)
    except SlackError as error:
        call.answer = {"ok": False, "error": error.code} | error.details
    except Exception:
        log.exception("our own fault in %s", call.method)
        call.answer = {"ok": False, "error": "internal_error"}
    call.answer = _warned(call.answer, warnings)
    if call.fault == "lost":
        return CutOff()
    headers = {"X-Slack-Req-Id": secrets.token_hex(16)} | scope_headers(hub, call.method)
    return JSONResponse(call.answer, headers=headers)


def _admitted(hub: Hub, request: Request, args: Args, method: str) -> Response | None:
    """Refuse who may not call this; the answer when it is one call too many, else None."""
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    check_token(hub, request, args, method)
    if hub.limits is not None and (wait := hub.limits.take(method, args.text("channel"))):
        return too_many(wait)
    check_scope(hub, args, method)
    return None


async def before(fault: Fault) -> Response | None:
    """What a fault does before the method runs: an answer of its own, a wait, or nothing yet."""
    if fault.kind == "refuse":
        raise SlackError(fault.error)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "error":
        return Response("Internal Server Error", status_code=500)
    return too_many(fault.retry_after) if fault.kind == "ratelimited" else None


def too_many(wait: int) -> Response:
    """429, with whole seconds to wait."""
    headers = {"Retry-After": str(wait)}
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)


def _recorded(call: WebCall, response: Response) -> Response:
    call.answer = {"ok": False, "error": "ratelimited" if response.status_code == 429 else call.fault}
    return response


def _warned(answer: Json, warnings: tuple[str, ...]) -> Json:
    """The answer with what was odd about the request, beside what the method itself warned of."""
    warnings = (*filter(None, [answer.get("warning")]), *warnings)
    if not warnings:
        return answer
    metadata = answer.get("response_metadata", {}) | {"warnings": list(warnings)}
    return answer | {"warning": ",".join(warnings), "response_metadata": metadata}
