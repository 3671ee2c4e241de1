"""Invoices: their lines and sums, from draft to finalized, void or uncollectible.

https://docs.stripe.com/invoicing/overview#invoice-lifecycle
"""

from collections.abc import Sequence
from typing import Any

from localpay.errors import Json, Refusal
from localpay.ledger import balance
from localpay.ledger.book import new_id
from localpay.ledger.core import Ledger, listed
from localpay.ledger.payments import intend
from localpay.ledger.periods import day
from localpay.schema.objects import whole

NEVER = dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"))


def line(item: Json, amount: int, description: str, start: int, end: int, *, proration: bool = False) -> Json:
    """One line for a subscription's item and the time between both moments."""
    price = item["price"]
    return whole(
        "line_item",
        id=new_id("line_item"),
        amount=amount,
        currency=price["currency"],
        description=description,
        discount_amounts=[],
        discountable=not proration,
        discounts=[],
        livemode=False,
        metadata={},
        parent={
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": proration,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
        },
        period={"start": start, "end": end},
        pretax_credit_amounts=[],
        pricing={
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=item["quantity"],
        subscription=item["subscription"],
        subtotal=amount,
        taxes=[],
    )


def described(ledger: Ledger, subscription: Json, lines: Sequence[Json], reason: str, **more: Any) -> Json:
    """The fields of a draft for a subscription: sums, and what the customer's balance takes of them."""
    customer = ledger.book.get("customer", subscription["customer"])
    total = sum(one["amount"] for one in lines)
    starting = customer["balance"] or 0
    now = ledger.clock.now()
    identifier = more.pop("id", None) or new_id("invoice")
    owed: Json = {
        "subtotal": total, "subtotal_excluding_tax": total, "total": total, "total_excluding_tax": total,
        "amount_due": max(0, total + starting), "amount_paid": 0, "amount_remaining": max(0, total + starting),
        "amount_overpaid": 0, "amount_shipping": 0, "starting_balance": starting,
        "pre_payment_credit_notes_amount": 0, "post_payment_credit_notes_amount": 0,
        "total_discount_amounts": [], "total_pretax_credit_amounts": [], "total_taxes": [],
    }  # fmt: skip
    about: Json = {
        "account_country": "DE", "account_name": "Local Stripe", "customer": customer["id"],
        "customer_email": customer["email"], "customer_name": customer["name"], "customer_tax_exempt": "none",
        "customer_tax_ids": [], "currency": subscription["currency"], "issuer": {"type": "self"},
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]), "subscription": subscription["id"],
            },
        },
    }  # fmt: skip
    state: Json = {
        "id": identifier, "attempt_count": 0, "attempted": False, "auto_advance": True, "billing_reason": reason,
        "automatic_tax": {"enabled": False}, "collection_method": subscription["collection_method"], "created": now,
        "default_tax_rates": [], "discounts": [], "livemode": False, "metadata": {},
        "lines": listed(_owned(lines, identifier), f"/v1/invoices/{identifier}/lines"),
        "payment_settings": {}, "period_start": now, "period_end": now, "status": "draft",
        "status_transitions": dict(NEVER),
    }  # fmt: skip
    return {**owed, **about, **state, **more}


def _owned(lines: Sequence[Json], invoice: str) -> list[Json]:
    return [{**one, "invoice": invoice} for one in lines]


def draft(ledger: Ledger, subscription: Json, lines: Sequence[Json], reason: str, **more: Any) -> Json:
    """An invoice that may still change."""
    if reserved := ledger.reserved[subscription["id"]]:
        more["id"] = reserved[0]["invoice"]
    invoice = ledger.add("invoice", **described(ledger, subscription, lines, reason, **more))
    ledger.change(subscription, latest_invoice=invoice["id"])
    return invoice


