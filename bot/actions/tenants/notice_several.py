"""`tenant notice where plan=free about pause because …`: a mail to those who manage many tenants."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest, Outcome
from bot.actions.bulk import PartOf
from bot.actions.impact import Impact, Step
from bot.actions.registry import register
from bot.actions.rows import ManyRows, Rules
from bot.actions.tenants.notice import Topic
from bot.actions.tenants.several import ManyTenants
from bot.holds import engine
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import tenants
from bot.platform.models import Tenant, TenantUser, User
from bot.policy import Risk

CORRECTION = "correction"


@register
class NoticePart(PartOf):
    """One part of a large request: send a mail to the owners and admins of these tenants.

    Nothing changes on the platform; who was told stands on record with the letters.
    """

    name, noun, says, judged_as = "tenant.notice_some", "tenant", "tell the admins of", "tenant.notice"
    permission, risk = Permission.TENANT_NOTICE, Risk.HIGH
    team = "operations"
    chosen_from = ManyTenants
    size = 50  # each of them has letters, which commit with it
    topic: Topic
    reason: Reason

    async def lock(self, session: AsyncSession) -> None:
        """Nobody is erased meanwhile."""
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        names = await tenants.names(session, self.chosen.ids)
        told = {one: await tenants.managers(session, one) for one in self.chosen.ids if one in names}
        done = [str(one) for one, readers in told.items() if readers]
        said = {"letter": f"notice_{self.topic.name}"}
        letters = [
            {"to": reader, **said, "context": {"tenant": names[one]}}
            for one, readers in told.items()
            for reader in readers
        ]
        return Outcome(
            data={"done": done, "left_out": len(self.chosen.ids) - len(done), "letters": len(letters)},
            old={"told": 0},
            new={"told": len(done), "about": self.topic.name},
            effects=tuple(EffectRequest("letter", "mail", one) for one in letters),
        )

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """A correction, to whoever was told; a correction of a correction would only confuse."""
        if self.topic.name == CORRECTION:
            return None
        return self.back(self.name, outcome["done"], topic=CORRECTION)


@register
class Notices(ManyRows):
    """Send a mail to the owners and admins of several tenants. The card shows the mail before it is sent."""

    name, verb, says = "tenant.notices", "tenant notice where", "tell the admins of several tenants"
    also = ("notify tenants", "mail tenants")
    offered_as = "tell the admins of several tenants"
    part = NoticePart
    selection: ManyTenants
    topic: Topic
    reason: Reason

    @property
    def relies_on(self) -> Collection[str]:
        return ("mail",)

    async def preview(self, session: AsyncSession) -> Impact:
        """With the letter as one of them gets it."""
        impact = await super().preview(session)
        names = await tenants.names(session, (await self.sort(session)).ids[:1])
        letter = {"about": self.topic.name, "one": next(iter(names.values()), "")}
        return impact.model_copy(update={"context": {**impact.context, **letter}})

    def rules(self) -> Rules:
        managing = TenantUser.roles.overlap(["owner", "admin"]) & (User.status == "active") & User.deleted.is_(None)
        one = select(User.id).join(TenantUser, TenantUser.user_id == User.id).where(TenantUser.tenant_id == Tenant.id)
        return {"without an active owner or admin": ~one.where(managing).correlate(Tenant).exists()}

    def after(self) -> str:
        return f"a mail about {self.topic.name} to each of their owners and admins; nobody can recall a sent mail"
