"""What Stripe's events have said so far, and as of when: what keeps an old event from moving the mirror backwards."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base


class StripeMirror(Base):
    """One subscription: the newest state of it that anybody has seen. The row's lock serialises all of its events."""

    __tablename__ = "stripe_mirror"

    subscription_id: Mapped[str] = mapped_column(primary_key=True)
    """Stripe's, sub_…"""
    customer_id: Mapped[str | None]
    livemode: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[JSON | None]
    """`integrations.stripe.Snapshot`; None as long as only its invoices were heard of."""
    since: Mapped[int] = mapped_column(BigInteger, server_default="0")
    until: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The state is of a moment between these two, both included: seconds on Stripe's clock."""
    fetched: Mapped[bool] = mapped_column(server_default="false")
    """The state is Stripe's own answer, not an event's."""
    tied: Mapped[list[Any]] = mapped_column(server_default="[]")
    """The events of the second `until`, among which the state was chosen."""
    version: Mapped[int] = mapped_column(server_default="0")
    """Grows with each change, so that an answer of Stripe's that was overtaken meanwhile is noticed."""
    base_status: Mapped[str | None]
    """The platform's own status before the first event; what invoices act on until there is a state."""
    status: Mapped[str | None]
    """As the bot mirrored it last: what finance is told is told against this."""
    tenant_before: Mapped[str | None]
    """The tenant's status before this subscription paused it; None when it has not."""
    waiting: Mapped[list[Any]] = mapped_column(server_default="[]")
    """Events that could not be mirrored yet, by id: they are done when the mirror is."""
    episode: Mapped[int] = mapped_column(server_default="0")
    """Numbers the messages that finance gets: one from the beginning of a trouble to its end."""
    troubled: Mapped[bool] = mapped_column(server_default="false")
    news: Mapped[list[Any]] = mapped_column(server_default="[]")
    """What finance was told: [{"episode", "what", "at"}]."""


class StripeInvoice(Base):
    """One invoice of a subscription, as far as it was tried or paid. Paid is final."""

    __tablename__ = "stripe_invoices"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Stripe's, in_…"""
    subscription_id: Mapped[str] = mapped_column(index=True)
    created: Mapped[int] = mapped_column(BigInteger)
    """The invoice itself: the newest one decides whether the subscription is past due."""
    at: Mapped[int] = mapped_column(BigInteger)
    """When it was paid, or last failed."""
    paid: Mapped[bool]
    amount: Mapped[int] = mapped_column(BigInteger)
    """In the currency's smallest unit, as Stripe counts."""
    currency: Mapped[str]
    payment_intent: Mapped[str | None]


class _Moved:
    """Of an object of Stripe's, the newest state that anybody has heard of: the greatest (at, rank, event)."""

    id: Mapped[str] = mapped_column(primary_key=True)
    """Stripe's."""
    at: Mapped[int] = mapped_column(BigInteger)
    """The second of the event, on Stripe's clock."""
    rank: Mapped[int] = mapped_column(BigInteger)
    """Of two states of one second, the later one has the higher."""
    event: Mapped[str]
    livemode: Mapped[bool] = mapped_column(server_default="false")


class StripeCharge(_Moved, Base):
    """Money that was taken, or not."""

    __tablename__ = "stripe_charges"

    customer: Mapped[str | None]
    payment_intent: Mapped[str | None] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    """In the currency's smallest unit, as `refunded`, and all amounts here."""
    refunded: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[str]
    disputed: Mapped[bool]
    created: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[str | None]

    __table_args__ = (Index(None, "customer", "created"), CheckConstraint("refunded <= amount", name="refunded"))


class StripeRefund(_Moved, Base):
    """Money that was given back, or is on its way."""

    __tablename__ = "stripe_refunds"

    charge: Mapped[str | None] = mapped_column(index=True)
    payment_intent: Mapped[str | None]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]
    created: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[str | None]
    request: Mapped[str | None] = mapped_column(index=True)
    """The call of the bot's that made it; None where somebody did so in Stripe itself."""


class StripeDispute(_Moved, Base):
    """A customer's bank wants the money back."""

    __tablename__ = "stripe_disputes"

    charge: Mapped[str] = mapped_column(index=True)
    payment_intent: Mapped[str | None]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    due: Mapped[int | None] = mapped_column(BigInteger)
    submitted: Mapped[bool]
    created: Mapped[int] = mapped_column(BigInteger, index=True)
    counted: Mapped[int | None] = mapped_column(BigInteger)
    """The deadline until which days are counted down; None: to none yet."""


class StripePaidBy(_Moved, Base):
    """Which payment an invoice was paid by, or was to be."""

    __tablename__ = "stripe_paid_by"

    invoice: Mapped[str] = mapped_column(index=True)
    payment_intent: Mapped[str] = mapped_column(index=True)


class StripeListing(Base):
    """How far Stripe was asked which events there were: one row."""

    __tablename__ = "stripe_listings"

    id: Mapped[bool] = mapped_column(primary_key=True)
    until: Mapped[int] = mapped_column(BigInteger)
    """All events before it have come: seconds on Stripe's clock."""
    asked: Mapped[dt.datetime]
    """When somebody last began to ask."""

    __table_args__ = (CheckConstraint("id", name="one"),)


class StripeProblem(Base):
    """Something of Stripe's that could not be copied: one message about it, until it is copied after all."""

    __tablename__ = "stripe_problems"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(unique=True)
    """A subscription, a type of event or an event: whatever is told once."""
    event: Mapped[str] = mapped_column(index=True)
    """The newest that failed, by Stripe's id."""
    kind: Mapped[str]
    text: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    settled: Mapped[dt.datetime | None]
