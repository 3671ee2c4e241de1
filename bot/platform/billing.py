"""The mirror of what Stripe holds: subscriptions, payments, events, and what they make of a tenant."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import BotError
from bot.platform.models import Payment, Plan, Subscription, Tenant, TenantConfig, WebhookEvent

# A payment is one invoice: it has the same id however often and in whatever order it is heard of.
INVOICES = uuid.UUID("5b2a9c1e-7f0d-4f3e-9b52-1d0a7f6c4e11")


class Unmatched(BotError):
    """Stripe speaks of a customer, subscription or product that the platform does not have."""


class UnknownCustomer(Unmatched):
    """No tenant has it."""

    def __init__(self, customer: str | None, stripe_id: str) -> None:
        whose = customer or "(none)"
        super().__init__(
            f"No tenant is linked to the Stripe customer {whose}, so {stripe_id} was not copied to the platform. "
            "Link the customer to its tenant on the platform."
        )


class TooEarly(Unmatched):
    """An invoice is ahead of its subscription: Stripe sends a new customer's first events in any order."""

    def __init__(self, stripe_id: str) -> None:
        super().__init__(f"The platform does not have the subscription {stripe_id} yet.")


@dataclass(frozen=True)
class Mirrored:
    """A subscription after it was brought up to date."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    before: str | None
    """The status it had; None if the platform did not have it."""
    status: str
    note: str | None = None
    """What could not be mirrored of it."""


async def status_of(session: AsyncSession, stripe_id: str) -> str | None:
    """The platform's status of a subscription, by Stripe's id."""
    return await session.scalar(select(Subscription.status).where(Subscription.stripe_subscription_id == stripe_id))


async def tenant_of_customer(session: AsyncSession, customer: str | None) -> uuid.UUID | None:
    """The tenant that a customer of Stripe's is; None if there is none, or more than one."""
    found = await session.scalars(
        select(TenantConfig.tenant_id).where(TenantConfig.stripe_customer_id == customer).limit(2)
    )
    tenants = list(found)
    return tenants[0] if len(tenants) == 1 else None


async def subscription(
    session: AsyncSession, stripe_id: str, *, customer: str | None, products: Sequence[str], values: dict[str, Any]
) -> Mirrored:
    """Make the platform's subscription look like `values`, by column. Raises `Unmatched`, with nothing written."""
    plan_id = await session.scalar(select(Plan.id).where(Plan.stripe_product_id.in_(products)).limit(1))
    row = await _locked(session, stripe_id)
    before = row.status if row else None
    if row is None:
        row = await _added(session, stripe_id, customer, products, plan_id, values["status"])
    if plan_id is not None and row.plan_id != plan_id:
        row.plan_id = plan_id
        row.pending_plan_id = None if row.pending_plan_id == plan_id else row.pending_plan_id
    for name, value in values.items():
        if value is not None:
            setattr(row, name, value)
    await session.flush()
    note = (
        None
        if plan_id or not products
        else f"No plan has the product {', '.join(products)}; the tenant's plan is not changed."
    )
    return Mirrored(row.id, row.tenant_id, before, row.status, note)


async def _locked(session: AsyncSession, stripe_id: str) -> Subscription | None:
    found = select(Subscription).where(Subscription.stripe_subscription_id == stripe_id)
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def _added(
    session: AsyncSession,
    stripe_id: str,
    customer: str | None,
    products: Sequence[str],
    plan_id: uuid.UUID | None,
    status: str,
) -> Subscription:
    """A subscription that the platform does not have yet."""
    tenant_id = await tenant_of_customer(session, customer)
    if tenant_id is None:
        raise UnknownCustomer(customer, stripe_id)
    if plan_id is None:
        named = ", ".join(products) or "(none)"
        raise Unmatched(
            f"No plan is linked to the Stripe product {named}, so {stripe_id} was not copied to the platform. "
            "Link the product to a plan on the platform."
        )
    await session.execute(
        insert(Subscription)
        .values(tenant_id=tenant_id, plan_id=plan_id, status=status, stripe_subscription_id=stripe_id)
        .on_conflict_do_nothing(index_elements=[Subscription.stripe_subscription_id])
    )
    row = await _locked(session, stripe_id)
    if row is None:
        raise Unmatched(f"{stripe_id} was deleted while I copied it to the platform.")
    return row


