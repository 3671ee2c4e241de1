"""Stripe: checking that an event is theirs, reading its objects, asking for a subscription as it is now.

Stripe's objects have changed shape over its API's versions (a period moved to the items, an invoice's subscription to
its parent); both shapes are read, since an account's version is not ours to choose.
"""

import json
import math
import re
import time
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import stripe
from pydantic import BaseModel, ConfigDict

from bot.errors import BotError, Refused, Unavailable

API_URL = "https://api.stripe.com"
DASHBOARD = "https://dashboard.stripe.com"
TIMEOUT = 10.0  # seconds for one call

Object = Mapping[str, Any]

STATUS = {
    "active": "active",
    "past_due": "past_due",
    "canceled": "canceled",
    "unpaid": "unpaid",
    "trialing": "trialing",
    "paused": "paused",
    "incomplete": "unpaid",  # the first payment is not through yet
    "incomplete_expired": "canceled",  # and never came
}
# Currencies whose smallest unit is not a hundredth: https://docs.stripe.com/currencies
WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
THOUSANDTHS = "bhd jod kwd omr tnd"
LATEST = 253_402_300_799  # seconds: the end of the year 9999, the last that has a date here
MOST = 10**15  # of a currency's smallest unit
STRIPE_ID = re.compile(r"[a-z]+_[A-Za-z0-9_]+")


class NotStripes(Refused):
    """The signature is not Stripe's, or not fresh."""


class Unreadable(BotError):
    """A signed event without what its type promises; says what is missing."""


class Snapshot(BaseModel):
    """What the mirror holds of a subscription, as it was at one moment."""

    model_config = ConfigDict(frozen=True)

    customer: str | None
    status: str
    """In the platform's words; collection paused counts as paused."""
    products: tuple[str, ...]
    period_start: int | None
    period_end: int | None
    cancel_at_period_end: bool


class SubscriptionSaid(NamedTuple):
    """An event that carries a subscription."""

    subscription_id: str
    after: Snapshot
    before: Snapshot | None
    """The state that the change was made to; None for a new subscription, or where Stripe does not say."""
    rank: int
    """Decides within one second: it begins with `created` and ends with `deleted`."""


class InvoiceSaid(NamedTuple):
    """An event that carries a subscription's invoice, paid or tried."""

    invoice_id: str
    subscription_id: str
    customer: str | None
    created: int
    paid: bool
    amount: int
    currency: str
    payment_intent: str | None


class Event(NamedTuple):
    """An event of Stripe's. `said` is None for what the mirror has no place for."""

    id: str
    type: str
    created: int
    livemode: bool
    said: SubscriptionSaid | InvoiceSaid | None


class Answer(NamedTuple):
    """A subscription as Stripe has it, at a moment between `since` and `until` on Stripe's own clock."""

    snapshot: Snapshot
    since: int
    until: int


def verified(body: bytes, signature: str | None, secret: str) -> dict[str, Any]:
    """The event, if Stripe signed it within the last five minutes. Raises `NotStripes`; `Unreadable` if it is none."""
    try:
        event = stripe.Webhook.construct_event(body, signature, secret)
        loaded: dict[str, Any] = json.loads(body)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise NotStripes("The signature does not match this body, or it is older than five minutes.") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Unreadable("The body is not an event.") from None
    if not (isinstance(event, stripe.Event) and isinstance(loaded, dict) and _is_event(loaded)):
        raise Unreadable("The body is not an event.")
    return loaded


def _is_event(loaded: Object) -> bool:
    data = loaded.get("data")
    return (
        isinstance(loaded.get("id"), str)
        and isinstance(loaded.get("type"), str)
        and isinstance(loaded.get("created"), int)
        and 0 <= loaded["created"] <= LATEST
        and isinstance(data, dict)
        and isinstance(data.get("object"), dict)
    )


def read(payload: Object) -> Event:
    """What an event says. Raises `Unreadable`."""
    kind, created, thing = payload["type"], payload["created"], payload["data"]["object"]
    said: SubscriptionSaid | InvoiceSaid | None = None
    try:
        if kind.startswith("customer.subscription."):
            said = _subscription_said(kind, thing, payload["data"].get("previous_attributes"))
        elif kind in ("invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed"):
            said = _invoice_said(kind, thing, created)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Unreadable(f"{kind}: its object has no usable {error}.") from None
    return Event(payload["id"], kind, created, payload.get("livemode") is True, said)


def _subscription_said(kind: str, thing: Object, previous: Object | None) -> SubscriptionSaid:
    created, deleted = kind.endswith(".created"), kind.endswith(".deleted")
    after = snapshot({**thing, "status": "canceled"} if deleted else thing)
    before = None if created or not previous else snapshot(_patched(thing, previous))
    return SubscriptionSaid(_stripe_id(thing["id"]), after, before, 0 if created else 2 if deleted else 1)


def _patched(now: Object, previous: Object) -> dict[str, Any]:
    """The object as it was: `previous_attributes` hold what differed."""
    nested = {
        key: _patched(now[key], was) if isinstance(was, Mapping) and isinstance(now.get(key), Mapping) else was
        for key, was in previous.items()
    }
    return {**now, **nested}


