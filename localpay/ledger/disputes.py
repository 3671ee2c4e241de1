"""Disputes: opened by a customer's bank, answered with evidence, decided by the bank. https://docs.stripe.com/disputes"""

from typing import Any, get_args

from stripe import Dispute

from localpay.clock import DAY
from localpay.errors import Json, Refusal
from localpay.ledger.core import Ledger, merged
from localpay.ledger.refunds import left
from localpay.schema.library import fields, optional

TIME = 18 * DAY
"""To answer in, where nothing else is said; the networks give between 7 and 21 days."""
ANSWERABLE = frozenset({"needs_response", "warning_needs_response"})
OPEN = ANSWERABLE | {"under_review", "warning_under_review"}
UPDATED = "charge.dispute.updated"
TEXTS = frozenset(name for name, hint in fields(Dispute.Evidence).items() if str in get_args(hint))
"""Evidence that is a text, or the id of a file."""
NETWORK_CODES = {"fraudulent": "10.4", "duplicate": "12.6.1", "subscription_canceled": "13.2"}


def dispute(ledger: Ledger, charge: Json, reason: str, *, seconds: int = TIME, inquiry: bool = False) -> Json:
    """A customer's bank takes the money back; an inquiry only asks. Raises `ValueError`."""
    if not charge["paid"] or left(charge) == 0:
        raise ValueError(f"{charge['id']} has nothing left that could be disputed")
    if any(one["status"] in OPEN for one in ledger.book.where("dispute", charge=charge["id"])):
        raise ValueError(f"{charge['id']} is disputed already")
    events = ["charge.dispute.created", *([] if inquiry else ["charge.dispute.funds_withdrawn"])]
    ledger.change(charge, "charge.updated", disputed=not inquiry or charge["disputed"])
    code = NETWORK_CODES.get(reason, "10.4")
    return ledger.add(
        "dispute",
        *events,
        amount=left(charge),
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=_no_evidence(),
        evidence_details={
            "due_by": ledger.clock.now() + seconds,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=inquiry,
        livemode=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": "visa",
                "network_reason_code": code,
            },
        },
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )


def _no_evidence() -> Json:
    known = fields(Dispute.Evidence)
    return {name: None if optional(hint) else {} for name, hint in known.items()}


def answer(ledger: Ledger, dispute: Json, params: Json) -> Json:
    """Stage evidence, or hand it to the bank (`submit`, unless said otherwise). Raises `Refusal`."""
    changed: Json = {}
    if "metadata" in params:
        changed["metadata"] = merged(dispute["metadata"], params["metadata"])
    given = params.get("evidence")
    if given is not None or params.get("submit"):
        if dispute["status"] not in ANSWERABLE:
            raise Refusal(f"This dispute takes no evidence any more: it is {dispute['status']}.", param="evidence")
        submitted = params.get("submit", True)
        changed |= _evidence(dispute, given or {}, submitted=submitted)
    return ledger.change(dispute, UPDATED, **changed)


def _evidence(dispute: Json, given: Json, *, submitted: bool) -> Json:
    evidence = {**dispute["evidence"], **{name: value or None for name, value in given.items()}}
    details = {**dispute["evidence_details"], "has_evidence": any(evidence.values())}
    if not submitted:
        return {"evidence": evidence, "evidence_details": details}
    details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    waiting = "warning_under_review" if dispute["status"].startswith("warning_") else "under_review"
    return {"evidence": evidence, "evidence_details": details, "status": waiting}


def accept(ledger: Ledger, dispute: Json) -> Json:
    """Dismiss it as lost, for good. Raises `Refusal`."""
    if dispute["status"] not in ANSWERABLE:
        raise Refusal(f"This dispute cannot be closed any more: it is {dispute['status']}.")
    return _closed(ledger, dispute, "lost")


def decide(ledger: Ledger, dispute: Json, *, won: bool) -> Json:
    """The bank has decided. Raises `ValueError`."""
    if dispute["status"] not in OPEN:
        raise ValueError(f"{dispute['id']} is {dispute['status']}: it is decided")
    if dispute["status"].startswith("warning_"):
        return _closed(ledger, dispute, "warning_closed" if won else "lost")
    return _closed(ledger, dispute, "won" if won else "lost")


def too_late(ledger: Ledger, dispute: Json) -> None:
    """Nobody answered in time."""
    if dispute["status"] in ANSWERABLE:
        details: dict[str, Any] = {**dispute["evidence_details"], "past_due": True}
        inquiry = dispute["status"].startswith("warning_")
        _closed(ledger, dispute, "warning_closed" if inquiry else "lost", evidence_details=details)


def _closed(ledger: Ledger, dispute: Json, status: str, **more: Any) -> Json:
    reinstated = ("charge.dispute.funds_reinstated",) if status == "won" else ()
    refundable = status in ("won", "warning_closed")
    return ledger.change(
        dispute, UPDATED, "charge.dispute.closed", *reinstated,
        status=status, is_charge_refundable=refundable, **more,
    )  # fmt: skip
