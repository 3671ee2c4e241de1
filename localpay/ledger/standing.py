"""What becomes of a subscription when its invoice is paid, or is not.

https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from localpay.errors import Json
from localpay.ledger import periods
from localpay.ledger.core import Ledger
from localpay.ledger.invoices import of_subscription

OWING = frozenset({"past_due", "unpaid", "incomplete"})


def subscription_of(ledger: Ledger, invoice: Json) -> Json | None:
    """The invoice's subscription, unless it has ended."""
    identifier = of_subscription(invoice)
    found = ledger.book.find("subscription", identifier) if identifier else None
    return None if found is None or found["status"] == "canceled" else found


def paid(ledger: Ledger, invoice: Json) -> None:
    """It was paid, or nobody waits for it any more: what owes is active, what was to resume resumes."""
    subscription = subscription_of(ledger, invoice)
    if subscription is None:
        return
    if (resumption := ledger.resuming.pop(invoice["id"], None)) is not None:
        resume(ledger, subscription, start=resumption["start"])
    elif subscription["status"] in OWING and subscription["latest_invoice"] == invoice["id"]:
        ledger.change(subscription, "customer.subscription.updated", status="active")


def failed(ledger: Ledger, invoice: Json) -> None:
    """A payment was tried and failed."""
    subscription = subscription_of(ledger, invoice)
    if subscription is None:
        return
    resumption = ledger.resuming.get(invoice["id"])
    if resumption is not None and resumption["behavior"] == "resume_on_payment_attempt":
        del ledger.resuming[invoice["id"]]
        resume(ledger, subscription, status="past_due", start=resumption["start"])
    elif subscription["status"] in ("active", "trialing"):
        ledger.change(subscription, "customer.subscription.updated", status="past_due")


def resume(ledger: Ledger, subscription: Json, *, status: str = "active", start: int | None = None) -> Json:
    """From paused to active; with `start` the billing cycle begins anew then."""
    fields: Json = {"status": status, "status_details": None}
    if start is not None:
        fields |= {"billing_cycle_anchor": start, "items": from_then(subscription, start)}
    return ledger.change(subscription, "customer.subscription.updated", "customer.subscription.resumed", **fields)


def from_then(subscription: Json, start: int, end: int | None = None) -> Json:
    """Its items with a period that begins then; it ends as their price says, or when it is said."""
    items = [
        {
            **one,
            "current_period_start": start,
            "current_period_end": periods.after(start, one["price"]["recurring"]) if end is None else end,
        }
        for one in subscription["items"]["data"]
    ]
    return {**subscription["items"], "data": items}


def period(subscription: Json) -> tuple[int, int]:
    """Since 2025-03-31 it stands on the items: that of the first."""
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]
