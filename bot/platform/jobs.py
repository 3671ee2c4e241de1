"""Jobs one by one and by the queue: what failed and why, what became of one, and changing many at once."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, any_, func, insert, literal, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import Job, JobLog, Tenant
from bot.platform.redaction import redacted
from bot.platform.writes import Write

LOOKED_AT = 5_000  # of the newest failures, before they are grouped by their reason
SHORT = 8  # letters of an id that people read and type
HIGH, NORMAL = 50, 150  # the last priority that is high, and that is normal

# A job that is tried again; a line in its log says by whom.
TRIED_AGAIN = (
    Write("jobs", update=("status", "attempt_count", "run_at", "started", "failed", "updated")),
    Write("job_logs", insert=("job_id", "status", "log_message", "attempt_number")),
)
PRIORITIES = Write("jobs", update=("priority", "updated"))
DELETED = Write("jobs", update=("updated",), delete=True)  # their logs go with them; to hold a row takes a column


def short(job_id: uuid.UUID | str) -> str:
    """How people call a job: the first letters of its id."""
    return str(job_id)[:SHORT]


def level(priority: int) -> str:
    """What a priority is called; the lower the number, the sooner."""
    return "high" if priority <= HIGH else "normal" if priority <= NORMAL else "low"


@dataclass(frozen=True)
class JobRecord:
    """One job at one moment; no payload."""

    id: uuid.UUID
    queue: str
    tenant_id: uuid.UUID | None
    tenant: str | None
    status: str
    priority: int
    attempts: int
    most: int
    """Attempts that it may have."""
    run_at: dt.datetime
    started: dt.datetime | None
    completed: dt.datetime | None
    failed: dt.datetime | None
    error: str
    """Of its last attempt, redacted."""


async def records(session: AsyncSession, *conditions: ColumnElement[bool], limit: int) -> list[JobRecord]:
    """The jobs that meet all conditions, those that failed last first."""
    query = (
        select(
            Job.id,
            Job.queue_name.label("queue"),
            Job.tenant_id,
            Tenant.name.label("tenant"),
            Job.status,
            Job.priority,
            Job.attempt_count.label("attempts"),
            Job.max_attempts.label("most"),
            Job.run_at,
            Job.started,
            Job.completed,
            Job.failed,
            Job.last_error_message.label("error"),
        )
        .outerjoin(Tenant, Tenant.id == Job.tenant_id)
        .where(*conditions)
        .order_by(Job.failed.desc().nulls_last(), Job.id)
        .limit(limit)
    )
    rows = (await session.execute(query)).mappings()
    return [JobRecord(**{**row, "error": redacted(row["error"])}) for row in rows]


def beginning(typed: str) -> ColumnElement[bool] | None:
    """Jobs whose id begins so, by the index of ids; None where none can."""
    digits = typed.lower().replace("-", "")
    if not digits or len(digits) > 32 or set(digits) - set("0123456789abcdef"):
        return None
    return Job.id.between(uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f")))


@dataclass(frozen=True)
class Line:
    """What was written down of one attempt, redacted."""

    at: dt.datetime
    status: str
    attempt: int
    message: str


async def timeline(session: AsyncSession, job_id: uuid.UUID, limit: int = 30) -> list[Line]:
    """The newest lines of a job's log, the first of them first."""
    rows = await session.execute(
        select(JobLog.created, JobLog.status, JobLog.attempt_number, JobLog.log_message)
        .where(JobLog.job_id == job_id)
        .order_by(JobLog.created.desc())
        .limit(limit)
    )
    return [Line(at, status, attempt, redacted(said)) for at, status, attempt, said in rows][::-1]


@dataclass(frozen=True)
class Cause:
    """Failed jobs of which the error says the same."""

    error: str
    number: int
    last: dt.datetime


def failed_in(queue: str, before: dt.datetime | None = None) -> ColumnElement[bool]:
    """The failed jobs of a queue, up to a moment."""
    failed = and_(Job.queue_name == queue, Job.status == "failed")
    return failed if before is None else and_(failed, Job.failed <= before)


async def count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Job).where(condition)) or 0


