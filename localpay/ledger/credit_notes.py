"""Credit notes: an invoice made smaller, before it is paid or after. https://docs.stripe.com/invoicing/integration/programmatic-credit-notes"""

from typing import Any

from localpay import money
from localpay.errors import Json, NotDoneHere, Refusal
from localpay.ledger import balance, collecting, invoices, refunds
from localpay.ledger.book import new_id
from localpay.ledger.core import Ledger, listed
from localpay.schema.objects import whole

WAYS = ("refund_amount", "credit_amount", "out_of_band_amount")


def create(ledger: Ledger, params: Json) -> Json:
    """Issue it, with what follows from it. Raises `Refusal`; then nothing has changed."""
    invoice = ledger.book.get("invoice", params["invoice"], "invoice")
    fields = described(ledger, params)
    fields["refunds"] = _refunded(ledger, invoice, params, fields)
    note = ledger.add("credit_note", **fields)
    if credit := params.get("credit_amount"):
        customer = ledger.book.get("customer", invoice["customer"])
        moved = balance.move(
            ledger, customer, -credit, invoice["currency"], "credit_note", invoice["id"], credit_note=note["id"]
        )
        ledger.change(note, customer_balance_transaction=moved["id"])
    _reduced(ledger, invoice, note)
    return note


def _refunded(ledger: Ledger, invoice: Json, params: Json, fields: Json) -> list[Json]:
    """First, since a bank or Stripe may refuse it."""
    linked: list[Json] = list(fields["refunds"])
    if amount := params.get("refund_amount"):
        made = refunds.refund(ledger, _charge(ledger, invoice), amount)
        linked.append({"amount_refunded": amount, "refund": made["id"], "type": "refund"})
    return linked


def _charge(ledger: Ledger, invoice: Json) -> Json:
    intent = invoices.intent(ledger, invoice)
    if intent is None or intent["latest_charge"] is None:
        raise Refusal("This invoice has no charge that could be refunded.", param="refund_amount")
    return ledger.book.get("charge", intent["latest_charge"])


def _reduced(ledger: Ledger, invoice: Json, note: Json) -> None:
    before = note["pre_payment_amount"]
    ledger.change(
        invoice, "invoice.updated",
        amount_due=invoice["amount_due"] - before,
        amount_remaining=invoice["amount_remaining"] - before,
        pre_payment_credit_notes_amount=invoice["pre_payment_credit_notes_amount"] + before,
        post_payment_credit_notes_amount=invoice["post_payment_credit_notes_amount"] + note["post_payment_amount"],
    )  # fmt: skip
    intent = invoices.intent(ledger, invoice)
    if before and invoice["status"] == "open" and intent is not None:
        if invoice["amount_remaining"] == 0:
            collecting.settled(ledger, invoice, out_of_band=True)
        else:
            ledger.change(intent, amount=invoice["amount_remaining"])


def described(ledger: Ledger, params: Json) -> Json:
    """The fields of the note that these parameters would make. Raises `Refusal`."""
    invoice = ledger.book.get("invoice", params["invoice"], "invoice")
    if invoice["status"] not in ("open", "paid"):
        raise Refusal(
            f"You can only create credit notes for invoices that are open or paid; this one is {invoice['status']}.",
            param="invoice",
        )
    lines = _lines(invoice, params)
    amount = sum(one["amount"] for one in lines)
    before = min(amount, invoice["amount_remaining"] if invoice["status"] == "open" else 0)
    linked = _linked(ledger, params)
    _sums(ledger, invoice, params, amount, amount - before, linked)
    identifier = new_id("credit_note")
    kinds = {(True, True): "mixed", (True, False): "pre_payment", (False, True): "post_payment"}
    now = ledger.clock.now()
    return {
        "id": identifier, "amount": amount, "amount_shipping": 0, "created": now, "currency": invoice["currency"],
        "customer": invoice["customer"], "discount_amount": 0, "discount_amounts": [],
        "effective_at": params.get("effective_at", now), "invoice": invoice["id"],
        "lines": listed(lines, f"/v1/credit_notes/{identifier}/lines"), "livemode": False,
        "memo": params.get("memo"), "metadata": params.get("metadata", {}), "number": _number(ledger, invoice),
        "out_of_band_amount": params.get("out_of_band_amount"), "pdf": f"https://pay.stripe.com/{identifier}/pdf",
        "post_payment_amount": amount - before, "pre_payment_amount": before, "pretax_credit_amounts": [],
        "reason": params.get("reason"), "refunds": linked, "status": "issued", "subtotal": amount,
        "subtotal_excluding_tax": amount, "total": amount, "total_excluding_tax": amount, "total_taxes": [],
        "type": kinds[before > 0, amount > before],
    }  # fmt: skip