def finalize(ledger: Ledger, invoice: Json) -> Json:
    """From draft to open, or to paid where nothing is owed; the customer's balance is used up first."""
    now = ledger.clock.now()
    customer = ledger.book.get("customer", invoice["customer"])
    starting = customer["balance"] or 0
    ending = min(0, invoice["total"] + starting)
    due = max(0, invoice["total"] + starting)
    if ending != starting:
        balance.move(ledger, customer, ending - starting, invoice["currency"], "applied_to_invoice", invoice["id"])
    ledger.change(
        invoice,
        "invoice.finalized",
        status="open",
        number=_number(ledger, customer),
        effective_at=now,
        starting_balance=starting,
        ending_balance=ending,
        amount_due=due,
        amount_remaining=due,
        hosted_invoice_url=f"https://invoice.stripe.com/i/{invoice['id']}",
        invoice_pdf=f"https://pay.stripe.com/invoice/{invoice['id']}/pdf",
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    reserved = ledger.reserved[of_subscription(invoice) or ""]
    names = reserved.popleft() if reserved and reserved[0]["invoice"] == invoice["id"] else {}
    if due:
        _ask(ledger, invoice, names.get("payment_intent"))
    return invoice


def _number(ledger: Ledger, customer: Json) -> str:
    number = customer["next_invoice_sequence"]
    ledger.change(customer, next_invoice_sequence=number + 1)
    return f"{customer['invoice_prefix']}-{number:04}"


def _ask(ledger: Ledger, invoice: Json, intent_id: str | None = None) -> Json:
    """The payment that the invoice asks for; the invoice does not name it since 2025-03-31."""
    described_as = f"Subscription {'creation' if invoice['billing_reason'] == 'subscription_create' else 'update'}"
    intent = intend(ledger, invoice["customer"], invoice["amount_due"], invoice["currency"], described_as, id=intent_id)
    return ledger.add(
        "invoice_payment",
        quiet=True,
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        livemode=False,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def payment(ledger: Ledger, invoice: Json) -> Json | None:
    """How it is to be paid: its default payment; None where nothing was owed."""
    return next(ledger.book.where("invoice_payment", invoice=invoice["id"], is_default=True), None)


def intent(ledger: Ledger, invoice: Json) -> Json | None:
    """The payment intent behind that."""
    found = payment(ledger, invoice)
    return found and ledger.book.get("payment_intent", found["payment"]["payment_intent"])


def of_subscription(invoice: Json) -> str | None:
    """The subscription that it is for."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


def void(ledger: Ledger, invoice: Json) -> Json:
    """It is owed no more, as if it had been a mistake. Raises `Refusal`."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal(
            "You can only void an invoice that is open or uncollectible; this one is "
            f"{invoice['status']}: {invoice['id']}.",
            param="invoice",
        )
    _give_up(ledger, invoice)
    moments = {**invoice["status_transitions"], "voided_at": ledger.clock.now()}
    return ledger.change(
        invoice, "invoice.updated", "invoice.voided",
        status="void", auto_advance=False, next_payment_attempt=None, status_transitions=moments,
    )  # fmt: skip


def mark_uncollectible(ledger: Ledger, invoice: Json, reason: str = "user_forgiven") -> Json:
    """It is owed, and nobody believes that it will be paid. Raises `Refusal`."""
    if invoice["status"] != "open":
        raise Refusal(
            f"You can only mark an open invoice as uncollectible; this one is {invoice['status']}: {invoice['id']}.",
            param="invoice",
        )
    moments = {**invoice["status_transitions"], "marked_uncollectible_at": ledger.clock.now()}
    return ledger.change(
        invoice, "invoice.updated", "invoice.marked_uncollectible",
        status="uncollectible", auto_advance=False, next_payment_attempt=None, status_transitions=moments,
        status_details={"uncollectible": {"reason": reason}},
    )  # fmt: skip


def _give_up(ledger: Ledger, invoice: Json) -> None:
    asked, wanted = payment(ledger, invoice), intent(ledger, invoice)
    if asked is None or wanted is None or wanted["status"] == "succeeded":
        return
    now = ledger.clock.now()
    ledger.change(asked, status="canceled", status_transitions={"canceled_at": now, "paid_at": None})
    ledger.change(
        wanted, "payment_intent.canceled",
        status="canceled", canceled_at=now, cancellation_reason="void_invoice",
    )  # fmt: skip


def title(quantity: int, name: str, price: Json) -> str:
    """The description of a line for a whole period."""
    each = f"at {price['unit_amount'] or 0} {price['currency']} / {price['recurring']['interval']}"
    return f"{quantity} × {name} ({each})"


def until(name: str, what: str, moment: int) -> str:
    """The description of a proration: "Unused time on Scale after 24 Nov 2026"."""
    return f"{what} time on {name} after {day(moment)}"
