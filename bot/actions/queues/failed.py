"""`jobs failed in email-sending` and `job c8e75d0b`: which failed and why, and what became of one; no payload."""

from typing import Annotated, Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import jobs
from bot.platform.jobs import JobRecord
from bot.platform.models import Job as JobRow
from bot.policy import Risk
from bot.targets.job import Job
from bot.targets.queue import Queue
from bot.words import plain

CAUSES, JOBS = 10, 15


@register
class FailedJobs(Action):
    """Show the failed jobs of a queue: how many failed for each cause, and then the newest ones, one by one."""

    name, verb = "queue.failed", "jobs failed"
    also = ("failed jobs", "list failed", "show failed")
    offered_as = "show failed jobs"
    permission, risk = Permission.JOB_READ, Risk.READ
    queue: Annotated[Queue, introduced_by("in")]

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("retry failed", "clear failed", "queue") if impact and impact.context["total"] else ("queue",)

    async def preview(self, session: AsyncSession) -> Impact:
        condition = jobs.failed_in(self.queue.queue)
        total = await jobs.count(session, condition)
        causes = await jobs.causes(session, self.queue.queue)
        newest = await jobs.records(session, condition, limit=JOBS)
        facts = [fact(f"{one.number:,} ×", f"{one.error} · the last ", Moment.of(one.last)) for one in causes[:CAUSES]]
        return Impact(
            facts=tuple(facts) or (fact("Failed", "none"),),
            context={
                "queue": self.queue.queue,
                "total": total,
                "looked_at": min(total, jobs.LOOKED_AT),
                "further": max(0, len(causes) - CAUSES),
                "jobs": [_listed(one) for one in newest],
            },
        )


def _listed(one: JobRecord) -> dict[str, Any]:
    return {
        "id": jobs.short(one.id),
        "tenant": one.tenant or "no tenant",
        "attempts": f"{one.attempts} of {one.most} attempts",
        "failed": one.failed.timestamp() if one.failed else None,
        "error": one.error or "no reason given",
    }


@register
class ShowJob(Action):
    """Show one job: whose it is, when it was tried, and the result of each attempt."""

    name, verb = "queue.job", "job"
    also = ("show job",)
    offered_as = "look at a job"
    permission, risk = Permission.JOB_READ, Risk.READ
    job: Job

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        status = impact.context["status"] if impact else ""
        return {"failed": ("retry", "delete job"), "queued": ("delete job",)}.get(status, ())

    async def preview(self, session: AsyncSession) -> Impact:
        found = await jobs.records(session, JobRow.id == self.job.id, limit=1)
        if not found:
            raise InvalidParameter("job", Job.not_there())
        [one] = found
        times = {"Due": one.run_at, "Started": one.started, "Done": one.completed, "Failed": one.failed}
        return Impact(
            facts=(
                fact("State", f"{plain(one.status)}, {one.attempts} of {one.most} attempts"),
                fact("Queue", f"{one.queue}, priority {one.priority} ({jobs.level(one.priority)})"),
                fact("Tenant", one.tenant or "none"),
                *(fact(said, Moment.of(at)) for said, at in times.items() if at is not None),
                *([fact("Last error", one.error)] if one.error else []),
            ),
            context={
                "job": jobs.short(one.id),
                "whole": str(one.id),
                "status": one.status,
                "lines": [
                    {"at": line.at.timestamp(), "status": line.status, "attempt": line.attempt, "said": line.message}
                    for line in await jobs.timeline(session, one.id)
                ],
            },
        )
