"""The end of a billing period: a new one with its invoice, or the end of the subscription."""

from localpay.errors import Json
from localpay.ledger import collecting, invoices, prorations, standing, subscriptions
from localpay.ledger.core import Ledger

RENEWED = frozenset({"active", "trialing", "past_due", "unpaid"})
# What becomes of an invoice while collection is paused: https://docs.stripe.com/billing/subscriptions/pause-payment
UNCOLLECTED = {"void": collecting.void, "mark_uncollectible": collecting.mark_uncollectible}


def renew(ledger: Ledger, subscription: Json, start: int, *, anew: bool = False) -> Json:
    """Begin the period that starts then, and bill it; `anew`: the cycle counts from then, whatever it was before.

    Raises `ValueError` for what is not renewed.
    """
    if subscription["status"] not in RENEWED:
        raise ValueError(f"{subscription['id']} is {subscription['status']}: it is not renewed")
    anchor = start if anew else subscription["billing_cycle_anchor"]
    items = subscriptions.renewal(subscription, start, anchor)
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    ledger.change(subscription, subscriptions.UPDATED, items=items, status=status, billing_cycle_anchor=anchor)
    lines = [*ledger.waiting_lines.pop(subscription["id"], []), *prorations.whole_periods(ledger, items["data"])]
    ended = standing.period(subscription)
    invoice = invoices.draft(
        ledger, subscription, lines, "subscription_cycle", period_start=ended[0], period_end=ended[1]
    )
    _collected(ledger, subscription, invoice)
    return invoice


def _collected(ledger: Ledger, subscription: Json, invoice: Json) -> None:
    """In reality about an hour later; here at once."""
    paused = subscription["pause_collection"]
    if paused and paused["behavior"] == "keep_as_draft":
        ledger.change(invoice, "invoice.updated", auto_advance=False)
        return
    invoices.finalize(ledger, invoice)
    if paused and invoice["amount_due"]:
        UNCOLLECTED[paused["behavior"]](ledger, invoice)
    else:
        collecting.collect(ledger, invoice)


def period_over(ledger: Ledger, subscription: Json) -> None:
    """At the end of its period, or at the moment that was set for its end."""
    end = standing.period(subscription)[1]
    if subscription["cancel_at_period_end"] or (subscription["cancel_at"] or end + 1) <= end:
        subscriptions.cancel(ledger, subscription, {})
    else:
        renew(ledger, subscription, end)


def collection_resumes(ledger: Ledger, subscription: Json) -> None:
    """The pause of collection was until now."""
    ledger.change(subscription, subscriptions.UPDATED, pause_collection=None)
