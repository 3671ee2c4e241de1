"""A made-up Stripe: one subscription's life as the events it sends, and an HTTP server that answers how it is now."""

import copy
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from localslack import hosting

SECRET = "whsec_test"
KEY = "sk_test_made_up"
START = 1_795_000_000
MONTH = 30 * 24 * 3600
PLANS = ("prod_demo_starter", "prod_demo_scale")
RANK = {"payment_failed": "failed", "paid": "succeeded"}


def signed(event: dict[str, Any], secret: str = SECRET, timestamp: int | None = None) -> tuple[bytes, dict[str, str]]:
    """An event's body with the header that the official library makes for it."""
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp)
    return body.encode(), {"stripe-signature": header, "content-type": "application/json"}


@dataclass
class Account:
    """A customer with one subscription. Every method is something that happens at Stripe; `events` is what it sends."""

    customer: str = field(default_factory=lambda: f"cus_{uuid.uuid4().hex[:14]}")
    id: str = field(default_factory=lambda: f"sub_{uuid.uuid4().hex[:14]}")
    now: int = START
    events: list[dict[str, Any]] = field(default_factory=list)
    subscription: dict[str, Any] = field(default_factory=dict)
    invoices: dict[str, str] = field(default_factory=dict)
    """Invoice → how its payment stands in the mirror; those over nothing are not payments."""
    at_stripe: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Its invoices as they are now."""
    unpaid: str | None = None
    made: int = 0
    old_shape: bool = False
    """As API versions before 2025-03-31 have it: the period at the subscription, the subscription at the invoice."""

    def emit(self, kind: str, thing: dict[str, Any], previous: dict[str, Any] | None = None) -> dict[str, Any]:
        data = {"object": copy.deepcopy(thing)} | ({"previous_attributes": previous} if previous is not None else {})
        event = {
            "id": f"evt_{uuid.uuid4().hex}",
            "object": "event",
            "type": kind,
            "created": self.now,
            "livemode": False,
            "api_version": "2025-03-31.basil",
            "data": data,
        }
        self.events.append(event)
        return event

    def start(self, *, trial: bool = False) -> None:
        self.subscription = {
            "id": self.id,
            "object": "subscription",
            "customer": self.customer,
            "status": "trialing" if trial else "active",
            "pause_collection": None,
            "cancel_at_period_end": False,
            "created": self.now,
        }
        self._period(self.now, PLANS[0])
        self.emit("customer.subscription.created", self.subscription)
        self._invoice("paid", 0 if trial else 4900)

    def _period(self, start: int, product: str) -> dict[str, Any]:
        item = {"id": "si_1", "price": {"id": "price_1", "product": product}}
        period = {"current_period_start": start, "current_period_end": start + MONTH}
        if self.old_shape:
            return self._set(items={"object": "list", "data": [item]}, **period)
        return self._set(items={"object": "list", "data": [item | period]})

    def _set(self, **fields: Any) -> dict[str, Any]:
        previous = {name: copy.deepcopy(self.subscription.get(name)) for name in fields}
        self.subscription.update(fields)
        return previous

    def change(self, kind: str = "updated", **fields: Any) -> dict[str, Any]:
        previous = self._set(**fields)
        return self.emit(f"customer.subscription.{kind}", self.subscription, previous if kind == "updated" else None)

    def _invoice(self, outcome: str, amount: int = 4900, invoice: str | None = None) -> str:
        if invoice is None:
            self.made += 1
            invoice = f"in_{self.made:03}_{uuid.uuid4().hex[:10]}"
        thing = {
            "id": invoice,
            "object": "invoice",
            "customer": self.customer,
            "created": START + int(invoice.split("_")[1]),
            "status": "paid" if outcome == "paid" else "open",
            "amount_due": amount,
            "amount_paid": amount if outcome == "paid" else 0,
            "currency": "eur",
        }
        if self.old_shape:
            thing |= {"subscription": self.id, "payment_intent": f"pi_{invoice}"}
        else:
            thing |= {"parent": {"type": "subscription_details", "subscription_details": {"subscription": self.id}}}
        self.emit(f"invoice.{outcome}", thing)
        self.at_stripe[invoice] = {**thing, "attempted": True, "status_transitions": {"paid_at": self.now}}
        if amount:
            self.invoices[invoice] = RANK[outcome]
        return invoice

    # What the tests let happen, each where it can:

    def renew(self) -> None:
        if self.subscription["status"] in ("active", "trialing") and not self.subscription["pause_collection"]:
            previous = self._period(self.now, self._item()["price"]["product"])
            previous |= self._set(status="active")
            self.emit("customer.subscription.updated", self.subscription, previous)
            self._invoice("paid")

    def fail(self) -> None:
        if self.subscription["status"] == "active" and not self.subscription["pause_collection"]:
            self.unpaid = self._invoice("payment_failed")
            self.change(status="past_due")

    def fail_again(self) -> None:
        if self.unpaid:
            self._invoice("payment_failed", invoice=self.unpaid)

    def recover(self) -> None:
        if self.unpaid and self.subscription["status"] == "past_due":
            self._invoice("paid", invoice=self.unpaid)
            self.unpaid = None
            self.change(status="active")

    def pause_collection(self) -> None:
        if self.subscription["status"] != "canceled" and not self.subscription["pause_collection"]:
            self.change(pause_collection={"behavior": "void", "resumes_at": None})

    def unpause_collection(self) -> None:
        if self.subscription["status"] != "canceled" and self.subscription["pause_collection"]:
            self.change(pause_collection=None)

    def pause(self) -> None:
        if self.subscription["status"] in ("active", "trialing"):
            self.change("paused", status="paused")

    def resume(self) -> None:
        if self.subscription["status"] == "paused":
            self.change("resumed", status="active")

    def set_cancelling(self) -> None:
        if self.subscription["status"] != "canceled":
            self.change(cancel_at_period_end=not self.subscription["cancel_at_period_end"])

    def swap_plan(self) -> None:
        if self.subscription["status"] != "canceled":
            item = copy.deepcopy(self._item())
            item["price"]["product"] = PLANS[1] if item["price"]["product"] == PLANS[0] else PLANS[0]
            self.change(items={"object": "list", "data": [item]})

    def cancel(self) -> None:
        if self.subscription["status"] != "canceled":
            self.unpaid = None
            self.change("deleted", status="canceled", pause_collection=None)

    def _item(self) -> dict[str, Any]:
        item: dict[str, Any] = self.subscription["items"]["data"][0]
        return item

    @property
    def mirrored(self) -> tuple[Any, ...]:
        """How the platform's row should end: status, plan, end of period, whether it is being cancelled."""
        item = self._item()
        end = self.subscription.get("current_period_end") or item.get("current_period_end")
        paused = self.subscription["pause_collection"] and self.subscription["status"] != "canceled"
        return (
            "paused" if paused else self.subscription["status"],
            item["price"]["product"],
            dt.datetime.fromtimestamp(end, dt.UTC),
            self.subscription["cancel_at_period_end"],
        )