def payment_id(invoice: str) -> uuid.UUID:
    """What the platform calls the payment of an invoice of Stripe's, unless it had it before there was a mirror."""
    return uuid.uuid5(INVOICES, invoice)


async def payment(
    session: AsyncSession,
    subscription_id: uuid.UUID,
    *,
    invoice: str,
    intent: str | None,
    paid: bool,
    amount: Decimal,
    currency: str,
    at: dt.datetime,
) -> None:
    """Record one invoice's payment; what was refunded stays refunded, and what succeeded does not fail later."""
    own = payment_id(invoice)
    known = Payment.stripe_payment_intent_id == intent if intent else Payment.id == own
    row = await session.scalar(select(Payment).where((Payment.id == own) | known).limit(1).with_for_update())
    if row is None:
        row = Payment(id=own, subscription_id=subscription_id)
        session.add(row)  # every column of it is given
    elif row.status == "refunded" or (row.status == "succeeded" and not paid):
        return
    row.status = "succeeded" if paid else "failed"
    row.amount, row.currency, row.processed = amount, currency, at
    row.stripe_payment_intent_id = intent or row.stripe_payment_intent_id
    await session.flush()


async def paid_by(session: AsyncSession, invoice: str, intent: str) -> None:
    """Say of an invoice's payment which of Stripe's payments it is."""
    unknown = Payment.id == payment_id(invoice), Payment.stripe_payment_intent_id.is_(None)
    await session.execute(update(Payment).where(*unknown).values(stripe_payment_intent_id=intent))


async def refunded(session: AsyncSession, intent: str, *, whole: bool) -> None:
    """All of a payment was given back, or not all of it any more: a refund may fail later."""
    before, after = ("succeeded", "refunded") if whole else ("refunded", "succeeded")
    known = Payment.stripe_payment_intent_id == intent, Payment.status == before
    await session.execute(update(Payment).where(*known).values(status=after))


async def pause_tenant(session: AsyncSession, tenant_id: uuid.UUID) -> str | None:
    """Pause it, if it is in use; the status it had, or None if it was left as it is."""
    status = await session.scalar(select(Tenant.status).where(Tenant.id == tenant_id).with_for_update())
    if status not in ("active", "trial"):
        return None
    await _set_tenant(session, tenant_id, "paused")
    return status


async def resume_tenant(session: AsyncSession, tenant_id: uuid.UUID, status: str) -> bool:
    """Give it back the status it had; False if it is no longer paused, or another subscription of it is."""
    now = await session.scalar(select(Tenant.status).where(Tenant.id == tenant_id).with_for_update())
    others = await session.scalar(
        select(func.count()).where(Subscription.tenant_id == tenant_id, Subscription.status == "paused")
    )
    if now != "paused" or others:
        return False
    await _set_tenant(session, tenant_id, status)
    return True


async def _set_tenant(session: AsyncSession, tenant_id: uuid.UUID, status: str) -> None:
    await session.execute(update(Tenant).where(Tenant.id == tenant_id).values(status=status, updated=func.now()))


async def tenant_status(session: AsyncSession, tenant_id: uuid.UUID) -> str | None:
    return await session.scalar(select(Tenant.status).where(Tenant.id == tenant_id))


async def record_event(
    session: AsyncSession, event_id: str, event_type: str, status: str, message: str | None = None
) -> None:
    """What became of an event of Stripe's; one that succeeded stays so."""
    values = {"status": status, "error_message": message, "processed_at": func.now()}
    statement = insert(WebhookEvent).values(stripe_event_id=event_id, event_type=event_type, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[WebhookEvent.stripe_event_id], set_=values, where=WebhookEvent.status != "success"
        )
    )


async def settle_events(session: AsyncSession, event_ids: Iterable[str]) -> None:
    """Events that had to wait are mirrored now."""
    await session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.stripe_event_id.in_(list(event_ids)), WebhookEvent.status != "success")
        .values(status="success", error_message=None, processed_at=func.now())
    )
