"""`retry where queue=… because …`, `delete jobs where`, `prioritise where … to high`: jobs by what they share."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from sqlalchemy import ColumnElement, Text, cast, func
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.bulk import PartOf
from bot.actions.impact import Step
from bot.actions.queues.delete import GIVEN_OUT, Delete
from bot.actions.queues.job_change import JobChange, some
from bot.actions.queues.job_sets import MANY, Moves, Priority, as_json
from bot.actions.queues.prioritise import Reorder
from bot.actions.queues.retry import TryAgain
from bot.actions.registry import register
from bot.actions.rows import ManyRows, RowsOf, Rules
from bot.holds import reads
from bot.parameters.base import Reason
from bot.parameters.conditions import Fields, Named, OneOf
from bot.parameters.listing import Listing
from bot.platform import compliance, jobs
from bot.platform.models import Job as JobRow
from bot.platform.tables.operations import JobStatus
from bot.platform.writes import RECORD
from bot.policy import Risk, Stakes
from bot.targets.base import Target
from bot.targets.job import Job
from bot.targets.queue import Queue
from bot.targets.tenant import Tenant


@dataclass(frozen=True)
class Jobs(RowsOf):
    """Jobs by what they have in common, or by their ids."""

    label: ClassVar[str] = "Which jobs"
    usage: ClassVar[str] = "queue=email-sending"
    example: ClassVar[str] = "queue=email-sending tenant=acme"
    explanation: ClassVar[str] = (
        "which jobs: conditions, such as queue=email-sending tenant=acme status=failed (all must be true); "
        "or job ids, separated by commas; or a CSV file with a column named job"
    )
    hint: ClassVar[str] = "queue=email-sending tenant=acme, or ids"
    target: ClassVar[type[Target]] = Job
    table: ClassVar[Any] = JobRow
    listing: ClassVar[Listing] = Listing("id", "ids", ("job", "id"), re.compile(r"[\s,;]+"))
    fields: ClassVar[Fields] = Fields(
        "job",
        "queue=email-sending tenant=acme status=failed",
        {
            "queue": Named(lambda name: JobRow.queue_name == name, Queue, "of {}"),
            "tenant": Named(lambda tenant: JobRow.tenant_id == uuid.UUID(tenant), Tenant, "of {}"),
            "status": OneOf(lambda value: JobRow.status == value, get_args(JobStatus), "with status {}"),
        },
    )

    @classmethod
    def named(cls) -> ColumnElement[str]:
        return func.left(cast(JobRow.id, Text), jobs.SHORT)


class JobsPart(PartOf, JobChange):
    """Some jobs. What has begun meanwhile, or is gone, is left out."""

    noun, chosen_from = "job", Jobs

    @property
    def condition(self) -> ColumnElement[bool]:
        return jobs.among(self.chosen.ids)

    async def lock(self, session: AsyncSession) -> None:
        await jobs.lock(session, self.condition)

    async def noted(
        self, session: AsyncSession, by: uuid.UUID, done: Mapping[str, list[str]], new: Mapping[str, Any], **data: Any
    ) -> Outcome:
        """What was done to jobs, by their queues."""
        ids = sorted(one for some_of_them in done.values() for one in some_of_them)
        each: list[compliance.Row] = [(one, None, {}, new) for one in ids]
        await compliance.record_each(session, actor_id=by, action=self.judged_as, resource_type="job", each=each)
        asked = {queue: some([uuid.UUID(one) for one in of_it]) for queue, of_it in done.items()}
        return Outcome(
            data={"asked": asked, "done": ids, "left_out": len(self.chosen.ids) - len(ids), **data},
            old={"jobs": 0},
            new={"jobs": len(ids), **new},
        )


class ManyJobs(ManyRows):
    """A command for jobs; above a thousand of them somebody confirms it."""

    selection: Jobs

    @property
    def stakes(self) -> Stakes:
        usual = self.usually()
        return Stakes(usual.action, Risk.HIGH if self.selection.count > MANY else usual.risk)


@register
class RetryPart(JobsPart, TryAgain):
    """One part of a large request: run these jobs again."""

    name, says, judged_as = "queue.retry_some", "retry", "queue.retry_failed"
    writes = (*jobs.TRIED_AGAIN, RECORD)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        at = await reads.clock(session)
        done = await jobs.try_again(session, self.condition)
        by_queue = await jobs.by_queue(session, [str(one) for one in done])
        return await self.noted(session, by, by_queue, {"status": "queued"}, at=at.isoformat())


@register
class RetryJobs(ManyJobs):
    """Choose failed jobs by what they have in common, and run them again, each with its full number of attempts."""

    name, verb, says = "queue.retry_several", "retry where", "retry several jobs"
    also = ("rerun jobs", "requeue jobs")
    offered_as = "retry several jobs"
    part = RetryPart
    selection: Jobs
    reason: Reason

    def rules(self) -> Rules:
        return {"not failed": JobRow.status != "failed"}

    def after(self) -> str:
        return "they wait again, each with its full number of attempts"


@register
class DeletePart(JobsPart, Delete):
    """One part of a large request: delete these jobs."""

    name, says, judged_as = "queue.delete_some", "delete", "queue.delete_job"
    writes = (jobs.DELETED, RECORD)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        left = self.condition & JobRow.status.not_in(GIVEN_OUT)
        by_queue = await jobs.by_queue(session, [str(one) for one in await jobs.lock(session, left)])
        await jobs.delete(session, left)
        return await self.noted(session, by, by_queue, {"status": "deleted"})


@register
class DeleteJobs(ManyJobs):
    """Choose waiting or failed jobs by what they have in common, and delete these jobs and their logs."""

    name, verb, says = "queue.delete_several", "delete jobs where", "delete several jobs"
    also = ("remove jobs", "drop jobs")
    offered_as = "delete several jobs"
    part = DeletePart
    selection: Jobs
    reason: Reason

    def rules(self) -> Rules:
        return {"already running or about to start": JobRow.status.in_(GIVEN_OUT)}

    def after(self) -> str:
        return "the jobs and their logs are gone, and they never run"


@register
class PrioritisePart(JobsPart, Reorder):
    """One part of a large request: move these waiting jobs so that they run earlier or later."""

    name, says, judged_as = "queue.prioritise_some", "prioritise", "queue.prioritise"
    writes = (jobs.PRIORITIES, RECORD)
    priority: Priority
    reason: Reason

    @property
    def meant(self) -> int:
        return len(self.chosen.ids)

    @property
    def stakes(self) -> Stakes:
        return self.usually()

    @property
    def condition(self) -> ColumnElement[bool]:
        return (JobRow.status == "queued") & (JobRow.priority != self.priority.number) & jobs.among(self.chosen.ids)

    def wanted(self, now: dict[int, list[uuid.UUID]]) -> dict[int, list[uuid.UUID]]:
        return {self.priority.number: [one for ids in now.values() for one in ids]}

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        was = await jobs.priorities(session, self.condition)
        left = self.wanted(was)
        for priority, ids in left.items():
            await jobs.prioritise(session, ids, priority)
        by_queue = await jobs.by_queue(session, [str(one) for ids in left.values() for one in ids])
        moved = {"was": as_json(was), "left": as_json(left)}
        return await self.noted(session, by, by_queue, {"priority": self.priority.number}, **moved)

    def undo(self, outcome: dict[str, Any]) -> Step:
        before = Moves.of(outcome["was"], outcome["left"])
        return Step(action="queue.put_back", parameters={"before": before.dump(), "reason": "undoing"})


@register
class PrioritiseJobs(ManyJobs):
    """Choose waiting jobs by what they have in common, and let them run earlier or later."""

    name, verb, says = "queue.prioritise_several", "prioritise where", "prioritise several jobs"
    also = ("prioritize jobs", "expedite jobs")
    offered_as = "prioritise several jobs"
    part = PrioritisePart
    selection: Jobs
    priority: Priority
    reason: Reason

    def rules(self) -> Rules:
        return {
            "not waiting": JobRow.status != "queued",
            "already at this priority": JobRow.priority == self.priority.number,
        }

    def after(self) -> str:
        return f"{self.priority.shown}; jobs that are running or about to start keep their place"
