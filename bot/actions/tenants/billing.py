"""`billing acme`: what the platform holds of a tenant's subscription and payments, and how fresh that is."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter
from bot.integrations.stripe.api import dashboard
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import billing_reads
from bot.platform.billing_reads import PaymentRecord, SubscriptionRecord, WebhookHealth
from bot.policy import Risk
from bot.store.models import StripeMirror
from bot.targets.tenant import Tenant
from bot.words import plain


@register
class Billing(Action):
    """Show a tenant's plan, subscription and payments, with links into Stripe."""

    name, verb, says = "tenant.billing", "billing", "see billing of"
    also = ("subscription", "show")
    offered_as = "see a tenant's billing"
    permission, risk = Permission.BILLING_READ, Risk.READ
    group = Group("Tenants and billing", 5)
    tenant: Tenant

    async def preview(self, session: AsyncSession) -> Impact:
        tenant = await billing_reads.tenant(session, self.tenant.id)
        if tenant is None:
            raise InvalidParameter("tenant", "That tenant no longer exists on the platform.")
        subscriptions = await billing_reads.subscriptions(session, self.tenant.id)
        payments = await billing_reads.payments(session, self.tenant.id)
        live = await _live(session, subscriptions)
        first = subscriptions[0] if subscriptions else None
        health = await billing_reads.webhook_health(session)
        return Impact(
            facts=(fact("Tenant", tenant.status), *_facts(first), fact("Events from Stripe", _in_words(health))),
            context={
                "tenant": {"id": str(self.tenant.id), "name": tenant.name},
                "customer_url": _page("customers", tenant.customer, live=live),
                "subscription_url": _page("subscriptions", first.stripe_id if first else None, live=live),
                "period_end": _seconds(first.period_end if first else None),
                "cancelling": first is not None and first.cancel_at_period_end,
                "others": [f"{one.plan}, {plain(one.status)}" for one in subscriptions[1:]],
                "payments": [_paid(one, live=live) for one in payments],
                "last_event": _seconds(health.last),
            },
        )


async def _live(session: AsyncSession, subscriptions: Sequence[SubscriptionRecord]) -> bool:
    """Whether the account's events are of Stripe's live mode; unless it is known, they are."""
    ids = [one.stripe_id for one in subscriptions]
    return await session.scalar(
        select(StripeMirror.livemode).where(StripeMirror.subscription_id.in_(ids)).limit(1)
    ) is not False  # fmt: skip


def _facts(one: SubscriptionRecord | None) -> tuple[Fact, ...]:
    if one is None:
        return (fact("Subscription", "none"),)
    pending = f" → {one.pending_plan}" if one.pending_plan else ""
    price = Personal(personal="amount", value=f"{one.price_monthly:,.2f} a month")
    return (
        fact("Plan", f"{one.plan}{pending} · list price ", price),
        fact("Subscription", plain(one.status)),
    )


def _in_words(health: WebhookHealth) -> str:
    troubles = [f"{count} {what}" for count, what in ((health.failed, "failed"), (health.retrying, "waiting")) if count]
    return f"{health.word} · {health.total} in the last hour" + "".join(f", {one}" for one in troubles)


def _page(kind: str, stripe_id: str | None, *, live: bool) -> str | None:
    return dashboard(kind, stripe_id, live=live) if stripe_id else None


def _seconds(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _paid(one: PaymentRecord, *, live: bool) -> dict[str, Any]:
    return {
        "amount": f"{_plain(one.amount)} {one.currency.upper()}",
        "status": one.status,
        "at": _seconds(one.at),
        "url": _page("payments", one.intent, live=live),
    }


def _plain(amount: Decimal) -> str:
    return f"{amount:,.2f}"
