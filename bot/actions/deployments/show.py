"""`deployments`: which there were lately, and how they ended."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import Deployment
from bot.words import counted, plain

SHOWN = 20


@register
class ListDeployments(Action):
    """Show the newest deployments: of what, by whom, and how they ended."""

    name, verb = "deployment.list", "deployments"
    also = ("list deployments", "show deployments", "deploys")
    offered_as = "show deployments"
    permission, risk = Permission.DEPLOYMENT_READ, Risk.READ
    group = Group("Deployments", 6)
    target = "deployment:all"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("deploy roll-back",)

    async def preview(self, session: AsyncSession) -> Impact:
        rows = await session.scalars(select(Deployment).order_by(Deployment.started.desc()).limit(SHOWN))
        found = [_entry(one) for one in rows]
        return Impact(facts=(fact("Deployments", counted(len(found), "deployment")),), context={"deployments": found})


def _entry(row: Deployment) -> dict[str, Any]:
    return {
        "number": row.number,
        "service": row.service,
        "version": row.version,
        "by": row.by,
        "state": "under way" if row.finished is None else plain(row.state),
        "started": row.started.timestamp(),
    }
