"""`resume email-sending because …`: ends its pauses before their time."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.queues.facts import back, by_whom, left, meant, named, now_fact, still_facts, what_holds
from bot.actions.queues.parameters import InQueue, PauseOf, QueueOrTenant
from bot.actions.registry import register
from bot.errors import NothingToDo, Suggestion
from bot.holds import engine, queue_pause, reads
from bot.holds.queue_pause import InForce
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import queues
from bot.platform.queues import Scope
from bot.platform.writes import PAUSES, QUEUES
from bot.policy import Risk
from bot.store.models import Hold, HoldCause, Verification
from bot.words import counted


@register
class Resume(Action):
    """End the pauses of a queue or a tenant early."""

    name, verb, said_of = "queue.resume", "resume", ("tenant",)
    also = ("unpause", "continue", "restart", "unblock", "unfreeze")
    offered_as = "resume a queue or tenant"
    permission, risk = Permission.QUEUE_RESUME, Risk.HIGH
    writes = (PAUSES, QUEUES)
    team = "operations"
    renewable = True
    ends_holds = True
    what: QueueOrTenant
    queue: InQueue | None
    only: PauseOf | None
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

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("pause",)

    async def preview(self, session: AsyncSession) -> Impact:
        scope, name = self.scope, named(self.what, self.queue)
        force = await queue_pause.in_force(session, scope)
        ending = await reads.placed(session, await self._ending(session, force))
        remaining = await queue_pause.afterwards(session, scope, force, [one.hold for one in ending])
        outlook = await queues.outlook(session, scope)
        after = "jobs still wait; the lines below say why" if remaining.paused else back(outlook)
        return Impact(
            facts=(
                await meant(session, scope, name),
                # Another pause that joins in the meantime was none of what was approved.
                fact("Ends", *by_whom(ending), bound=True),
                fact("Time left", ", ".join(map(left, ending))),
                now_fact(scope, outlook),
                fact("After", after),
                *await still_facts(session, scope, remaining),
            ),
            context={"scope": name, "pauses": len(ending)},
            affected=outlook.load.waiting,
        )

    async def _ending(self, session: AsyncSession, force: InForce) -> Sequence[Hold]:
        """The pauses that are meant. Raises `NothingToDo`, naming what else holds the jobs back."""
        found = sorted((one for one in force.holds if one.target == self.target), key=lambda one: one.starts)
        if self.only is not None:
            found = [one for one in found if one.id == self.only.hold_id]
        if found:
            return found
        name = named(self.what, self.queue)
        if force.holds:
            wider = await queue_pause.named(session, queue_pause.scope_of(force.holds[0]))
            raise NothingToDo(
                f"{name} itself is not paused, but the pause of {wider} holds it back. "
                f"Nothing was done. To let its jobs run, resume {wider}.",
                suggestions=[await self._instead(session, force.holds[0])],
            )
        if force.paused:
            raise NothingToDo(
                f"{name} is paused on the platform itself, so I leave that as it is. "
                "Whoever did that can resume it there."
            )
        raise NothingToDo(f"{name} is not paused. Nothing was done.")

    async def _instead(self, session: AsyncSession, hold: Hold) -> Suggestion:
        scope = queue_pause.scope_of(hold)
        raw = str(scope.tenant_id) if scope.tenant_id else scope.queue or "all"
        arguments = {"what": raw, "reason": self.reason.text}
        if scope.tenant_id and scope.queue:
            arguments["queue"] = scope.queue
        what = await QueueOrTenant.load(raw, session)
        name = named(what, InQueue(scope.queue) if scope.tenant_id and scope.queue else None)
        return Suggestion(f"Resume {name}", self.verb, arguments)

    async def lock(self, session: AsyncSession) -> None:
        await self.what.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = await queue_pause.in_force(session, self.scope)
        ending = await self._ending(session, before)
        there = sum(one.target == self.target for one in before.holds)
        await engine.end_together(session, ending, HoldCause.RESUMED, by)
        force = await queue_pause.in_force(session, self.scope)
        return Outcome(
            data={
                "ended": counted(len(ending), "pause"),
                "paused": force.paused,
                "still": [await what_holds(session, one) for one in force.holds],
                "partly": [await what_holds(session, one) for one in force.partly],
            },
            old={"open_pauses": there},
            new={"open_pauses": there - len(ending)},
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "after": (await queue_pause.in_force(session, self.scope)).dump()}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await queue_pause.confirm(platform, self.scope, outcome["after"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)
