"""Billing: the mirror of what Stripe holds. Stripe is right where the two disagree."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.platform.tables.base import Flag, Id, PlatformBase, TenantRef, vocabulary

SubscriptionStatus = Literal["active", "past_due", "canceled", "unpaid", "trialing", "paused"]
PaymentStatus = Literal["succeeded", "failed", "refunded"]
WebhookStatus = Literal["success", "failed", "retrying"]


class Plan(PlatformBase):
    """What can be bought. A limit that is null does not limit."""

    __tablename__ = "plans"

    id: Mapped[Id]
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    max_users: Mapped[int | None]
    max_domains: Mapped[int | None]
    max_campaigns_per_month: Mapped[int | None]
    max_emails_per_month: Mapped[int | None]
    max_storage_gb: Mapped[int | None]
    price_monthly: Mapped[Decimal]
    price_yearly: Mapped[Decimal]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    stripe_product_id: Mapped[str | None]


class Subscription(PlatformBase):
    __tablename__ = "subscriptions"

    id: Mapped[Id]
    tenant_id: Mapped[TenantRef] = mapped_column(index=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    pending_plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("plans.id"))
    status: Mapped[SubscriptionStatus] = mapped_column(Text)
    current_period_start: Mapped[datetime | None]
    current_period_end: Mapped[datetime | None]
    cancel_at_period_end: Mapped[Flag]
    stripe_subscription_id: Mapped[str | None] = mapped_column(unique=True)

    __table_args__ = (vocabulary("status", SubscriptionStatus), Index(None, "status"))


class Payment(PlatformBase):
    """`amount` is in units of `currency` (euros, not cents), `currency` Stripe's lower-case code."""

    __tablename__ = "payments"

    id: Mapped[Id]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscriptions.id"))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(server_default="eur")
    status: Mapped[PaymentStatus] = mapped_column(Text)
    processed: Mapped[datetime | None]
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(unique=True)

    __table_args__ = (
        vocabulary("status", PaymentStatus),
        Index(None, "subscription_id", "processed"),
        Index(None, "status", "processed"),
    )


class WebhookEvent(PlatformBase):
    """An event Stripe sent; the unique id makes a repeated one no second event."""

    __tablename__ = "webhook_events"

    id: Mapped[Id]
    stripe_event_id: Mapped[str] = mapped_column(unique=True)
    event_type: Mapped[str]
    processed_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    status: Mapped[WebhookStatus] = mapped_column(Text)
    error_message: Mapped[str | None]

    __table_args__ = (vocabulary("status", WebhookStatus),)