async def causes(session: AsyncSession, queue: str) -> list[Cause]:
    """Why the newest failures of a queue failed, the most frequent reason first."""
    newest = (
        select(Job.last_error_message, Job.failed)
        .where(failed_in(queue))
        .order_by(Job.failed.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    rows = await session.execute(
        select(newest.c.last_error_message, func.count(), func.max(newest.c.failed)).group_by(
            newest.c.last_error_message
        )
    )
    numbers: Counter[str] = Counter()
    last: dict[str, dt.datetime] = {}
    for error, number, at in rows:
        said = redacted(error) or "no reason given"
        numbers[said] += number
        last[said] = max(at, last.get(said, at))
    return [Cause(said, number, last[said]) for said, number in numbers.most_common()]


@dataclass(frozen=True)
class Ended:
    """How many jobs of a queue ended lately, and how long half of those that were done ran at most."""

    done_hour: int
    failed_hour: int
    done_day: int
    failed_day: int
    median: dt.timedelta | None


async def ended(session: AsyncSession, queue: str, now: dt.datetime) -> Ended:
    """Of the hour and the day before; what was due before that is not looked for."""
    hour, day = now - dt.timedelta(hours=1), now - dt.timedelta(days=1)
    took = func.percentile_cont(0.5).within_group(Job.completed - Job.started)
    row = (
        await session.execute(
            select(
                func.count().filter(Job.completed > hour),
                func.count().filter(Job.failed > hour),
                func.count().filter(Job.completed > day),
                func.count().filter(Job.failed > day),
                took.filter(Job.completed > day),
            ).where(Job.queue_name == queue, Job.status.in_(["completed", "failed"]), Job.run_at > day)
        )
    ).one()
    return Ended(*row)


# Changing them, a set at a time. Every set is locked in the order of ids, so that two of them cannot block each other.


async def lock(session: AsyncSession, condition: ColumnElement[bool]) -> list[uuid.UUID]:
    """Hold these jobs until the transaction ends; their ids in order. What a worker holds is waited for."""
    rows = select(Job.id).where(condition).order_by(Job.id).with_for_update(key_share=True)
    return list(await session.scalars(rows))


async def try_again(session: AsyncSession, condition: ColumnElement[bool]) -> list[uuid.UUID]:
    """Let failed jobs wait again, with all of their attempts; the ids of those that still were failed."""
    again = (
        update(Job)
        .where(condition, Job.status == "failed")
        .values(status="queued", attempt_count=0, run_at=func.now(), started=None, failed=None, updated=func.now())
        .returning(Job.id)
        .cte("again")
    )
    lines = select(again.c.id, literal("retry"), literal("tried again by an operator"), literal(0))
    written = insert(JobLog).from_select(["job_id", "status", "log_message", "attempt_number"], lines)
    return list(await session.scalars(written.returning(JobLog.job_id)))


async def delete(session: AsyncSession, condition: ColumnElement[bool]) -> list[uuid.UUID]:
    """Take jobs away with their logs; the ids of those that were there."""
    gone = delete_from(Job).where(condition).returning(Job.id)
    return list(await session.scalars(gone, execution_options={"synchronize_session": False}))


def among(ids: Iterable[uuid.UUID]) -> ColumnElement[bool]:
    """The jobs of these ids, which may be thousands: one value for the database."""
    return Job.id == any_(literal([*ids], ARRAY(Uuid)))


async def priorities(session: AsyncSession, condition: ColumnElement[bool]) -> dict[int, list[uuid.UUID]]:
    """Which jobs have which priority."""
    found: dict[int, list[uuid.UUID]] = {}
    for priority, job_id in await session.execute(select(Job.priority, Job.id).where(condition).order_by(Job.id)):
        found.setdefault(priority, []).append(job_id)
    return found


async def by_priority(session: AsyncSession, condition: ColumnElement[bool]) -> dict[int, int]:
    """How many jobs have which priority."""
    rows = await session.execute(select(Job.priority, func.count()).where(condition).group_by(Job.priority))
    return dict(iter(rows))


async def by_queue(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[str]]:
    """The ids by the queue of each job."""
    found: dict[str, list[str]] = {}
    wanted = [uuid.UUID(one) for one in ids]
    for queue, job_id in await session.execute(select(Job.queue_name, Job.id).where(among(wanted))):
        found.setdefault(queue, []).append(str(job_id))
    return found


async def prioritise(session: AsyncSession, ids: Sequence[uuid.UUID], priority: int) -> None:
    """Give jobs a priority."""
    await session.execute(update(Job).where(among(ids)).values(priority=priority, updated=func.now()))
