"""Refunds: never more than was paid. https://docs.stripe.com/refunds"""

from typing import Any

from localpay import money
from localpay.errors import Json, Refusal
from localpay.ledger.core import Ledger

COUNTED = frozenset({"pending", "requires_action", "succeeded"})
"""Refunds whose money is gone or on its way; one that failed or was canceled gives it back."""
FINAL_DISPUTES = frozenset({"won", "warning_closed", "prevented"})
INQUIRY = "warning_"


def left(charge: Json) -> int:
    """How much of a charge can still be refunded."""
    amount: int = charge["amount_captured"] - charge["amount_refunded"]
    return amount


def refund(ledger: Ledger, charge: Json, amount: int | None, **more: Any) -> Json:
    """Give back an amount, or all that is left. Raises `Refusal`."""
    _refundable(ledger, charge)
    wanted = left(charge) if amount is None else money.positive(amount, charge["currency"])
    if wanted > left(charge):
        of = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        shown = [money.shown(one, charge["currency"]) for one in (wanted, left(charge))]
        raise Refusal(f"Refund amount ({shown[0]}) is greater than {of} ({shown[1]})", param="amount")
    waits = ledger.refunds_wait
    said: Json = {"metadata": {}, **({"pending_reason": "processing"} if waits else {}), **more}
    made = ledger.add(
        "refund",
        amount=wanted,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": "card", "card": _to_card(waits=waits)},
        payment_intent=charge["payment_intent"],
        status="pending" if waits else "succeeded",
        **said,
    )
    _counted(ledger, charge, "charge.refunded")
    return made


def _to_card(*, waits: bool) -> Json:
    return {
        "type": "pending" if waits else "refund",
        "reference": None if waits else "4210000000000000001",
        "reference_status": "pending" if waits else "available",
        "reference_type": "acquirer_reference_number",
    }


def _refundable(ledger: Ledger, charge: Json) -> None:
    if not charge["paid"]:
        raise Refusal(f"Charge {charge['id']} was not paid; it cannot be refunded.", code="charge_not_refundable")
    if blocking(ledger, charge):
        raise Refusal(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left(charge) == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")


def blocking(ledger: Ledger, charge: Json) -> Json | None:
    """The dispute that keeps a charge from being refunded: one whose money the bank has taken back."""
    return next(
        (
            dispute
            for dispute in ledger.book.where("dispute", charge=charge["id"])
            if dispute["status"] not in FINAL_DISPUTES and not dispute["status"].startswith(INQUIRY)
        ),
        None,
    )


def _counted(ledger: Ledger, charge: Json, *events: str) -> None:
    """What the charge says of its refunds: always the sum of them."""
    refunded = sum(
        one["amount"] for one in ledger.book.where("refund", charge=charge["id"]) if one["status"] in COUNTED
    )
    ledger.change(charge, *events, amount_refunded=refunded, refunded=refunded == charge["amount"])


def succeed(ledger: Ledger, refund: Json) -> Json:
    """A pending one arrives. Raises `ValueError`."""
    if refund["status"] not in ("pending", "requires_action"):
        raise ValueError(f"{refund['id']} is {refund['status']}: it waits for nothing")
    return ledger.change(
        refund, "refund.updated", "charge.refund.updated",
        status="succeeded", pending_reason=None,
        destination_details={"type": "card", "card": _to_card(waits=False)},
    )  # fmt: skip


def fail(ledger: Ledger, refund: Json, reason: str = "expired_or_canceled_card") -> Json:
    """The bank sends it back, even after it had succeeded: the money is ours again. Raises `ValueError`."""
    if refund["status"] not in COUNTED:
        raise ValueError(f"{refund['id']} is {refund['status']}: it cannot fail any more")
    ledger.change(
        refund, "refund.updated", "charge.refund.updated", "refund.failed",
        status="failed", failure_reason=reason, pending_reason=None,
    )  # fmt: skip
    _counted(ledger, ledger.book.get("charge", refund["charge"]), "charge.updated")
    return refund
