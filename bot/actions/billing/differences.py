"""What the platform has of a tenant's billing, beside what Stripe has: pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.integrations.stripe.events import InvoiceSaid
from bot.integrations.stripe.money import said
from bot.integrations.stripe.snapshots import Snapshot
from bot.personal import Part, Personal
from bot.words import plain

Line = dict[str, Any]
"""Of one field of one object: {"id", "what", "ours", "theirs"}; the last two are parts, as they stand in a context."""
NOTHING = "not there"


def of_subscriptions(ours: Iterable[Mapping[str, Any]], theirs: Mapping[str, Snapshot]) -> list[Line]:
    """What differs. `ours`: {"id", "status", "product", "until", "cancelling"}, times in seconds since 1970."""
    known = {one["id"]: one for one in ours}
    lines = []
    for stripe_id, there in theirs.items():
        here = known.get(stripe_id)
        if here is None:
            if there.status != "canceled":  # one that ended before there was a mirror is nobody's concern
                lines.append(_line(stripe_id, "Subscription", (NOTHING,), (plain(there.status),)))
            continue
        lines += _fields(stripe_id, here, there)
    gone = (one for one in known.values() if one["id"] not in theirs and one["status"] != "canceled")
    return [*lines, *(_line(one["id"], "Subscription", (plain(one["status"]),), (NOTHING,)) for one in gone)]


def _fields(stripe_id: str, here: Mapping[str, Any], there: Snapshot) -> list[Line]:
    pairs = (
        ("Status", plain(here["status"]), plain(there.status)),
        ("Product", here["product"] or "none", _product(here["product"], there.products)),
        ("Period until", _day(here["until"]), _day(there.period_end)),
        ("Ends with its period", _yes(here["cancelling"]), _yes(there.cancel_at_period_end)),
    )
    return [_line(stripe_id, what, (ours,), (theirs,)) for what, ours, theirs in pairs if ours != theirs]


def of_invoices(ours: Mapping[str, str], theirs: Iterable[InvoiceSaid]) -> list[Line]:
    """What differs. `ours`: what became of an invoice's payment on the platform, by Stripe's id of the invoice."""
    lines = []
    for one in theirs:
        there = "succeeded" if one.paid else "failed"
        here = ours.get(one.invoice_id)
        if one.amount and here != there and not (here == "refunded" and one.paid):
            amount = Personal(personal="amount", value=said(one.amount, one.currency))
            paid = "paid" if one.paid else "payment failed"
            lines.append(_line(one.invoice_id, "Invoice", (here or NOTHING,), (f"{paid}, ", amount)))
    return lines


def _line(stripe_id: str, what: str, ours: Sequence[Part], theirs: Sequence[Part]) -> Line:
    return {"id": stripe_id, "what": what, "ours": _stored(ours), "theirs": _stored(theirs)}


def _stored(parts: Iterable[Part]) -> list[Any]:
    return [one if isinstance(one, str) else one.model_dump(mode="json") for one in parts]


def _product(ours: str | None, theirs: Sequence[str]) -> str:
    """The platform has one product for a subscription: any of Stripe's is right."""
    return ours if ours in theirs and ours else ", ".join(theirs) or "none"


def _day(seconds: float | None) -> str:
    return "not set" if seconds is None else f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M} UTC"


def _yes(it_is: bool) -> str:  # noqa: FBT001 - what is said of it
    return "yes" if it_is else "no"