HAPPENINGS: tuple[Callable[[Account], None], ...] = (
    Account.renew,
    Account.fail,
    Account.fail_again,
    Account.recover,
    Account.pause_collection,
    Account.unpause_collection,
    Account.pause,
    Account.resume,
    Account.set_cancelling,
    Account.swap_plan,
    Account.cancel,
)


def _newest(event: dict[str, Any]) -> tuple[int, str]:
    return event["created"], event["id"]


@dataclass
class FakeStripe:
    """Answers how a subscription is, and which events there were, of the accounts it knows."""

    accounts: dict[str, Account] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    listed: list[dict[str, str]] = field(default_factory=list)
    """What its events were asked for with."""
    page: int = 100
    away: bool = False
    meanwhile: Callable[[], Any] | None = None
    """Called once, after an answer was made up and before it is sent."""

    async def _subscription(self, request: Request) -> JSONResponse:
        self.asked.append(request.path_params["id"])
        if self.away:
            return JSONResponse({"error": {"type": "api_error", "message": "try later"}}, 503)
        account = self.accounts.get(request.path_params["id"])
        if account is None:
            missing = {"type": "invalid_request_error", "code": "resource_missing", "message": "No such subscription"}
            return JSONResponse({"error": missing}, 404)
        answer = copy.deepcopy(account.subscription)
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        return JSONResponse(answer)

    async def _subscriptions(self, request: Request) -> JSONResponse:
        return self._list(request, lambda one: [{**one.subscription, "livemode": False}])

    async def _invoices(self, request: Request) -> JSONResponse:
        return self._list(request, lambda one: list(one.at_stripe.values())[::-1])

    def _list(self, request: Request, of: Callable[[Account], list[Any]]) -> JSONResponse:
        """Of one customer."""
        if self.away:
            return JSONResponse({"error": {"type": "api_error", "message": "try later"}}, 503)
        meant = [one for one in self.accounts.values() if one.customer == request.query_params["customer"]]
        found = [copy.deepcopy(thing) for one in meant for thing in of(one)]
        return JSONResponse({"object": "list", "url": request.url.path, "data": found, "has_more": False})

    async def _events(self, request: Request) -> JSONResponse:
        """The newest first, a page at a time."""
        self.listed.append(dict(request.query_params))
        if self.away:
            return JSONResponse({"error": {"type": "api_error", "message": "try later"}}, 503)
        asked = request.query_params
        since, until = int(asked["created[gte]"]), int(asked["created[lt]"])
        every = sorted((one for account in self.accounts.values() for one in account.events), key=_newest, reverse=True)
        meant = [one for one in every if since <= one["created"] < until]
        if "starting_after" in asked:
            meant = meant[[one["id"] for one in meant].index(asked["starting_after"]) + 1 :]
        most = min(int(asked["limit"]), self.page)
        page = {"object": "list", "url": "/v1/events", "data": meant[:most], "has_more": len(meant) > most}
        return JSONResponse(page)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        routes = [Route("/v1/subscriptions/{id}", self._subscription), Route("/v1/events", self._events)]
        routes += [Route("/v1/subscriptions", self._subscriptions), Route("/v1/invoices", self._invoices)]
        app = Starlette(routes=routes)
        async with hosting.serve(app) as url:
            yield url
