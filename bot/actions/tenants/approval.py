"""`tenant approve acme because …`, `tenant reject …`: whether a new customer may use the platform at all.

Approval stands in a column of its own, beside the status: Stripe's events write the status (`bot/billing/mirror.py`),
and a payment must not approve anybody.
"""

import uuid
from typing import Any, ClassVar

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import models, tenant_reads
from bot.platform.tables.tenants import Approval
from bot.platform.writes import Write
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.tenant import Tenant
from bot.words import counted

IN_WORDS: dict[Approval, str] = {
    "pending": "waiting for approval",
    "approved": "approved",
    "rejected": "rejected",
}


class Judgement(Action):
    """A customer is let in, turned down, or neither yet."""

    permission, risk = Permission.TENANT_APPROVE, Risk.MEDIUM
    writes = (Write("tenants", update=("approval", "updated")),)
    changes = "approval"
    team = "operations"
    to: ClassVar[Approval]
    means: ClassVar[str]
    """What it means for the tenant, after what it will be."""
    tenant: Tenant
    reason: Reason

    async def _now(self, session: AsyncSession) -> models.Tenant:
        """The row as it is. Raises `NothingToDo` where it is so already."""
        row = await session.get_one(models.Tenant, self.tenant.id, populate_existing=True)
        if row.approval == self.to:
            raise NothingToDo(f"{row.name} is already {IN_WORDS[self.to]}. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._now(session)
        state = await tenant_reads.agreed(session, row.id)
        used = {name: one.used or 0 for name, one in state.limits.items()}
        return Impact(
            facts=(
                fact("Tenant", row.name, " · signed up ", Moment.of(row.created)),
                fact("Now", IN_WORDS[row.approval], bound=True),
                fact("After", f"{IN_WORDS[self.to]}: {self.means}"),
                fact("Plan", state.plan or "none"),
                fact("Has", f"{counted(used['max_users'], 'user')}, {counted(used['max_domains'], 'domain')}"),
            ),
            context={"tenant": {"id": str(row.id), "name": row.name}},
        )

    async def lock(self, session: AsyncSession) -> None:
        """Its row, which the platform's other rows may still refer to meanwhile."""
        row = select(models.Tenant.id).where(models.Tenant.id == self.tenant.id)
        await session.execute(row.with_for_update(key_share=True))

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        was = (await self._now(session)).approval
        await session.execute(
            update(models.Tenant).where(models.Tenant.id == self.tenant.id).values(approval=self.to, updated=func.now())
        )
        return Outcome(data={"was": was}, old={"approval": was}, new={"approval": self.to})

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        row = await session.get_one(models.Tenant, self.tenant.id, populate_existing=True)
        return {**outcome, "approval": row.approval}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.ask(f"/internal/tenants/{self.tenant.id}")
        with agreed():
            holds, at = answer["approval"] == outcome["approval"], instant(answer)
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        row = await session.get_one(models.Tenant, self.tenant.id)
        return row.approval == self.to

    def undo(self, outcome: dict[str, Any]) -> Step:
        parameters = {"tenant": self.tenant.dump(), "reason": f"undoing: {self.reason.text}"}
        return Step(action=BY_RESULT[outcome["was"]].name, parameters=parameters)

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant",)


@register
class Approve(Judgement):
    """Approve a new tenant, so that it can use the platform."""

    name, verb, says = "tenant.approve", "tenant approve", "approve"
    also = ("approve tenant", "approve customer")
    to, means = "approved", "its people can sign in and send"


@register
class Reject(Judgement):
    """Reject a tenant that signed up, so that it cannot use the platform."""

    name, verb, says = "tenant.reject", "tenant reject", "reject"
    also = ("reject tenant", "reject customer")
    to, means = "rejected", "none of its users can sign in or send; nothing is deleted"


@register
class Reconsider(Judgement):
    """Make a tenant wait for approval again."""

    name, verb, says = "tenant.reconsider", "tenant reconsider", "reconsider"
    to, means = "pending", "it waits until somebody approves or rejects it"


BY_RESULT: dict[str, type[Judgement]] = {one.to: one for one in (Approve, Reject, Reconsider)}
