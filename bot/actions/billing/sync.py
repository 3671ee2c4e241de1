"""`force sync acme because …`: the platform's copy is brought to what Stripe has, whatever events came or did not."""

import uuid
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, NothingToDo
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import billing_reads
from bot.platform.billing_reads import TenantRow
from bot.policy import Risk
from bot.targets.tenant import Tenant

STRIPE = "stripe"  # the integration
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.stripe_sync:' || :id))")


@register
class ForceSync(Action):
    """Copy a tenant's subscriptions and newest invoices from Stripe as they are now.

    Only reads at Stripe: where the two differ, Stripe is right.
    """

    name, verb = "stripe.sync", "force sync"
    also = ("stripe sync", "sync")
    phrased = "copy from Stripe"
    offered_as = "copy a tenant's billing from Stripe"
    permission, risk = Permission.BILLING_SYNC, Risk.MEDIUM
    team = "finance"
    tenant: Tenant
    reason: Reason

    @property
    def relies_on(self) -> Collection[str]:
        return (STRIPE,)

    async def _linked(self, session: AsyncSession) -> tuple[TenantRow, str]:
        """The tenant with its customer at Stripe. Raises `NothingToDo`."""
        tenant = await billing_reads.tenant(session, self.tenant.id)
        if tenant is None:
            raise InvalidParameter("tenant", "That tenant no longer exists on the platform.")
        if tenant.customer is None:
            raise NothingToDo(
                f"No Stripe customer is linked to {tenant.name}. Nothing was done: link it on the platform first."
            )
        return tenant, tenant.customer

    async def preview(self, session: AsyncSession) -> Impact:
        tenant, customer = await self._linked(session)
        return Impact(
            facts=(
                fact("Tenant", tenant.name),
                fact("Stripe customer", customer, bound=True),
                fact("After", "its subscriptions, payments and status are as Stripe has them"),
            ),
            context={"tenant": {"id": str(self.tenant.id), "name": tenant.name}},
        )

    async def lock(self, session: AsyncSession) -> None:
        """One at a time for each tenant; of the platform's rows none is changed here, and none is locked."""
        await session.execute(LOCK, {"id": str(self.tenant.id)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        _, customer = await self._linked(session)
        asked = (EffectRequest("Stripe", STRIPE, {"customer": customer}),)
        return Outcome({"tenant": str(self.tenant.id)}, {"asked": False}, {"asked": True}, asked)
