"""Charges, refunds and disputes, from what Stripe's events said of them; and what they make of the platform's payments.

Of each object the newest state counts, so that it does not matter in which order or how often its events come.
"""

from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.integrations.stripe.api import dashboard
from bot.integrations.stripe.events import Event
from bot.integrations.stripe.money import ChargeSaid, DisputeSaid, PaidBySaid, RefundSaid, Said
from bot.platform import billing, billing_reads
from bot.store import outbox
from bot.store.models import StripeCharge, StripeDispute, StripeInvoice, StripePaidBy, StripeRefund
from bot.store.queue import Task, defer
from bot.words import counted

COUNT_DOWN = Task("stripe_dispute_due")
FINANCE = "finance"
HOUR, DAY = 3600, 86_400  # seconds
REMINDED = (72, 24)  # hours before evidence is due
OPEN = ("needs_response", "warning_needs_response")
# Why a customer disputes, in words: https://docs.stripe.com/disputes/categories
REASONS = {
    "bank_cannot_process": "the bank cannot process the payment",
    "check_returned": "a check was returned",
    "credit_not_processed": "a refund or credit that was promised did not come",
    "customer_initiated": "the customer asked their bank for it",
    "debit_not_authorized": "the debit was not authorized",
    "duplicate": "charged twice",
    "fraudulent": "the cardholder says that the payment was not theirs",
    "general": "no reason given",
    "incorrect_account_details": "the account's details are wrong",
    "insufficient_funds": "the account had too little money",
    "product_not_received": "not received",
    "product_unacceptable": "not as described",
    "subscription_canceled": "charged after the subscription was cancelled",
    "unrecognized": "the cardholder does not recognise the payment",
}
_TABLES: dict[type[Said], type[StripeCharge | StripeRefund | StripeDispute | StripePaidBy]] = {
    ChargeSaid: StripeCharge,
    RefundSaid: StripeRefund,
    DisputeSaid: StripeDispute,
    PaidBySaid: StripePaidBy,
}


async def hear(session: AsyncSession, event: Event) -> None:
    """Keep what an event said, if it is news, and let everything follow from it. A second time changes nothing."""
    said = event.moved
    if said is None:
        raise ValueError(event.type)
    if not await _newer(session, event, said):
        return
    if isinstance(said, ChargeSaid):
        await _charged(session, said)
    elif isinstance(said, PaidBySaid):
        await _paid_by(session, said)
    elif isinstance(said, DisputeSaid):
        await _disputed(session, said)


async def _newer(session: AsyncSession, event: Event, said: Said) -> bool:
    """Whether it is the newest state of its object that was heard of; then it is kept."""
    table = _TABLES[type(said)]
    rank = 0 if isinstance(said, PaidBySaid) else said.rank
    values = {
        **said._asdict(),
        "at": event.created,
        "rank": rank,
        "event": event.id,
        "livemode": event.livemode,
    }
    statement = insert(table).values(values)
    newest = statement.excluded
    kept = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=[table.id],
            set_={name: newest[name] for name in values if name != "id"},
            where=tuple_(table.at, table.rank, table.event) < tuple_(newest.at, newest.rank, newest.event),
        ).returning(table.id)
    )
    return kept is not None


async def _charged(session: AsyncSession, said: ChargeSaid) -> None:
    """The platform's payment is refunded once all of it was given back, and not before."""
    if said.payment_intent is not None and said.status == "succeeded":
        await billing.refunded(session, said.payment_intent, whole=0 < said.amount <= said.refunded)
    for dispute_id in await session.scalars(select(StripeDispute.id).where(StripeDispute.charge == said.id)):
        await outbox.refresh(session, card_key(dispute_id))  # it may have come before it was known whose charge it is


async def _paid_by(session: AsyncSession, said: PaidBySaid) -> None:
    """The invoice, which does not say so itself, is given its payment."""
    invoice = await session.get(StripeInvoice, said.invoice, with_for_update=True)
    if invoice is not None and invoice.payment_intent is None:
        invoice.payment_intent = said.payment_intent
        await billing.paid_by(session, said.invoice, said.payment_intent)


async def intent_of(session: AsyncSession, invoice_id: str) -> str | None:
    """The payment that an invoice was paid by, where one of Stripe's events has said so; the newest."""
    return await session.scalar(
        select(StripePaidBy.payment_intent)
        .where(StripePaidBy.invoice == invoice_id)
        .order_by(StripePaidBy.at.desc(), StripePaidBy.id)
        .limit(1)
    )


async def _disputed(session: AsyncSession, said: DisputeSaid) -> None:
    """One message in the finance channel for its life; the days until the deadline are counted down on it."""
    await outbox.show(session, card_key(said.id), channel=FINANCE, projection="dispute", subject=said.id)
    for hours in REMINDED:
        await outbox.refresh(session, reminder_key(said.id, said.due, hours))
    anew = StripeDispute.counted.is_distinct_from(said.due)
    counting = update(StripeDispute).where(StripeDispute.id == said.id, anew).values(counted=said.due)
    if said.due is not None and await session.scalar(counting.returning(StripeDispute.id)):
        await _next_day(session, said.id, said.due)


async def count_down(session: AsyncSession, dispute_id: str, due: int) -> None:
    """A day less is left: the message says so, and near the end a reminder. Nothing, once the deadline is another."""
    one = await session.get(StripeDispute, dispute_id)
    if one is None or one.due != due or not unanswered(one):
        return
    await outbox.refresh(session, card_key(dispute_id))
    hours = round((due - await _seconds(session)) / HOUR)
    if hours in REMINDED:
        key = reminder_key(dispute_id, due, hours)
        await outbox.show(session, key, channel=FINANCE, projection="dispute_due", subject=dispute_id)
    await _next_day(session, dispute_id, due)


async def _next_day(session: AsyncSession, dispute_id: str, due: int) -> None:
    """When the deadline is again a whole number of days away."""
    left = due - await _seconds(session)
    if left > 0:
        await defer(session, COUNT_DOWN, delay=left % DAY or DAY, dispute_id=dispute_id, due=due)


def _left(seconds: float) -> str | None:
    """How long there is still time; None: no more."""
    if seconds <= 0:
        return None
    return "less than a day" if seconds < DAY else counted(int(seconds // DAY), "day")


async def _seconds(session: AsyncSession) -> float:
    return float(await session.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)


def card_key(dispute_id: str) -> str:
    return f"stripe-dispute:{dispute_id}"


def reminder_key(dispute_id: str, due: int | None, hours: int) -> str:
    return f"{card_key(dispute_id)}:{due}:{hours}"


def unanswered(one: StripeDispute) -> bool:
    return one.status in OPEN and not one.submitted


async def told(session: AsyncSession, dispute_id: str) -> dict[str, Any]:
    """What the messages about a dispute say; no amounts, since a channel has all sorts of readers."""
    one = await session.get_one(StripeDispute, dispute_id)
    charge = await session.get(StripeCharge, one.charge)
    about = await billing_reads.of_customer(session, charge.customer if charge else None)
    return {
        "tenant": about.name if about else "A customer",
        "reason": REASONS.get(one.reason, one.reason.replace("_", " ")),
        "status": one.status,
        "open": unanswered(one),
        "submitted": one.submitted,
        "due": one.due,
        "left": _left(one.due - await _seconds(session)) if one.due is not None else None,
        "url": dashboard("disputes", dispute_id, live=one.livemode),
        "charge_url": dashboard("payments", one.payment_intent or one.charge, live=one.livemode),
    }
