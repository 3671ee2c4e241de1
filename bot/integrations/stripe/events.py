"""Stripe's events: checking that one is theirs, and reading what it says.

Stripe's objects have changed shape over its API's versions (a period moved to the items, an invoice's subscription to
its parent); both shapes are read, since an account's version is not ours to choose.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import stripe

from bot.errors import BotError, Refused
from bot.integrations.stripe import money
from bot.integrations.stripe.fields import LATEST, Object, amount, currency, id_of, second, stripe_id
from bot.integrations.stripe.money import Said
from bot.integrations.stripe.snapshots import Snapshot, snapshot

MONEY = ("charge.", "refund.", "invoice_payment.")


class NotStripes(Refused):
    """The signature is not Stripe's, or not fresh."""


class Unreadable(BotError):
    """A signed event without what its type promises; says what is missing."""


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
    """An event of Stripe's. Both its parts are None for what the mirror has no place for."""

    id: str
    type: str
    created: int
    livemode: bool
    said: SubscriptionSaid | InvoiceSaid | None
    """What the mirror of subscriptions is made of."""
    moved: Said | None = None
    """What the mirror of charges, refunds and disputes is made of."""


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
    moved: Said | None = None
    try:
        if kind.startswith("customer.subscription."):
            said = _subscription_said(kind, thing, payload["data"].get("previous_attributes"))
        elif kind in ("invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed"):
            said = _invoice_said(kind, thing, created)
        elif kind.startswith(MONEY):
            moved = money.read(thing)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise Unreadable(f"{kind}: its object has no usable {error}.") from None
    return Event(payload["id"], kind, created, payload.get("livemode") is True, said, moved)


def _subscription_said(kind: str, thing: Object, previous: Object | None) -> SubscriptionSaid:
    created, deleted = kind.endswith(".created"), kind.endswith(".deleted")
    after = snapshot({**thing, "status": "canceled"} if deleted else thing)
    before = None if created or not previous else snapshot(_patched(thing, previous))
    return SubscriptionSaid(stripe_id(thing["id"]), after, before, 0 if created else 2 if deleted else 1)


def _patched(now: Object, previous: Object) -> dict[str, Any]:
    """The object as it was: `previous_attributes` hold what differed."""
    nested = {
        key: _patched(now[key], was) if isinstance(was, Mapping) and isinstance(now.get(key), Mapping) else was
        for key, was in previous.items()
    }
    return {**now, **nested}


def _invoice_said(kind: str, thing: Object, at: int) -> InvoiceSaid | None:
    """None for an invoice of no subscription, or that asked for nothing."""
    parent = (thing.get("parent") or {}).get("subscription_details") or {}
    subscription = id_of(thing.get("subscription")) or id_of(parent.get("subscription"))
    if subscription is None:
        return None
    paid = thing.get("status") == "paid" or kind != "invoice.payment_failed"
    return InvoiceSaid(
        invoice_id=stripe_id(thing["id"]),
        subscription_id=stripe_id(subscription),
        customer=id_of(thing.get("customer")),
        created=second(thing.get("created") or at),
        paid=paid,
        amount=amount(thing.get("amount_paid" if paid else "amount_due")),
        currency=currency(thing),
        payment_intent=id_of(thing.get("payment_intent")) or _intent(thing),
    )


class InvoiceNow(NamedTuple):
    """An invoice as Stripe has it now."""

    said: InvoiceSaid
    at: int
    """When it was paid; of one whose payment failed, when it was made, since Stripe does not say more."""


def invoice_now(thing: Object) -> InvoiceNow | None:
    """None for one of no subscription, or that nobody has tried to pay yet. Raises what its fields raise."""
    paid = thing.get("status") == "paid"
    if not paid and not (thing.get("status") == "open" and thing.get("attempted")):
        return None
    at = second((thing.get("status_transitions") or {}).get("paid_at") or thing["created"])
    said = _invoice_said("invoice.paid" if paid else "invoice.payment_failed", thing, at)
    return InvoiceNow(said, at) if said else None


def _intent(invoice: Object) -> str | None:
    payments = (invoice.get("payments") or {}).get("data") or []
    return next((found for one in payments if (found := id_of((one.get("payment") or {}).get("payment_intent")))), None)
