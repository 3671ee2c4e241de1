"""/_local/*: what happens, for the page and other processes, and everything a test may want to know or break.

Posts take JSON objects with the arguments of the methods by name. What makes no sense (no such object, no such state)
is answered with 400 and {"error": …}.
"""

import functools
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from localpay.account import Account
from localpay.errors import Json
from localpay.inspector.overview import overview, related, row
from localpay.ledger.book import PREFIXES

HAPPENINGS = (
    "accidental_renewal", "advance", "cancel", "charge_again", "decline", "dispute", "fail_payment", "fail_renewal",
    "keep_refunds_waiting", "lose", "next_period", "overdue", "pay", "refund_fails", "refund_in_dashboard",
    "refund_succeeds", "renew", "win",
)  # fmt: skip


def control_routes(account: Account) -> list[BaseRoute]:
    reads: dict[str, Callable[[Request], Any]] = {
        "/overview": lambda _: overview(account),
        "/version": lambda _: {"version": account.ledger.book.version, "now": account.ledger.clock.now()},
        "/object/{id}": functools.partial(_object, account),
        "/asked": lambda _: [one.as_json() for one in account.asked],
        "/deliveries": lambda _: [one.as_json() for one in account.deliveries],
        "/faults": lambda _: account.faults.as_json(),
        "/trouble": lambda _: asdict(account.webhooks.trouble),
    }
    routes: list[BaseRoute] = [Route(path, functools.partial(_read, read)) for path, read in reads.items()]
    return routes + [
        Route(f"/{name}", functools.partial(_act, act), methods=["POST"]) for name, act in deeds(account).items()
    ]


def deeds(account: Account) -> dict[str, Callable[..., Any]]:
    """Name in the path → what it does."""
    return {
        **{name: getattr(account, name) for name in HAPPENINGS},
        "fault": account.fault,
        "fault_switch": account.faults.switch,
        "clear_faults": account.faults.clear,
        "trouble": functools.partial(_trouble, account),
        "release": account.webhooks.release,
        "resend": functools.partial(_resend, account),
        "endpoint": functools.partial(_endpoint, account),
    }


def _object(account: Account, request: Request) -> Json:
    """An object as the API would answer it, its row, and the rows of what belongs to it."""
    found = _find(account, request.path_params["id"])
    return {"object": found, "row": row(account.ledger, found), "related": related(account, found)}


def _find(account: Account, identifier: str) -> Json:
    for kind in PREFIXES:
        if (found := account.ledger.book.find(kind, identifier)) is not None:
            return found
    raise LookupError(f"there is nothing called {identifier}")


def _trouble(account: Account, **values: Any) -> Json:
    """What goes wrong with webhooks from now on, by the names of `Trouble`."""
    account.webhooks.trouble.set(values)
    return asdict(account.webhooks.trouble)


def _resend(account: Account, event: str) -> Json:
    found = account.ledger.book.find("event", event)
    if found is None:
        raise LookupError(f"there is no event {event}")
    account.webhooks.again(found)
    return found


def _endpoint(account: Account, url: str, secret: str | None = None, events: list[str] | None = None) -> Json:
    return asdict(account.add_endpoint(url, secret=secret, events=events or ["*"]))


async def _read(read: Callable[[Request], Any], request: Request) -> Response:
    return await _answered(lambda: read(request))


async def _act(act: Callable[..., Any], request: Request) -> Response:
    try:
        given = json.loads(await request.body() or b"{}")
    except ValueError:
        return _wrong("the body is no JSON")
    if not isinstance(given, dict):
        return _wrong("the body is no JSON object")
    return await _answered(lambda: act(**given))


async def _answered(what: Callable[[], Any]) -> Response:
    try:
        return JSONResponse(what())
    except (LookupError, TypeError, ValueError) as error:
        return _wrong(str(error))


def _wrong(said: str) -> Response:
    return JSONResponse({"error": said}, 400)
