"""From what Stripe's events said to the platform's tables: what is known is merged first, then written out.

The platform's rows are a function of what is known (`StripeMirror`, `StripeInvoice`), and what is known is a maximum
over the events: so it does not matter in which order or how often they come.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.billing import money
from bot.errors import BotError
from bot.integrations.stripe import order
from bot.integrations.stripe.api import Answer, dashboard
from bot.integrations.stripe.events import Event, InvoiceNow, InvoiceSaid, SubscriptionSaid
from bot.integrations.stripe.money import in_units
from bot.integrations.stripe.order import Known
from bot.platform import billing, billing_reads
from bot.platform.billing import Mirrored, TooEarly, UnknownCustomer
from bot.store import outbox
from bot.store.models import StripeInvoice, StripeMirror

LATE = ("past_due", "unpaid")
TROUBLE = ("paused", *LATE)
KEPT = 12  # entries of a message's history


class Doubt(BotError):
    """Stripe has to be asked before the event can be applied."""

    def __init__(self, subscription_id: str, version: int) -> None:
        super().__init__(f"There are two states of {subscription_id}; it is unclear which is newer.")
        self.subscription_id, self.version = subscription_id, version


class Asked(NamedTuple):
    """Stripe's answer, and the version of the mirror that it was asked for."""

    version: int
    answer: Answer | None


async def hear(session: AsyncSession, event: Event, asked: Asked | None, *, ask: bool) -> StripeMirror:
    """Merge one event into what is known, under the subscription's lock. Raises `Doubt` if Stripe is to be asked."""
    said = event.said
    if said is None:
        raise ValueError(event.type)
    mirror = await _locked(session, said.subscription_id)
    known = Known.model_validate(mirror, from_attributes=True)
    if ask and order.doubtful(known, event):
        if asked is None or asked.version != mirror.version:
            raise Doubt(said.subscription_id, mirror.version)
        if asked.answer is not None:
            known = order.answered(known, event, asked.answer)
        elif isinstance(said, SubscriptionSaid):
            known = order.heard(known, event, said)
    elif isinstance(said, SubscriptionSaid):
        known = order.heard(known, event, said)
    for name, value in known.model_dump(mode="json").items():
        setattr(mirror, name, value)
    customer = known.state.customer if known.state else said.customer if isinstance(said, InvoiceSaid) else None
    mirror.customer_id = customer or mirror.customer_id
    mirror.livemode = event.livemode
    mirror.version += 1
    if isinstance(said, InvoiceSaid):
        await _hear_invoice(session, said, event.created)
    await session.flush()
    return mirror


async def pulled(
    session: AsyncSession, subscription_id: str, answer: Answer, invoices: Sequence[InvoiceNow]
) -> str | None:
    """Take Stripe's answer for what is known, unless something newer is; a note of what could not be mirrored.

    Raises `Unmatched`, with nothing written.
    """
    mirror = await _locked(session, subscription_id)
    if answer.until >= mirror.until:
        known = Known(state=answer.snapshot, since=answer.since, until=answer.until, fetched=True)
        for name, value in known.model_dump(mode="json").items():
            setattr(mirror, name, value)
        mirror.customer_id = answer.snapshot.customer or mirror.customer_id
        mirror.livemode, mirror.version = answer.livemode, mirror.version + 1
    for one in invoices:
        await _hear_invoice(session, one.said, one.at)
    await session.flush()
    note = await project(session, mirror, answer.until)
    await billing.settle_events(session, mirror.waiting)
    mirror.waiting = []
    return note


async def _locked(session: AsyncSession, subscription_id: str) -> StripeMirror:
    """The subscription's row, made if it is the first time that it is heard of."""
    created = await session.scalar(
        insert(StripeMirror)
        .values(subscription_id=subscription_id, base_status=await billing.status_of(session, subscription_id))
        .on_conflict_do_nothing()
        .returning(StripeMirror.subscription_id)
    )
    mirror = await session.get_one(StripeMirror, subscription_id, with_for_update=True, populate_existing=True)
    if created and mirror.base_status == "paused":
        mirror.tenant_before = "active"  # whoever paused it before there was a bot meant this subscription
    return mirror


async def _hear_invoice(session: AsyncSession, said: InvoiceSaid, at: int) -> None:
    """The last try counts, and paid is final."""
    row = await session.get(StripeInvoice, said.invoice_id)
    if row is None:
        row = StripeInvoice(id=said.invoice_id, created=said.created, at=-1, paid=False)
        session.add(row)
    if (said.paid, at) <= (row.paid, row.at):
        return
    row.subscription_id, row.at, row.paid = said.subscription_id, at, said.paid
    row.amount, row.currency = said.amount, said.currency
    row.payment_intent = said.payment_intent or row.payment_intent or await money.intent_of(session, said.invoice_id)


