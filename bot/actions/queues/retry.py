"""`retry c8e75d0b` and `retry failed in email-sending`: jobs that failed wait again, with all of their attempts."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.queues.facts import failed_jobs
from bot.actions.queues.job_change import Answered, JobChange
from bot.actions.queues.job_sets import MANY, FailedIn
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import reads
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import jobs
from bot.platform.jobs import JobRecord
from bot.platform.models import Job as JobRow
from bot.platform.writes import Write
from bot.policy import Risk, Stakes
from bot.targets.job import Job
from bot.words import counted, plain


class TryAgain(JobChange):
    """Base of both: of one job, and of all that have failed."""

    permission, risk = Permission.JOB_CHANGE, Risk.LOW
    writes: ClassVar[tuple[Write, ...]] = jobs.TRIED_AGAIN

    async def again(self, session: AsyncSession, jobs_meant: ColumnElement[bool], queue: str, meant: int) -> Outcome:
        at = await reads.clock(session)
        done = await jobs.try_again(session, jobs_meant)
        outcome = self.changed(queue, done, meant, {"status": "queued"})
        return replace(outcome, data={**outcome.data, "at": at.isoformat()})

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """None is failed as it was before; one that has failed anew was tried."""
        since = dt.datetime.fromisoformat(outcome["at"])

        def tried(there: Answered, asked: Sequence[str]) -> bool:
            failed = [there[one]["failed"] for one in asked if one in there and there[one]["status"] == "failed"]
            return all(dt.datetime.fromisoformat(one) >= since for one in failed)

        return await self.ask(outcome, platform, tried)


@register
class Retry(TryAgain):
    """Run a failed job again, with its full number of attempts."""

    name, verb = "queue.retry", "retry"
    also = ("try again", "rerun", "requeue")
    offered_as = "retry a job"
    job: Job
    reason: Reason

    async def _failed(self, session: AsyncSession) -> JobRecord:
        """Raises `NothingToDo` where it is not failed."""
        found = await jobs.records(session, JobRow.id == self.job.id, limit=1)
        if not found or found[0].status != "failed":
            now = plain(found[0].status) if found else "gone"
            raise NothingToDo(f"Job {jobs.short(self.job.id)} has not failed, it is {now}. Nothing was done.")
        return found[0]

    async def preview(self, session: AsyncSession) -> Impact:
        one = await self._failed(session)
        return Impact(
            facts=(
                fact("Job", f"{jobs.short(one.id)} in {one.queue}", bound=True),
                fact("Tenant", one.tenant or "none"),
                fact("Now", f"failed after {counted(one.attempts, 'attempt')}: {one.error or 'no reason given'}"),
                fact("After", f"waits again, with {counted(one.most, 'attempt')}"),
            ),
            context={"jobs": f"job {jobs.short(one.id)}", "queue": one.queue},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        one = await self._failed(session)
        return await self.again(session, JobRow.id == one.id, one.queue, 1)


@register
class RetryFailed(TryAgain):
    """Run again all jobs of a queue that have failed up to now."""

    name, verb = "queue.retry_failed", "retry failed"
    offered_as = "retry the failed jobs of a queue"
    queue: FailedIn
    reason: Reason

    @property
    def target(self) -> str:
        return f"queue:{self.queue.queue}"

    @property
    def stakes(self) -> Stakes:
        """Above a thousand jobs the queue is full for a while: somebody confirms that."""
        return Stakes(self.name, Risk.HIGH if self.queue.number > MANY else Risk.LOW)

    async def preview(self, session: AsyncSession) -> Impact:
        return await failed_jobs(
            session,
            self.queue,
            "they wait again, each with its full number of attempts; jobs that fail later are not included",
        )

    async def lock(self, session: AsyncSession) -> None:
        await jobs.lock(session, self.queue.condition)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        if not await jobs.count(session, self.queue.condition):
            raise NothingToDo(f"{self.queue.queue} has no failed jobs any more. Nothing was done.")
        return await self.again(session, self.queue.condition, self.queue.queue, self.queue.number)
