"""Collecting what an invoice asks for: at once, again by itself, or because somebody says so."""

from localpay.clock import DAY
from localpay.errors import Json, Refusal
from localpay.ledger import invoices, payments, standing
from localpay.ledger.core import Ledger

# After the first attempt: https://docs.stripe.com/billing/revenue-recovery/smart-retries
RETRIES = (3 * DAY, 5 * DAY, 7 * DAY)


def pay(ledger: Ledger, invoice: Json, method: str | None = None, *, out_of_band: bool = False) -> Json:
    """Because somebody asked for it. Raises `Refusal`, 402 where the bank does; the attempt counts all the same."""
    if invoice["status"] == "paid":
        raise Refusal("Invoice is already paid")
    if invoice["status"] == "void":
        raise Refusal("This invoice can no longer be paid: it is void.")
    if invoice["status"] == "draft":
        invoices.finalize(ledger, invoice)
    if out_of_band:
        return settled(ledger, invoice, out_of_band=True)
    charge = collect(ledger, invoice, method)
    intent = invoices.intent(ledger, invoice)
    if charge is not None and intent is not None and not charge["paid"]:
        raise payments.refused_by_bank(intent, charge)
    return invoice


def collect(ledger: Ledger, invoice: Json, method: str | None = None) -> Json | None:
    """Try once; the charge says how it went, None where nothing was owed."""
    intent = invoices.intent(ledger, invoice)
    if intent is None:
        settled(ledger, invoice)
        return None
    charge = payments.attempt(ledger, intent, method)
    tried = {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if charge["paid"]:
        settled(ledger, invoice, **tried)
    else:
        _failed(ledger, invoice, tried)
    return charge


def settled(ledger: Ledger, invoice: Json, *, out_of_band: bool = False, **more: object) -> Json:
    """Paid, in full."""
    now = ledger.clock.now()
    due = invoice["amount_due"]
    ledger.change(
        invoice, "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
        status="paid", amount_paid=due, amount_remaining=0, auto_advance=False, next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": now}, **more,
    )  # fmt: skip
    payment = invoices.payment(ledger, invoice)
    if payment is not None and out_of_band:
        ledger.change(payment, status="canceled", status_transitions={"canceled_at": now, "paid_at": None})
    elif payment is not None:
        moments = {"canceled_at": None, "paid_at": now}
        ledger.change(payment, "invoice_payment.paid", status="paid", amount_paid=due, status_transitions=moments)
    standing.paid(ledger, invoice)
    return invoice


def _failed(ledger: Ledger, invoice: Json, tried: Json) -> None:
    count = tried["attempt_count"]
    retried = invoice["auto_advance"] and count <= len(RETRIES)
    later = ledger.clock.now() + RETRIES[count - 1] if retried else None
    ledger.change(invoice, "invoice.updated", "invoice.payment_failed", next_payment_attempt=later, **tried)
    standing.failed(ledger, invoice)


def retry(ledger: Ledger, invoice: Json) -> None:
    """By itself, when it is time."""
    if invoice["status"] == "open":
        collect(ledger, invoice)


def mark_uncollectible(ledger: Ledger, invoice: Json) -> Json:
    """Nobody waits for it any more. Raises `Refusal`."""
    invoices.mark_uncollectible(ledger, invoice)
    standing.paid(ledger, invoice)
    return invoice


def void(ledger: Ledger, invoice: Json) -> Json:
    """It never was; a subscription that it should have resumed stays paused. Raises `Refusal`."""
    invoices.void(ledger, invoice)
    if ledger.resuming.pop(invoice["id"], None) is None:
        standing.paid(ledger, invoice)
    return invoice
