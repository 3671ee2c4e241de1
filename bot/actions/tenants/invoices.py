"""`invoices acme`: what a tenant was asked for, what became of it, and why a payment failed."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter
from bot.integrations.stripe.api import dashboard
from bot.integrations.stripe.money import digits
from bot.integrations.stripe.money import said as amount_said
from bot.permissions import Permission
from bot.platform import billing, billing_reads
from bot.platform.billing_reads import PaymentRecord
from bot.policy import Risk
from bot.store.models import StripeCharge, StripeInvoice
from bot.targets.tenant import Tenant
from bot.words import counted

SHOWN = 12  # the newest: a year of monthly ones
# Why a bank said no, for people: https://docs.stripe.com/declines/codes
DECLINES = {
    "authentication_required": "the customer has to confirm it with their bank",
    "card_declined": "the bank declined without a reason",
    "do_not_honor": "the bank declined without a reason",
    "expired_card": "the card has expired",
    "generic_decline": "the bank declined without a reason",
    "incorrect_cvc": "the card's security code is wrong",
    "insufficient_funds": "not enough money on the account",
    "processing_error": "the bank could not process it, so a second try may work",
}


@register
class Invoices(Action):
    """Show what a tenant was charged for, what was paid or given back, and why a payment failed."""

    name, verb, says = "tenant.invoices", "invoices", "see invoices of"
    also = ("payments",)
    offered_as = "see a tenant's invoices"
    permission, risk = Permission.BILLING_READ, Risk.READ
    tenant: Tenant

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("reconcile", "billing")

    async def preview(self, session: AsyncSession) -> Impact:
        tenant = await billing_reads.tenant(session, self.tenant.id)
        if tenant is None:
            raise InvalidParameter("tenant", "That tenant no longer exists on the platform.")
        payments = await billing_reads.payments(session, self.tenant.id, SHOWN)
        invoices = await _invoices(session, self.tenant.id)
        charges = await _charges(session, payments)
        failed = sum(one.status == "failed" for one in payments)
        return Impact(
            facts=(
                fact("Of the newest", counted(len(payments), "payment")),
                fact("Failed", str(failed) if failed else "none"),
            ),
            context={
                "tenant": {"id": str(self.tenant.id), "name": tenant.name},
                "payments": [_line(one, invoices.get(str(one.id)), charges.get(one.intent or "")) for one in payments],
            },
        )


async def _invoices(session: AsyncSession, tenant_id: uuid.UUID) -> dict[str, StripeInvoice]:
    """Those heard of, by the platform's id of their payment."""
    subscriptions = [one["id"] for one in await billing_reads.for_comparison(session, tenant_id)]
    found = await session.scalars(select(StripeInvoice).where(StripeInvoice.subscription_id.in_(subscriptions)))
    return {str(billing.payment_id(one.id)): one for one in found}


async def _charges(session: AsyncSession, payments: Sequence[PaymentRecord]) -> dict[str, StripeCharge]:
    """The newest try of each payment, by Stripe's id of the payment."""
    intents = [one.intent for one in payments if one.intent]
    tries = select(StripeCharge).where(StripeCharge.payment_intent.in_(intents)).order_by(StripeCharge.created)
    return {one.payment_intent: one for one in await session.scalars(tries) if one.payment_intent}


def _line(payment: PaymentRecord, invoice: StripeInvoice | None, charge: StripeCharge | None) -> Mapping[str, Any]:
    live = charge.livemode if charge else True
    back = charge.refunded if charge and charge.refunded else None
    return {
        "amount": f"{payment.amount:,.{digits(payment.currency.lower())}f} {payment.currency.upper()}",
        "status": payment.status,
        "at": payment.at.timestamp() if payment.at else None,
        "invoice": invoice.id if invoice else None,
        "why": _why(charge.failure) if charge and payment.status == "failed" else None,
        "back": amount_said(back, charge.currency) if back and charge else None,
        "disputed": bool(charge and charge.disputed),
        "url": dashboard("invoices", invoice.id, live=live)
        if invoice
        else dashboard("payments", payment.intent, live=live)
        if payment.intent
        else None,
    }


def _why(code: str | None) -> str | None:
    return DECLINES.get(code, code.replace("_", " ")) if code else None