async def project(session: AsyncSession, mirror: StripeMirror, at: int) -> str | None:
    """Write out what is known; a note of what could not be mirrored. Raises `Unmatched`, with nothing written."""
    known = Known.model_validate(mirror, from_attributes=True)
    found = await session.scalars(select(StripeInvoice).where(StripeInvoice.subscription_id == mirror.subscription_id))
    invoices = list(found)
    status = _status(known, mirror.base_status, invoices)
    if status is None:
        if await billing.tenant_of_customer(session, mirror.customer_id) is None:
            raise UnknownCustomer(mirror.customer_id, mirror.subscription_id)
        raise TooEarly(mirror.subscription_id)
    mirrored = await billing.subscription(
        session,
        mirror.subscription_id,
        customer=mirror.customer_id,
        products=known.state.products if known.state else (),
        values={"status": status, **_columns(known)},
    )
    for one in invoices:
        await _payment(session, mirrored, one)
    await _tenant(session, mirror, mirrored)
    await _tell(session, mirror, mirrored, at)
    return mirrored.note


def _status(known: Known, base: str | None, invoices: Sequence[StripeInvoice]) -> str | None:
    """The subscription's own state, unless its newest invoice is newer."""
    status = known.state.status if known.state else base
    newest = max(invoices, key=lambda one: (one.created, one.id), default=None)
    if status is None or newest is None or newest.at < known.until or (known.fetched and newest.at == known.until):
        return status
    return order.status_after(status, paid=newest.paid, amount=newest.amount)


def _columns(known: Known) -> dict[str, Any]:
    if known.state is None:
        return {}
    return {
        "current_period_start": _moment(known.state.period_start),
        "current_period_end": _moment(known.state.period_end),
        "cancel_at_period_end": known.state.cancel_at_period_end,
    }


def _moment(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


async def _payment(session: AsyncSession, mirrored: Mirrored, invoice: StripeInvoice) -> None:
    if invoice.amount == 0:
        return
    await billing.payment(
        session,
        mirrored.id,
        invoice=invoice.id,
        intent=invoice.payment_intent,
        paid=invoice.paid,
        amount=in_units(invoice.amount, invoice.currency),
        currency=invoice.currency,
        at=dt.datetime.fromtimestamp(invoice.at, dt.UTC),
    )


async def _tenant(session: AsyncSession, mirror: StripeMirror, mirrored: Mirrored) -> None:
    """Paused with the subscription, and afterwards as it was; what somebody else made of it stays."""
    if mirrored.status == "paused":
        if mirror.tenant_before is None:
            mirror.tenant_before = await billing.pause_tenant(session, mirrored.tenant_id)
        if mirror.tenant_before is None:  # paused already: perhaps by another subscription of the customer
            others = select(StripeMirror.tenant_before).where(StripeMirror.customer_id == mirror.customer_id)
            mirror.tenant_before = await session.scalar(others.where(StripeMirror.tenant_before.is_not(None)).limit(1))
    elif mirror.tenant_before is not None:
        await billing.resume_tenant(session, mirrored.tenant_id, mirror.tenant_before)
        mirror.tenant_before = None


async def _tell(session: AsyncSession, mirror: StripeMirror, mirrored: Mirrored, at: int) -> None:
    """Finance hears of a pause, a resumption and a first failure: one message from a trouble's beginning to its end."""
    before = mirror.status if mirror.status is not None else mirrored.before
    mirror.status = mirrored.status
    news = _news(before, mirrored.status, troubled=mirror.troubled)
    if not news:
        return
    if not mirror.troubled:
        mirror.episode += 1
    mirror.troubled = mirrored.status in TROUBLE
    added = [{"episode": mirror.episode, "what": what, "at": at} for what in news]
    mirror.news = [*mirror.news, *added][-KEPT:]
    await session.flush()
    subject = f"{mirror.subscription_id}/{mirror.episode}"
    await outbox.show(session, f"stripe:{subject}", channel="finance", projection="subscription", subject=subject)


def _news(before: str | None, after: str, *, troubled: bool) -> list[str]:
    if before == after:
        return []
    news = []
    if after == "canceled" and (troubled or before == "paused"):
        news.append("canceled")
    elif before == "paused":
        news.append("resumed")
    elif troubled and before in LATE and after in ("active", "trialing"):
        news.append("paid")
    if after == "paused":
        news.append("paused")
    if after in LATE and before is not None and before not in LATE:
        news.append("payment_failed")
    return news


async def told(session: AsyncSession, subscription_id: str, episode: int) -> dict[str, Any]:
    """What a message in the finance channel says; no amounts, since a channel has all sorts of readers."""
    mirror = await session.get_one(StripeMirror, subscription_id)
    about = await billing_reads.of_subscription(session, subscription_id)
    news = [one for one in mirror.news if one["episode"] == episode]
    return {
        "tenant": about.name if about else "A customer",
        "tenant_status": about.status if about else None,
        "status": mirror.status if episode == mirror.episode else None,
        "news": news,
        "url": dashboard("subscriptions", subscription_id, live=mirror.livemode),
    }
