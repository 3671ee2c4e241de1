"""/_local/*: everything a person can do, for the page, and everything a test may want to know or break.

Posts take JSON objects with the arguments of Slack's methods by name; a `user` may always be said. What makes
no sense (no such element, person, channel) is answered with 400 and {"error": …}.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from localslack.inspector.overview import overview
from localslack.inspector.reading import page_of, thread_of
from localslack.inspector.rows import row, whole
from localslack.slack import Slack
from localslack.workspace.model import Json, Reply, SlackError
from localslack.workspace.wire import parsed

MOST_ROWS = 500


def control_routes(slack: Slack) -> list[BaseRoute]:
    _tell_of_faults(slack)
    routes: list[BaseRoute] = [_reading(slack, path, read) for path, read in READS.items()]
    routes += [_acting(name, act) for name, act in actions(slack).items()]
    return [*routes, WebSocketRoute("/feed", slack.feed.serve)]


def actions(slack: Slack) -> dict[str, Callable[..., Awaitable[Any]]]:
    """Name in the path → what it does."""
    return {
        "command": slack.command,
        "click": slack.click,
        "submit": slack.submit,
        "suggest": slack.suggest,
        "upload": slack.upload,
        "type_into": slack.type_into,
        "close_view": slack.close_view,
        "shortcut": slack.shortcut,
        "react": slack.react,
        "edit": slack.edit,
        "delete_own": slack.delete_own,
        "pin": slack.pin,
        "join": slack.join,
        "invite": slack.invite,
        "leave": slack.leave,
        "open_dm": slack.open_dm,
        "open_home": slack.open_home,
        "mark_read": _async(slack.read_marks.mark_read),
        "mention": slack.mention,
        "post": slack.post_as,
        "say": slack.say,
        "delete_message": slack.delete_message,
        "deactivate": slack.deactivate,
        "delete_channel": slack.delete_channel,
        "add_emoji": slack.add_emoji,
        "remove_emoji": slack.remove_emoji,
        "repeat": slack.repeat,
        "verify_url": slack.verify_url,
        "disconnect": slack.sockets.disconnect,
        "refresh": slack.sockets.refresh,
        "limit_rates": _async(slack.limit_rates),
        "fault": _async(_telling(slack, slack.fault)),
        "fault_switch": _async(slack.faults.switch),
        "fault_seed": _async(_telling(slack, slack.faults.reseed)),
        "clear_faults": _async(_telling(slack, slack.faults.clear)),
        "request_url": _async(lambda url: setattr(slack, "request_url", url)),
        "advance": _advancing(slack),
        "tour_start": _touring(slack, "start"),
        "tour_play": _touring(slack, "play"),
        "tour_stop": _touring(slack, "stop"),
    }


def _async(act: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(act)
    async def call(**arguments: Any) -> Any:
        return act(**arguments)

    return call


def _touring(slack: Slack, what: str) -> Callable[..., Awaitable[Any]]:
    """Of the tours there are when it is called: whoever serves this Slack may bring them later."""

    async def call(user: str = "", **arguments: Any) -> Any:
        return await getattr(slack.tours, what)(user=user, **arguments)

    return call


def _advancing(slack: Slack) -> Callable[..., Awaitable[Any]]:
    async def call(user: str = "", **arguments: Any) -> Any:
        return await slack.passage.advance(user=user, **arguments)

    return call


def _telling(slack: Slack, act: Callable[..., Any]) -> Callable[..., Any]:
    """The same act, after which open pages know what goes wrong now."""

    @functools.wraps(act)
    def told(**arguments: Any) -> Any:
        result = act(**arguments)
        _tell_faults(slack)
        return result

    return told


def _tell_of_faults(slack: Slack) -> None:
    for switch in slack.faults.switches():
        slack.faults.follow(switch["name"], lambda _on: _tell_faults(slack))


def _tell_faults(slack: Slack) -> None:
    slack.feed.tell({"type": "faults", **_trouble(slack)})


def _trouble(slack: Slack) -> Json:
    """The labels of the switches that are on, and how many ordered faults are still to come."""
    labels = [switch["label"] for switch in slack.faults.switches() if switch["on"]]
    return {"on": labels, "to_come": sum(fault["times"] for fault in slack.faults.waiting())}


def _acting(name: str, act: Callable[..., Awaitable[Any]]) -> Route:
    takes_user = "user" in inspect.signature(act).parameters

    async def endpoint(request: Request) -> Response:
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            return JSONResponse({"error": "send application/json"}, status_code=415)
        try:
            arguments = parsed(await request.body())
            if not isinstance(arguments, dict):
                raise TypeError("send an object")  # noqa: TRY301 - answered as what its values are refused with
            if not takes_user:
                arguments.pop("user", None)
            return JSONResponse(_plain(await act(**arguments)))
        except (SlackError, LookupError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return Route(f"/{name}", endpoint, methods=["POST"], name=name)


def _reading(slack: Slack, path: str, read: Callable[[Slack, Request], Any]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            answer = read(slack, request)
            return JSONResponse(await answer if inspect.isawaitable(answer) else answer)
        except (LookupError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=404)

    return Route(path, endpoint, methods=["GET"])


def _plain(result: Any) -> Any:
    if isinstance(result, Reply):
        return asdict(result)
    if isinstance(result, list):
        return [_plain(item) for item in result]
    return result


def _state(slack: Slack, request: Request) -> Json:
    return overview(slack, request.query_params.get("as", ""))


def _messages(slack: Slack, request: Request) -> list[Json]:
    """A channel in order: all of it, a `thread` with its first message, or the latest `limit` (those `before` a ts)."""
    query = request.query_params
    channel, viewer = query["channel"], query.get("as")
    if thread := query.get("thread"):
        return thread_of(slack, channel, viewer, thread)
    if limit := query.get("limit"):
        return page_of(slack, channel, viewer, before=query.get("before", ""), limit=int(limit))
    return slack.messages(channel, viewer)


def _views(slack: Slack, request: Request) -> list[Json]:
    return slack.views(request.query_params["as"])


def _home(slack: Slack, request: Request) -> Json | None:
    return slack.home(request.query_params["as"])


def _log(slack: Slack, request: Request) -> Json:
    """Rows of what was new since `after` (a row's `rev`), oldest change first; `last` is the newest there is."""
    query = request.query_params
    limit = min(int(query.get("limit", MOST_ROWS)), MOST_ROWS)
    entries = slack.journal.after(int(query.get("after", 0)), limit)
    rows = [row(slack.state, entry) for entry in entries]
    return {"last": slack.journal.last(), "rows": rows, "sockets": len(slack.sockets)}


def _exchange(slack: Slack, request: Request) -> Json:
    return whole(slack.state, slack.journal.find(request.path_params["number"]))


def _faults(slack: Slack, _request: Request) -> Json:
    faults = slack.faults
    return {"seed": faults.seed, "switches": faults.switches(), "waiting": faults.waiting()} | _trouble(slack)


READS: dict[str, Callable[[Slack, Request], Any]] = {
    "/state": _state,
    "/messages": _messages,
    "/views": _views,
    "/home": _home,
    "/log": _log,
    "/log/{number:int}": _exchange,
    "/faults": _faults,
    "/clock": lambda slack, _request: slack.passage.state(),
    "/tours": lambda slack, _request: slack.tours.state(),
}
