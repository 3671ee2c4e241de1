"""`prioritise acme in email-sending to high`: jobs that wait go sooner or later; each gets back what it had."""

import uuid
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.impact import Impact, Step, fact
from bot.actions.queues.job_change import Answered, JobChange, some
from bot.actions.queues.job_sets import MANY, Moves, Priority, Waiting, as_json
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import jobs
from bot.platform.models import Job as JobRow
from bot.platform.writes import Write
from bot.policy import Risk, Stakes
from bot.words import counted

Moved = dict[int, list[uuid.UUID]]
"""By priority the jobs that have it, or get it."""


class Reorder(JobChange):
    """Base of moving jobs and of putting them back."""

    permission, risk = Permission.JOB_CHANGE, Risk.LOW
    writes: ClassVar[tuple[Write, ...]] = (jobs.PRIORITIES,)

    @property
    @abstractmethod
    def meant(self) -> int:
        """How many jobs, when it was asked for."""

    @property
    @abstractmethod
    def condition(self) -> ColumnElement[bool]:
        """The jobs that are meant, as far as they still wait and are as they were."""

    @abstractmethod
    def wanted(self, now: Moved) -> Moved:
        """Which priority each of these jobs is to have."""

    @property
    def stakes(self) -> Stakes:
        return Stakes("queue.prioritise", Risk.HIGH if self.meant > MANY else Risk.LOW)

    async def lock(self, session: AsyncSession) -> None:
        await jobs.lock(session, self.condition)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        was = await jobs.priorities(session, self.condition)
        if not was:
            raise NothingToDo("None of these jobs waits any more. Nothing was done.")
        left = self.wanted(was)
        for priority, ids in left.items():
            await jobs.prioritise(session, ids, priority)
        done = sum(map(len, was.values()))
        return Outcome(
            data={
                "was": as_json(was),
                "left": as_json(left),
                "asked": await jobs.by_queue(session, some([one for ids in left.values() for one in ids])),
                "done": done,
                "skipped": max(0, self.meant - done),
            },
            old={"priorities": {str(one): len(ids) for one, ids in was.items()}},
            new={"priorities": {str(one): len(ids) for one, ids in left.items()}},
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        """The priorities of those that are asked about, by now: some may have been moved again."""
        ids = [uuid.UUID(one) for asked in outcome["asked"].values() for one in asked]
        return {**outcome, "left": as_json(await jobs.priorities(session, jobs.among(ids)))}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """What has begun meanwhile was taken as it was: its priority counts no more."""
        priority = {one: int(number) for number, ids in outcome["left"].items() for one in ids}

        def moved(there: Answered, asked: Sequence[str]) -> bool:
            waiting = [one for one in asked if one in there and there[one]["status"] == "queued"]
            return all(there[one]["priority"] == priority[one] for one in waiting)

        return await self.ask(outcome, platform, moved)

    def undo(self, outcome: dict[str, Any]) -> Step:
        before = Moves.of(outcome["was"], outcome["left"])
        return Step(action=PutBack.name, parameters={"before": before.dump(), "reason": "undoing"})


@register
class Prioritise(Reorder):
    """Move waiting jobs so that they run earlier or later: one job, a whole queue, or one tenant's jobs in a queue."""

    name, verb = "queue.prioritise", "prioritise"
    also = ("prioritize", "expedite")
    offered_as = "prioritise jobs"
    jobs: Waiting
    priority: Priority
    reason: Reason

    @property
    def target(self) -> str:
        return f"job:{self.jobs.job_id}" if self.jobs.job_id else self.jobs.scope.key

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.jobs.scope.tenant_id

    @property
    def meant(self) -> int:
        return self.jobs.number

    @property
    def condition(self) -> ColumnElement[bool]:
        return and_(self.jobs.condition, JobRow.priority != self.priority.number)

    def wanted(self, now: Moved) -> Moved:
        return {self.priority.number: [one for ids in now.values() for one in ids]}

    async def preview(self, session: AsyncSession) -> Impact:
        now = await jobs.by_priority(session, self.condition)
        if not now:
            raise NothingToDo(
                f"{self.jobs.name}: all waiting jobs already have the priority {self.priority.number}. "
                "Nothing was done."
            )
        said = ", ".join(f"{number:,} with {one} ({jobs.level(one)})" for one, number in sorted(now.items()))
        return Impact(
            facts=(
                fact("Jobs", self.jobs.name, bound=True),
                fact("Waiting", counted(self.jobs.number, "job"), bound=True),
                fact("Now", said),
                fact("After", self.priority.shown, "; jobs that are running or about to start keep their place"),
            ),
            context={"jobs": self.jobs.name, "priority": self.priority.shown},
        )


@register
class PutBack(Reorder):
    """Restore the priorities that jobs had before they were moved."""

    name, verb, says = "queue.put_back", "", "put back"
    target = "queue:*"
    before: Moves
    reason: Reason

    @property
    def meant(self) -> int:
        return sum(map(len, self.before.was.values()))

    @property
    def condition(self) -> ColumnElement[bool]:
        """What somebody has moved again since is not ours to take back."""
        left = [and_(JobRow.priority == priority, jobs.among(ids)) for priority, ids in self.before.left.items()]
        return and_(JobRow.status == "queued", or_(*left))

    def wanted(self, now: Moved) -> Moved:
        still = {one for ids in now.values() for one in ids}
        kept = {priority: [one for one in ids if one in still] for priority, ids in self.before.was.items()}
        return {priority: ids for priority, ids in kept.items() if ids}

    async def preview(self, session: AsyncSession) -> Impact:
        if not await jobs.count(session, self.condition):
            raise NothingToDo(
                "This can't be undone any more: these jobs no longer wait, or have another priority now. "
                "Nothing was done."
            )
        said = ", ".join(f"{len(ids):,} to {one} ({jobs.level(one)})" for one, ids in sorted(self.before.was.items()))
        return Impact(
            facts=(
                fact("Jobs", counted(self.meant, "job"), bound=True),
                fact("After", f"{said}; jobs that have started, or were moved again, are not changed"),
            ),
            context={"jobs": counted(self.meant, "job"), "priority": "their old priority"},
        )
