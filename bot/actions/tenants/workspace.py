"""`workspace Newsletter of acme`: one workspace, and what its tenant has beside it."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.permissions import Permission
from bot.platform.models import Campaign, Company, Domain, EmailAccount
from bot.policy import Risk
from bot.targets.workspace import Workspace
from bot.words import listed

# Campaigns, domains and mailboxes belong to the tenant: the platform's tables tie none to a workspace.
OWNED = (("Campaigns", Campaign.tenant_id), ("Domains", Domain.tenant_id), ("Mailboxes", EmailAccount.tenant_id))


@register
class ShowWorkspace(Action):
    """Show a workspace: its tenant, its status, and what else that tenant has."""

    name, verb = "tenant.workspace", "workspace"
    also = ("show workspace",)
    offered_as = "look at a workspace"
    permission, risk = Permission.DELIVERABILITY_READ, Risk.READ
    workspace: Workspace

    async def preview(self, session: AsyncSession) -> Impact:
        row = await session.get_one(Company, self.workspace.row_id)
        others = await session.scalars(
            select(Company.workspace_name).where(Company.tenant_id == row.tenant_id, Company.id != row.id)
        )
        counts = select(*(select(func.count()).where(of == row.tenant_id).scalar_subquery() for _, of in OWNED))
        found = (await session.execute(counts)).one()
        return Impact(
            facts=(
                fact("Tenant", self.workspace.owner),
                fact("Status", row.status),
                fact("Company", row.name),
                fact("Other workspaces", listed(sorted(one or "without a name" for one in others)) or "none"),
                *(fact(label, f"{number:,}") for (label, _), number in zip(OWNED, found, strict=True)),
            ),
            context={"workspace": {"id": str(row.id), "name": row.workspace_name or "without a name"}},
        )
