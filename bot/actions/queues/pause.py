"""`pause email-sending for 2h because …`: its jobs wait until the time is over, or somebody resumes it."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Outcome, Verified
from bot.actions.impact import Impact, Step, fact
from bot.actions.queues.facts import also_facts, busiest_facts, meant, named, now_fact
from bot.actions.queues.parameters import InQueue, QueueOrTenant
from bot.actions.registry import register
from bot.holds import engine, queue_pause
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Lasting
from bot.permissions import Permission
from bot.platform import queues
from bot.platform.queues import Scope
from bot.platform.writes import PAUSES, QUEUES
from bot.policy import Risk
from bot.store.models import HoldKind, Verification
from bot.words import counted


@register
class Pause(Action):
    """Hold back the jobs of a queue or a tenant, for a fixed time or until somebody resumes them."""

    name, verb, said_of = "queue.pause", "pause", ("tenant",)
    also = ("stop", "halt", "hold", "freeze", "block")
    offered_as = "pause a queue or tenant"
    permission, risk = Permission.QUEUE_PAUSE, Risk.HIGH
    writes = (PAUSES, QUEUES)
    group = Group("Queues", 2)
    containment = unattended = True
    team = "operations"
    what: QueueOrTenant
    queue: InQueue | None
    duration: Lasting | None
    reason: Reason

    @property
    def scope(self) -> Scope:
        return self.what.within(self.queue)

    @property
    def target(self) -> str:
        return self.scope.key

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.scope.tenant_id

    async def preview(self, session: AsyncSession) -> Impact:
        scope, name = self.scope, named(self.what, self.queue)
        outlook = await queues.outlook(session, scope)
        load = outlook.load
        lasts = self.duration.phrase if self.duration else "until it is resumed"
        running = f"; {counted(load.running, 'running job')} finish" if load.running else ""
        return Impact(
            facts=(
                await meant(session, scope, name),
                now_fact(scope, outlook),
                fact("After", f"no more jobs start {lasts}{running}; new jobs wait"),
                *await also_facts(session, await queue_pause.in_force(session, scope)),
            ),
            details=await busiest_facts(session, scope, load),
            context={"scope": name, "lasts": self.duration.phrase if self.duration else None},
        )

    async def lock(self, session: AsyncSession) -> None:
        await self.what.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = len(await queue_pause.open_on(session, self.scope))
        hold = await engine.place(
            session,
            HoldKind.QUEUE_PAUSE,
            target=self.scope.key,
            subject=queue_pause.subject_of(self.scope),
            by=by,
            reason=self.reason.text,
            ends=self.duration.ends if self.duration else None,
        )
        return Outcome(
            data={"hold": str(hold.id)},
            old={"open_pauses": before},
            new={"open_pauses": before + 1},
            holds=(hold.id,),
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "after": (await queue_pause.in_force(session, self.scope)).dump()}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await queue_pause.confirm(platform, self.scope, outcome["after"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)

    def undo(self, outcome: dict[str, Any]) -> Step:
        """This pause ends; others on the same jobs stay."""
        given = {name: value.dump() for name, value in self.values().items() if name in ("what", "queue")}
        reason = f"undoing: {self.reason.text}"
        return Step(action="queue.resume", parameters={**given, "only": outcome["hold"], "reason": reason})