def _number(ledger: Ledger, invoice: Json) -> str:
    count = 1 + sum(1 for _ in ledger.book.where("credit_note", invoice=invoice["id"]))
    return f"{invoice['number']}-CN-{count:02}"


def _lines(invoice: Json, params: Json) -> list[Json]:
    given = params.get("lines")
    if given is None and "amount" not in params:
        raise Refusal("You must specify one of: amount, lines, or shipping_cost.", code="parameter_missing")
    if given is None:
        first = invoice["lines"]["data"][0]
        amount = money.positive(params["amount"], invoice["currency"])
        return [_line(amount, first["description"], "invoice_line_item", invoice_line_item=first["id"])]
    lines = [_given(invoice, one, f"lines[{place}]") for place, one in enumerate(given)]
    if "amount" in params and params["amount"] != sum(one["amount"] for one in lines):
        raise Refusal("The amount of the credit note is not the sum of its lines.", param="amount")
    return lines


def _given(invoice: Json, given: Json, param: str) -> Json:
    quantity = given.get("quantity", 1)
    amount = given.get("amount", given.get("unit_amount", 0) * quantity)
    money.positive(amount, invoice["currency"], f"{param}[amount]")
    description = given.get("description")
    if given["type"] == "invoice_line_item":
        known = {one["id"]: one for one in invoice["lines"]["data"]}
        line = known.get(given.get("invoice_line_item", ""))
        if line is None:
            raise Refusal("No such invoice line item on this invoice.", param=f"{param}[invoice_line_item]")
        return _line(amount, description or line["description"], given["type"], invoice_line_item=line["id"])
    return _line(amount, description, given["type"], quantity=quantity, unit_amount=given.get("unit_amount"))


def _line(amount: int, description: str | None, kind: str, **more: Any) -> Json:
    return whole(
        "credit_note_line_item",
        **{
            "id": new_id("credit_note_line_item"), "amount": amount, "description": description, "type": kind,
            "discount_amount": 0, "discount_amounts": [], "livemode": False, "metadata": {},
            "pretax_credit_amounts": [], "quantity": 1, "tax_rates": [], "taxes": [], **more,
        },
    )  # fmt: skip


def _linked(ledger: Ledger, params: Json) -> list[Json]:
    found = []
    for place, one in enumerate(params.get("refunds", ())):
        if one.get("type", "refund") != "refund" or "refund" not in one:
            raise NotDoneHere("refunds of payment records", f"refunds[{place}]")
        refund = ledger.book.get("refund", one["refund"], f"refunds[{place}][refund]")
        amount = one.get("amount_refunded", refund["amount"])
        found.append({"amount_refunded": amount, "refund": refund["id"], "type": "refund"})
    return found


def _sums(ledger: Ledger, invoice: Json, params: Json, amount: int, after: int, linked: list[Json]) -> None:
    """What goes back is as much as was paid of it; no more than was left of the invoice."""
    noted = sum(one["amount"] for one in ledger.book.where("credit_note", invoice=invoice["id"]))
    most = invoice["total"] - noted - _refunded_otherwise(ledger, invoice, linked)
    if amount > most:
        shown = [money.shown(one, invoice["currency"]) for one in (amount, max(0, most))]
        raise Refusal(f"The credit note's amount ({shown[0]}) is above what is left ({shown[1]}).", param="amount")
    back = sum(params.get(way, 0) for way in WAYS) + sum(one["amount_refunded"] for one in linked)
    if back != after:
        raise Refusal(
            "The sum of refunds, customer balance credits and outside of Stripe credits "
            f"({money.shown(back, invoice['currency'])}) must equal the post-payment amount "
            f"({money.shown(after, invoice['currency'])}).",
        )


def _refunded_otherwise(ledger: Ledger, invoice: Json, linked: list[Json]) -> int:
    """Refunded without a note: that counts, too."""
    intent = invoices.intent(ledger, invoice)
    if intent is None:
        return 0
    notes = ledger.book.where("credit_note", invoice=invoice["id"])
    known = {one["refund"] for note in notes for one in note["refunds"]} | {one["refund"] for one in linked}
    return sum(
        one["amount"]
        for one in ledger.book.where("refund", payment_intent=intent["id"])
        if one["id"] not in known and one["status"] in refunds.COUNTED
    )
