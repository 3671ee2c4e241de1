"""/_local/*: everything a person can do, for the page, and everything a test may want to know or break.

Posts take JSON objects with the arguments of LocalSlack's methods by name. What makes no sense
(no such element, person, channel) is answered with 400 and {"error": …}.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.demo.slack.control.overview import overview
from bot.demo.slack.workspace.model import Json, Reply, SlackError

if TYPE_CHECKING:
    from bot.demo.slack.local import LocalSlack

KEEP_ALIVE_SECONDS = 15


def control_routes(slack: "LocalSlack") -> list[BaseRoute]:
    reads = {"/state": _state, "/messages": _messages, "/views": _views, "/home": _home, "/log": _log}
    routes: list[BaseRoute] = [_reading(slack, path, read) for path, read in reads.items()]
    routes += [_acting(name, act) for name, act in actions(slack).items()]
    return [*routes, Route("/feed", _feed(slack))]


def actions(slack: "LocalSlack") -> dict[str, Callable[..., Awaitable[Any]]]:
    """Name in the path → what it does."""
    return {
        "command": slack.command,
        "click": slack.click,
        "submit": slack.submit,
        "suggest": slack.suggest,
        "close_view": slack.close_view,
        "open_home": slack.open_home,
        "mention": slack.mention,
        "post": slack.post_as,
        "say": slack.say,
        "delete_message": slack.delete_message,
        "deactivate": slack.deactivate,
        "repeat": slack.repeat,
        "disconnect": slack.sockets.disconnect,
        "fault": _async(slack.fault),
        "clear_faults": _async(slack.faults.clear),
        "request_url": _async(lambda url: setattr(slack, "request_url", url)),
    }


def _async(act: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def call(**arguments: Any) -> Any:
        return act(**arguments)

    return call


def _acting(name: str, act: Callable[..., Awaitable[Any]]) -> Route:
    async def endpoint(request: Request) -> Response:
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            return JSONResponse({"error": "send application/json"}, status_code=415)
        try:
            return JSONResponse(_plain(await act(**await request.json())))
        except (SlackError, LookupError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return Route(f"/{name}", endpoint, methods=["POST"], name=name)


def _reading(slack: "LocalSlack", path: str, read: Callable[["LocalSlack", Request], Any]) -> Route:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(read(slack, request))

    return Route(path, endpoint, methods=["GET"])


def _plain(result: Any) -> Any:
    if isinstance(result, Reply):
        return asdict(result)
    if isinstance(result, list):
        return [_plain(item) for item in result]
    return result


def _state(slack: "LocalSlack", request: Request) -> Json:
    return overview(slack, request.query_params.get("as", ""))


def _messages(slack: "LocalSlack", request: Request) -> list[Json]:
    return slack.messages(request.query_params["channel"], request.query_params.get("as"))


def _views(slack: "LocalSlack", request: Request) -> list[Json]:
    return slack.views(request.query_params["as"])


def _home(slack: "LocalSlack", request: Request) -> Json | None:
    return slack.home(request.query_params["as"])


def _log(slack: "LocalSlack", _request: Request) -> Json:
    return {
        "deliveries": [asdict(delivery) for delivery in slack.deliveries],
        "calls": [asdict(call) for call in slack.calls],
        "sockets": len(slack.sockets),
    }


def _feed(slack: "LocalSlack") -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        stream = _changes(slack, request.query_params.get("as", ""))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return endpoint


async def _changes(slack: "LocalSlack", user: str) -> AsyncIterator[str]:
    listener = slack.feed.listen(user)
    try:
        yield "retry: 1000\n\n"
        while True:
            try:
                change = await asyncio.wait_for(listener.queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if change is None:
                return
            yield f"data: {json.dumps(change)}\n\n"
    finally:
        slack.feed.leave(listener)
