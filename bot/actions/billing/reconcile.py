"""`reconcile acme`: what the platform has of a tenant's billing beside what Stripe has, field by field."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.billing import differences
from bot.actions.impact import Impact, fact
from bot.actions.outside import Outside
from bot.actions.registry import register
from bot.errors import InvalidParameter, Unavailable
from bot.integrations.stripe.api import StripeApi
from bot.integrations.stripe.events import InvoiceSaid
from bot.permissions import Permission
from bot.platform import billing, billing_reads
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.words import counted

INVOICES = 24  # the newest that are compared: two years of monthly ones


@register
class Reconcile(Action):
    """Compare what the platform has of a tenant's billing with Stripe, field by field."""

    name, verb = "stripe.reconcile", "reconcile"
    also = ("compare with stripe", "stripe compare")
    offered_as = "compare a tenant with Stripe"
    permission, risk = Permission.BILLING_SYNC, Risk.READ
    tenant: Tenant

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("force sync", "billing")

    async def preview(self, session: AsyncSession) -> Impact:
        tenant = await billing_reads.tenant(session, self.tenant.id)
        if tenant is None:
            raise InvalidParameter("tenant", "That tenant no longer exists on the platform.")
        ours = await billing_reads.for_comparison(session, self.tenant.id)
        paid = await billing_reads.payments_by_id(session, self.tenant.id)
        return Impact(
            facts=(
                fact("Stripe customer", tenant.customer or "none: the tenant is linked to none"),
                fact("On the platform", counted(len(ours), "subscription")),
            ),
            context={
                "tenant": {"id": str(self.tenant.id), "name": tenant.name},
                "customer": tenant.customer,
                "subscriptions": ours,
                "paid": paid,
            },
        )

    async def asked(self, outside: Outside, impact: Impact) -> dict[str, Any]:
        """What differs from Stripe; or why that cannot be said."""
        customer = impact.context["customer"]
        if outside.stripe is None:
            return {"why": "I cannot ask Stripe. Ask whoever runs this bot to set STRIPE_API_KEY.", "lines": []}
        if customer is None:
            return {"why": "No Stripe customer is linked to this tenant. Link it on the platform.", "lines": []}
        try:
            return {"why": None, "lines": await _differing(outside.stripe, customer, impact.context)}
        except Unavailable as error:
            return {"why": f"{error} Nothing was compared. Try again in a minute.", "lines": []}


async def _differing(stripe: StripeApi, customer: str, known: Mapping[str, Any]) -> list[differences.Line]:
    invoices = [one.said for one in await stripe.invoices_of(customer, INVOICES)]
    ours = {one.invoice_id: status for one in invoices if (status := _paid(known["paid"], one)) is not None}
    there = {stripe_id: one.snapshot for stripe_id, one in (await stripe.answers_of(customer)).items()}
    return [
        *differences.of_subscriptions(known["subscriptions"], there),
        *differences.of_invoices(ours, invoices),
    ]


def _paid(paid: Mapping[str, str], invoice: InvoiceSaid) -> str | None:
    """What became of its payment on the platform, which may know it from before there was a mirror."""
    return paid.get(str(billing.payment_id(invoice.invoice_id))) or paid.get(invoice.payment_intent or "")