def snapshot(thing: Object) -> Snapshot:
    """What counts of a subscription. Raises `ValueError` for a status that is not known here."""
    status = thing["status"]
    if status not in STATUS:
        raise ValueError(f"status: “{status}” is not known here")
    mirrored = STATUS[status]
    if thing.get("pause_collection") and mirrored != "canceled":
        mirrored = "paused"
    items = (thing.get("items") or {}).get("data") or []
    first = items[0] if items else {}
    return Snapshot(
        customer=_id(thing.get("customer")),
        status=mirrored,
        products=tuple(filter(None, [*map(_product, items), _product(thing)])),
        period_start=_period(thing, first, "current_period_start"),
        period_end=_period(thing, first, "current_period_end"),
        cancel_at_period_end=bool(thing.get("cancel_at_period_end")),
    )


def _period(thing: Object, item: Object, name: str) -> int | None:
    """At the subscription in older versions of Stripe's API, at its item in newer ones. Raises `ValueError`."""
    found = thing.get(name) or item.get(name)
    return None if found is None else _second(found)


def _product(item: Object) -> str | None:
    priced = item.get("price") or item.get("plan") or {}
    return _id(priced.get("product"))


def _invoice_said(kind: str, thing: Object, at: int) -> InvoiceSaid | None:
    """None for an invoice of no subscription, or that asked for nothing."""
    parent = (thing.get("parent") or {}).get("subscription_details") or {}
    subscription = _id(thing.get("subscription")) or _id(parent.get("subscription"))
    if subscription is None:
        return None
    paid = thing.get("status") == "paid" or kind != "invoice.payment_failed"
    return InvoiceSaid(
        invoice_id=_stripe_id(thing["id"]),
        subscription_id=_stripe_id(subscription),
        customer=_id(thing.get("customer")),
        created=_second(thing.get("created") or at),
        paid=paid,
        amount=_within(-MOST, thing.get("amount_paid" if paid else "amount_due") or 0, MOST),
        currency=str(thing.get("currency") or "eur").lower(),
        payment_intent=_id(thing.get("payment_intent")) or _intent(thing),
    )


def _second(number: Any) -> int:
    return _within(0, number, LATEST)


def _within(least: int, number: Any, most: int) -> int:
    found = int(number)
    if not least <= found <= most:
        raise ValueError(f"number: {found} is beyond all reason")
    return found


def _intent(invoice: Object) -> str | None:
    payments = (invoice.get("payments") or {}).get("data") or []
    return next((found for one in payments if (found := _id((one.get("payment") or {}).get("payment_intent")))), None)


def _id(reference: Any) -> str | None:
    """An object's id, whether it is given as such or expanded."""
    found = reference.get("id") if isinstance(reference, Mapping) else reference
    return found if isinstance(found, str) else None


def in_units(amount: int, currency: str) -> Decimal:
    """An amount as Stripe counts it, in units of its currency: euros, not cents."""
    digits = 0 if currency in WHOLE.split() else 3 if currency in THOUSANDTHS.split() else 2
    return Decimal(amount).scaleb(-digits)


def _stripe_id(found: Any) -> str:
    if not isinstance(found, str) or not STRIPE_ID.fullmatch(found):
        raise ValueError("id")
    return found


def dashboard(kind: str, stripe_id: str, *, live: bool) -> str | None:
    """Where Stripe's own page about an object is; None for what is no id of Stripe's."""
    return f"{DASHBOARD}/{'' if live else 'test/'}{kind}/{stripe_id}" if STRIPE_ID.fullmatch(stripe_id) else None


class StripeApi:
    """Stripe's answers, with the account's key."""

    def __init__(self, key: str, url: str = API_URL) -> None:
        self.live = not key.startswith(("sk_test_", "rk_test_"))
        self._http = stripe.HTTPXClient(timeout=TIMEOUT)
        self._client = stripe.StripeClient(
            key, base_addresses={"api": url.rstrip("/")}, max_network_retries=0, http_client=self._http
        )

    async def subscription(self, subscription_id: str) -> Answer | None:
        """As it is now; None if Stripe has none of that id. Raises `Unavailable`."""
        started = time.monotonic()
        try:
            found = await self._client.v1.subscriptions.retrieve_async(subscription_id)
        except stripe.InvalidRequestError:
            return None
        except stripe.StripeError as error:
            raise Unavailable(f"Stripe did not answer ({type(error).__name__}).") from None
        took = math.ceil(time.monotonic() - started)
        until = _moment(found.last_response.headers if found.last_response else {})
        return Answer(snapshot(found.to_dict()), until - took, until)

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]


def _moment(headers: Mapping[str, str]) -> int:
    """When an answer was given, by Stripe's clock if it says so."""
    stated = next((value for name, value in headers.items() if name.lower() == "date"), None)
    return int(parsedate_to_datetime(stated).timestamp()) if stated else int(time.time())
