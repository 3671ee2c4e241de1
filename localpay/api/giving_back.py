"""Refunds, disputes and credit notes: money that goes back, or is taken back."""

from stripe import params

from localpay.api.methods import Call, Method
from localpay.errors import Json, Refusal
from localpay.ledger import credit_notes, disputes, refunds
from localpay.schema.objects import whole

NOTE = (
    "amount", "credit_amount", "effective_at", "invoice", "memo", "metadata", "out_of_band_amount", "reason",
    "refund_amount", "refunds.amount_refunded", "refunds.refund", "refunds.type", "lines.amount", "lines.description",
    "lines.invoice_line_item", "lines.quantity", "lines.type", "lines.unit_amount",
)  # fmt: skip


def _refund(call: Call) -> Json:
    charge = _charge(call)
    more = {name: call.params[name] for name in ("reason", "metadata") if name in call.params}
    if more.get("metadata") == "":
        more["metadata"] = {}
    return refunds.refund(call.ledger, charge, call.params.get("amount"), **more)


def _charge(call: Call) -> Json:
    """The charge that is named, or the one that the payment intent was paid by."""
    named = [name for name in ("charge", "payment_intent") if name in call.params]
    if len(named) > 1:
        raise Refusal(
            "You may only specify one of these parameters: charge, payment_intent.",
            code="parameters_exclusive",
            param="charge",
        )
    if not named:
        raise Refusal(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    book = call.ledger.book
    if named == ["charge"]:
        return book.get("charge", call.params["charge"], "charge")
    intent = book.get("payment_intent", call.params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param="payment_intent",
        )
    return book.get("charge", intent["latest_charge"])


def _answer(call: Call) -> Json:
    return disputes.answer(call.ledger, call.thing("dispute"), call.params)


def _accept(call: Call) -> Json:
    return disputes.accept(call.ledger, call.thing("dispute"))


def _note(call: Call) -> Json:
    return credit_notes.create(call.ledger, call.params)


def _preview_note(call: Call) -> Json:
    return whole("credit_note", **credit_notes.described(call.ledger, call.params))


METHODS = (
    Method(
        "refunds.create",
        "POST",
        "/v1/refunds",
        params.RefundCreateParams,
        _refund,
        frozenset({"amount", "charge", "metadata", "payment_intent", "reason"}),
    ),
    Method(
        "disputes.update",
        "POST",
        "/v1/disputes/{id}",
        params.DisputeUpdateParams,
        _answer,
        frozenset({"metadata", "submit"} | {f"evidence.{name}" for name in disputes.TEXTS}),
    ),
    Method("disputes.close", "POST", "/v1/disputes/{id}/close", params.DisputeCloseParams, _accept),
    Method("credit_notes.create", "POST", "/v1/credit_notes", params.CreditNoteCreateParams, _note, frozenset(NOTE)),
    Method(
        "credit_notes.preview",
        "GET",
        "/v1/credit_notes/preview",
        params.CreditNotePreviewParams,
        _preview_note,
        frozenset(NOTE),
    ),
)
