"""What billing looks like: a tenant's subscriptions and payments, and how the events from Stripe are doing."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.platform import billing
from bot.platform.models import Payment, Plan, Subscription, Tenant, TenantConfig, WebhookEvent

DELAYED_AFTER = dt.timedelta(minutes=10)
RECENT = dt.timedelta(hours=1)


@dataclass(frozen=True)
class SubscriptionRecord:
    """A subscription as the mirror has it."""

    id: uuid.UUID
    plan: str
    pending_plan: str | None
    price_monthly: Decimal
    status: str
    period_end: dt.datetime | None
    cancel_at_period_end: bool
    stripe_id: str | None


@dataclass(frozen=True)
class PaymentRecord:
    amount: Decimal
    currency: str
    status: str
    at: dt.datetime | None
    intent: str | None
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class WebhookHealth:
    """How the events from Stripe are doing."""

    now: dt.datetime
    last: dt.datetime | None
    total: int
    """In the last hour, as the next two."""
    failed: int
    retrying: int

    @property
    def word(self) -> str:
        """`healthy` an event within 10 minutes, `delayed` beyond, `error` on processing failures (platform.md)."""
        if self.failed:
            return "error"
        late = self.last is None or self.now - self.last > DELAYED_AFTER
        return "delayed" if late else "healthy"


@dataclass(frozen=True)
class EventRecord:
    """What became of an event of Stripe's."""

    id: str
    """Stripe's."""
    type: str
    status: str
    error: str | None
    at: dt.datetime | None


@dataclass(frozen=True)
class TenantRow:
    name: str
    status: str
    customer: str | None


async def tenant(session: AsyncSession, tenant_id: uuid.UUID) -> TenantRow | None:
    found = await session.execute(
        select(Tenant.name, Tenant.status, TenantConfig.stripe_customer_id)
        .outerjoin(TenantConfig, TenantConfig.tenant_id == Tenant.id)
        .where(Tenant.id == tenant_id)
    )
    row = found.first()
    return TenantRow(*row) if row else None


async def of_subscription(session: AsyncSession, stripe_id: str) -> TenantRow | None:
    """The tenant whose subscription it is, by Stripe's id."""
    tenant_id = await session.scalar(
        select(Subscription.tenant_id).where(Subscription.stripe_subscription_id == stripe_id)
    )
    return await tenant(session, tenant_id) if tenant_id else None


async def of_customer(session: AsyncSession, customer: str | None) -> TenantRow | None:
    """The tenant that a customer of Stripe's is; None if there is none, or more than one."""
    found = await billing.tenant_of_customer(session, customer)
    return await tenant(session, found) if found else None


async def subscriptions(session: AsyncSession, tenant_id: uuid.UUID, limit: int = 3) -> Sequence[SubscriptionRecord]:
    """Those in use first, then the newest."""
    pending = aliased(Plan)
    rows = await session.execute(
        select(
            Subscription.id,
            Plan.name,
            pending.name,
            Plan.price_monthly,
            Subscription.status,
            Subscription.current_period_end,
            Subscription.cancel_at_period_end,
            Subscription.stripe_subscription_id,
        )
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(pending, pending.id == Subscription.pending_plan_id)
        .where(Subscription.tenant_id == tenant_id)
        .order_by(
            Subscription.status == "canceled", Subscription.current_period_end.desc().nulls_last(), Subscription.id
        )
        .limit(limit)
    )
    return [SubscriptionRecord(*row) for row in rows]


async def for_comparison(session: AsyncSession, tenant_id: uuid.UUID) -> list[dict[str, Any]]:
    """A tenant's subscriptions, as they are compared with Stripe's; times in seconds since 1970."""
    rows = await session.execute(
        select(Subscription, Plan.stripe_product_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.tenant_id == tenant_id, Subscription.stripe_subscription_id.is_not(None))
        .order_by(Subscription.stripe_subscription_id)
    )
    return [
        {
            "id": one.stripe_subscription_id,
            "status": one.status,
            "product": product,
            "until": one.current_period_end.timestamp() if one.current_period_end else None,
            "cancelling": one.cancel_at_period_end,
        }
        for one, product in rows
    ]


async def payments_by_id(session: AsyncSession, tenant_id: uuid.UUID) -> dict[str, str]:
    """What became of each of a tenant's payments: by its own id, and by Stripe's id of it where that is known."""
    rows = await session.execute(
        select(Payment.id, Payment.stripe_payment_intent_id, Payment.status)
        .join(Subscription, Subscription.id == Payment.subscription_id)
        .where(Subscription.tenant_id == tenant_id)
    )
    found: dict[str, str] = {}
    for own, intent, status in rows:
        found |= {str(own): status} | ({intent: status} if intent else {})
    return found


async def payments(session: AsyncSession, tenant_id: uuid.UUID, limit: int = 5) -> Sequence[PaymentRecord]:
    """The newest first."""
    rows = await session.execute(
        select(
            Payment.amount,
            Payment.currency,
            Payment.status,
            Payment.processed,
            Payment.stripe_payment_intent_id,
            Payment.id,
        )
        .join(Subscription, Subscription.id == Payment.subscription_id)
        .where(Subscription.tenant_id == tenant_id)
        .order_by(Payment.processed.desc().nulls_last(), Payment.id)
        .limit(limit)
    )
    return [PaymentRecord(*row) for row in rows]


def _events() -> Select[str, str, str, str | None, dt.datetime | None]:
    return select(
        WebhookEvent.stripe_event_id,
        WebhookEvent.event_type,
        WebhookEvent.status,
        WebhookEvent.error_message,
        WebhookEvent.processed_at,
    )


async def event(session: AsyncSession, event_id: str) -> EventRecord | None:
    """What became of one."""
    row = (await session.execute(_events().where(WebhookEvent.stripe_event_id == event_id))).first()
    return EventRecord(*row) if row else None


async def failed_events(
    session: AsyncSession, *, limit: int, begins: str = "", kind: str | None = None
) -> Sequence[EventRecord]:
    """Those that could not be copied, the newest first; of one type, or all."""
    meant = [WebhookEvent.status == "failed", WebhookEvent.stripe_event_id.startswith(begins, autoescape=True)]
    if kind is not None:
        meant.append(WebhookEvent.event_type == kind)
    rows = await session.execute(
        _events().where(*meant).order_by(WebhookEvent.processed_at.desc().nulls_last(), WebhookEvent.id).limit(limit)
    )
    return [EventRecord(*row) for row in rows]


async def webhook_health(session: AsyncSession) -> WebhookHealth:
    recent = WebhookEvent.processed_at > func.now() - RECENT
    row = await session.execute(
        select(
            func.now(),
            func.max(WebhookEvent.processed_at),
            func.count().filter(recent),
            func.count().filter(recent, WebhookEvent.status == "failed"),
            func.count().filter(recent, WebhookEvent.status == "retrying"),
        )
    )
    return WebhookHealth(*row.one())
