"""Money that moved, as Stripe's events tell it: charges, refunds, disputes, and which payment an invoice was paid by.

Amounts are integers of the currency's smallest unit, as Stripe counts; `in_units` makes euros of cents. Where several
events share a second, `rank` says which of two states is the later one.
"""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import NamedTuple

from bot.integrations.stripe.fields import MOST, Object, amount, currency, id_of, second, stripe_id, within

# Currencies whose smallest unit is not a hundredth: https://docs.stripe.com/currencies
WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
THOUSANDTHS = "bhd jod kwd omr tnd"

REQUEST = "request"
"""In the metadata of what the bot made at Stripe: the idempotency key of the call, by which it is found again."""

REFUND_STATES = {"pending": 0, "requires_action": 1, "succeeded": 2, "failed": 3, "canceled": 3}
"""A refund that succeeded may still fail: the customer's bank sends it back (https://docs.stripe.com/refunds)."""
DISPUTE_STATES = {
    "warning_needs_response": 0,
    "needs_response": 0,
    "warning_under_review": 1,
    "under_review": 1,
    "warning_closed": 2,
    "prevented": 2,
    "won": 2,
    "lost": 2,
}
CHARGE_STATES = ("succeeded", "pending", "failed")


class ChargeSaid(NamedTuple):
    """An event that carries a charge."""

    id: str
    customer: str | None
    payment_intent: str | None
    amount: int
    refunded: int
    """All that was given back of it, or is on its way."""
    currency: str
    status: str
    disputed: bool
    created: int
    failure: str | None
    """Why it failed, in Stripe's word: `card_declined`, `insufficient_funds`."""

    @property
    def rank(self) -> int:
        return self.refunded * 2 + self.disputed


class RefundSaid(NamedTuple):
    """An event that carries a refund."""

    id: str
    charge: str | None
    payment_intent: str | None
    amount: int
    currency: str
    status: str
    reason: str | None
    created: int
    failure: str | None
    request: str | None
    """Which call of the bot's made it; None where somebody did so in Stripe itself."""

    @property
    def rank(self) -> int:
        return REFUND_STATES[self.status]


class DisputeSaid(NamedTuple):
    """An event that carries a dispute."""

    id: str
    charge: str
    payment_intent: str | None
    amount: int
    currency: str
    reason: str
    status: str
    due: int | None
    """By when evidence has to be at Stripe, in seconds since 1970."""
    submitted: bool
    """Evidence was sent on to the bank."""
    created: int

    @property
    def rank(self) -> int:
        return DISPUTE_STATES[self.status] * 2 + self.submitted


class PaidBySaid(NamedTuple):
    """Which payment an invoice was paid by: since 2025-03 the invoice itself does not say."""

    id: str
    invoice: str
    payment_intent: str


Said = ChargeSaid | RefundSaid | DisputeSaid | PaidBySaid


def read(thing: Object) -> Said | None:
    """What the object of an event says; None for one that the mirror has no place for. Raises what its fields raise."""
    reader = _READERS.get(str(thing.get("object")))
    return reader(thing) if reader else None


def _charge(thing: Object) -> ChargeSaid:
    return ChargeSaid(
        id=stripe_id(thing["id"]),
        customer=id_of(thing.get("customer")),
        payment_intent=id_of(thing.get("payment_intent")),
        amount=(taken := within(0, thing["amount"], MOST)),
        refunded=within(0, thing.get("amount_refunded") or 0, taken),
        currency=currency(thing),
        status=_one_of(CHARGE_STATES, thing["status"]),
        disputed=thing.get("disputed") is True,
        created=second(thing["created"]),
        failure=_word((thing.get("outcome") or {}).get("reason")) or _word(thing.get("failure_code")),
    )


def _refund(thing: Object) -> RefundSaid:
    return RefundSaid(
        id=stripe_id(thing["id"]),
        charge=id_of(thing.get("charge")),
        payment_intent=id_of(thing.get("payment_intent")),
        amount=amount(thing["amount"]),
        currency=currency(thing),
        status=_one_of(REFUND_STATES, thing["status"]),
        reason=_word(thing.get("reason")),
        created=second(thing["created"]),
        failure=_word(thing.get("failure_reason")),
        request=_text((thing.get("metadata") or {}).get(REQUEST)),
    )


def _dispute(thing: Object) -> DisputeSaid:
    evidence = thing.get("evidence_details") or {}
    return DisputeSaid(
        id=stripe_id(thing["id"]),
        charge=stripe_id(id_of(thing["charge"])),
        payment_intent=id_of(thing.get("payment_intent")),
        amount=amount(thing["amount"]),
        currency=currency(thing),
        reason=_word(thing.get("reason")) or "general",
        status=_one_of(DISPUTE_STATES, thing["status"]),
        due=second(evidence["due_by"]) if evidence.get("due_by") else None,
        submitted=bool(evidence.get("submission_count")),
        created=second(thing["created"]),
    )


def _paid_by(thing: Object) -> PaidBySaid | None:
    """None for what was paid in another way than by a payment intent."""
    intent = id_of((thing.get("payment") or {}).get("payment_intent"))
    if intent is None:
        return None
    return PaidBySaid(stripe_id(thing["id"]), stripe_id(id_of(thing["invoice"])), stripe_id(intent))


_READERS: Mapping[str, Callable[[Object], Said | None]] = {
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
    "invoice_payment": _paid_by,
}


def _one_of(known: Collection[str], found: str) -> str:
    if found not in known:
        raise ValueError(f"status: “{found}” is not known here")
    return found


def _word(found: object) -> str | None:
    """One of Stripe's words, as `card_declined`."""
    return found if isinstance(found, str) and found.replace("_", "").isalnum() else None


def _text(found: object) -> str | None:
    return found if isinstance(found, str) and found else None


def in_units(counted: int, currency: str) -> Decimal:
    """An amount as Stripe counts it, in units of its currency: euros, not cents."""
    return Decimal(counted).scaleb(-digits(currency))


def digits(currency: str) -> int:
    return 0 if currency in WHOLE.split() else 3 if currency in THOUSANDTHS.split() else 2


def said(counted: int, currency: str) -> str:
    """An amount for people: `49.00 EUR`, `4,900 JPY`."""
    return f"{in_units(counted, currency):,.{digits(currency)}f} {currency.upper()}"
