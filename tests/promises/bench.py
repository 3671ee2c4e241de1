"""The pipeline on a workbench: its functions called directly, on a real database, without Slack or a worker."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bot import actions as every_action
from bot import policy
from bot.actions.base import Action
from bot.actions.impact import Step
from bot.actions.registry import Registry, discover
from bot.demo.data import STAFF
from bot.errors import NotIdentified
from bot.holds import engine, queue_pause
from bot.integrations.base import Integration
from bot.people import identity
from bot.people.identity import Operator
from bot.pipeline import standing
from bot.pipeline.core import Core
from bot.pipeline.decide import decide
from bot.pipeline.execute import execute
from bot.pipeline.limits import Limits
from bot.pipeline.propose import Ask, propose
from bot.platform.queues import Scope
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import Hold, HoldKind, Proposal, Verdict

IDS: dict[str, uuid.UUID] = {person.local_part: person.id for person in STAFF}
MANY = Limits(10**6, 10**6)
"""Here few people ask for much in little time."""
NAMES: dict[str, str] = {person.local_part: person.name for person in STAFF}


@dataclass(frozen=True)
class Bench:
    """A core, and the people of the demo by the part of their address before the @."""

    core: Core

    @property
    def database(self) -> Database:
        return self.core.database

    async def operator(self, name: str) -> Operator:
        """Somebody with what they may do now. Raises `NotIdentified` once they may do nothing."""
        async with self.database.transaction() as session:
            found = await identity.operator_by_id(session, IDS[name])
        if found is None:
            raise NotIdentified(f"{name} may not act")
        return found

    async def ask(self, by: str, action: str = "staff.revoke_sessions", about: str = "staffer") -> Proposal:
        """Ask for one action on somebody. Raises `Refused`."""
        return await self.ask_for(by, [(action, about)])

    async def ask_for(self, by: str, steps: Sequence[tuple[str, str]]) -> Proposal:
        """Ask for a plan of several steps, each an action on somebody."""
        operator = await self.operator(by)
        async with self.database.transaction() as session:
            plan = [await self.action(session, name, about) for name, about in steps]
            return await propose(self.core, session, operator, plan, Ask(channel="operations", reason="laptop stolen"))

    async def action(self, session: Any, name: str, about: str) -> Action:
        parameters = {"staffer": str(IDS[about]), "reason": "laptop stolen"}
        return await self.core.registry.load(Step(action=name, parameters=parameters), session)

    async def decide(
        self, by: str, proposal: Proposal, verdict: Verdict = Verdict.APPROVE, *, revision_id: uuid.UUID | None = None
    ) -> Proposal:
        """Somebody's word on the proposal's revision as it was read, or on another. Raises `Refused`."""
        operator = await self.operator(by)
        async with self.database.transaction() as session:
            return await decide(
                self.core, session, operator, revision_id or proposal.revision_id, verdict, "because I say so"
            )

    async def execute(self, proposal: Proposal) -> Proposal:
        """What the job does, and those that look at other proposals for it; the proposal afterwards."""
        await execute(self.core, proposal.id)
        await self.follow()
        return await self.read(proposal.id)

    async def follow(self) -> None:
        """Run the jobs that look again at what is open."""
        jobs = "DELETE FROM pmbot.procrastinate_jobs WHERE task_name = 'recheck' RETURNING args->>'target'"
        for (target,) in await self.sql(jobs):
            await standing.recheck(self.core, target)

    async def read(self, proposal_id: uuid.UUID) -> Proposal:
        async with self.database.transaction() as session:
            return await session.get_one(Proposal, proposal_id)

    async def waiting(self) -> int:
        """How many wait for a row that somebody else holds."""
        rows = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
        return int((await self.sql(rows))[0][0])

    async def sql(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run SQL as the bot; rows as tuples."""
        async with self.database.transaction() as session:
            result = await session.execute(text(statement), parameters)
            return [tuple(row) for row in result] if result.returns_rows else []


async def pause(session: Any, scope: Scope, by: str = "oncall", lasts: dt.timedelta | None = None) -> Hold:
    """Place a pause, without anybody's word."""
    return await engine.place(
        session,
        HoldKind.QUEUE_PAUSE,
        target=scope.key,
        subject=queue_pause.subject_of(scope),
        by=IDS[by],
        reason="spam",
        ends=(lambda now: now + lasts) if lasts else None,
    )


def build(
    url: str,
    *,
    rules: Policy | None = None,
    replaced: Sequence[type[Action]] = (),
    integrations: Mapping[str, Integration] | None = None,
    limits: Limits = MANY,
) -> Bench:
    """A bench on this database; `replaced` actions stand in for those of the same name."""
    registry = Registry()
    registry.by_name.update(discover(every_action).by_name)
    registry.by_name.update({action.name: action for action in replaced})
    registry.by_verb.update({action.verb: action for action in registry.by_name.values() if action.verb})
    core = Core(Database(url, name="bench"), registry, rules or policy.load(), None, dict(integrations or {}), limits)
    return Bench(core)
