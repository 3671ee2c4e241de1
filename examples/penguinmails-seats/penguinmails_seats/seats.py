"""`seats Acme Corp`: who uses a tenant, in numbers."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.permissions import own
from bot.platform.models import TenantUser, User
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.words import counted


@register
class Seats(Action):
    """Count a tenant's users by their status."""

    name, verb, says = "tenant.seats", "seats", "count the seats of"
    offered_as = "count a tenant's seats"
    permission, risk = own("tenant.seats", roles=("support", "customer_success")), Risk.READ
    tenant: Tenant

    async def preview(self, session: AsyncSession) -> Impact:
        query = (
            select(User.status, func.count())
            .join(TenantUser, TenantUser.user_id == User.id)
            .where(TenantUser.tenant_id == self.tenant.id, User.deleted.is_(None))
            .group_by(User.status)
            .order_by(User.status)
        )
        found = (await session.execute(query)).all()
        total = counted(sum(number for _, number in found), "user")
        by_status = tuple(fact(status.capitalize(), f"{number:,}") for status, number in found)
        return Impact(
            facts=(fact("In all", total), *by_status),
            context={"tenant": {"id": str(self.tenant.id), "name": self.tenant.name}},
        )
