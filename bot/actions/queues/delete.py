"""`delete job c8e75d0b` and `clear failed in email-sending`: jobs that nobody wants to run, for good."""

import uuid
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.queues.facts import failed_jobs
from bot.actions.queues.job_change import JobChange
from bot.actions.queues.job_sets import FailedIn, OneJob
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import jobs
from bot.platform.jobs import JobRecord
from bot.platform.models import Job as JobRow
from bot.platform.writes import Write
from bot.policy import Risk
from bot.words import plain

GIVEN_OUT = ("running", "migrated_to_redis")  # a worker has it, or is about to take it from a list that we cannot see


class Delete(JobChange):
    """Base of both. The job and its log are gone; what was done with them stays in the audit trail."""

    permission, risk = Permission.JOB_DELETE, Risk.HIGH
    writes: ClassVar[tuple[Write, ...]] = (jobs.DELETED,)

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        return await self.ask(outcome, platform, lambda there, _: not there)


@register
class DeleteJob(Delete):
    """Delete a waiting or failed job, and its log."""

    name, verb = "queue.delete_job", "delete job"
    also = ("remove job", "drop job")
    offered_as = "delete a job"
    job: OneJob
    reason: Reason

    @property
    def target(self) -> str:
        return f"job:{self.job.job_id}"

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.job.tenant_id

    async def lock(self, session: AsyncSession) -> None:
        await jobs.lock(session, JobRow.id == self.job.job_id)

    async def _deletable(self, session: AsyncSession) -> JobRecord:
        """Raises `NothingToDo` where it is gone, or where a worker has it."""
        found = await jobs.records(session, JobRow.id == self.job.job_id, limit=1)
        if not found:
            raise NothingToDo(f"Job {jobs.short(self.job.job_id)} is gone. Nothing was done.")
        if found[0].status in GIVEN_OUT:
            raise NothingToDo(
                f"Job {jobs.short(self.job.job_id)} already runs or is about to start ({plain(found[0].status)}), "
                "so I can't delete it. Nothing was done. Pause its queue, or wait until the job has ended."
            )
        return found[0]

    async def preview(self, session: AsyncSession) -> Impact:
        one = await self._deletable(session)
        return Impact(
            facts=(
                fact("Job", f"{jobs.short(one.id)} in {one.queue}", bound=True),
                fact("Tenant", one.tenant or "none"),
                fact("Now", plain(one.status) + (f": {one.error}" if one.error else ""), bound=True),
                fact("After", "the job and its log are gone, and it never runs"),
            ),
            context={"jobs": f"job {jobs.short(one.id)}", "queue": one.queue},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        one = await self._deletable(session)
        return self.changed(one.queue, await jobs.delete(session, JobRow.id == one.id), 1, {"status": "deleted"})


@register
class ClearFailed(Delete):
    """Delete all jobs of a queue that have failed up to now."""

    name, verb = "queue.clear_failed", "clear failed"
    also = ("delete failed", "purge failed")
    offered_as = "delete the failed jobs of a queue"
    queue: FailedIn
    reason: Reason

    @property
    def target(self) -> str:
        return f"queue:{self.queue.queue}"

    async def preview(self, session: AsyncSession) -> Impact:
        return await failed_jobs(
            session, self.queue, "they and their logs are deleted and never run; jobs that fail later are not deleted"
        )

    async def lock(self, session: AsyncSession) -> None:
        await jobs.lock(session, self.queue.condition)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        done = await jobs.delete(session, self.queue.condition)
        if not done:
            raise NothingToDo(f"{self.queue.queue} has no failed jobs any more. Nothing was done.")
        return self.changed(self.queue.queue, done, self.queue.number, {"status": "deleted"})
