"""What rules may look at: figures in SQL, one statement for all subjects of a source, however many rules ask."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.permissions import Permission
from bot.platform.queues import limit

ENOUGH = 50  # jobs that ended in the last hour, before a share of them means something
STANDS_OUT, TIMES_USUAL = 0.4, 3.0  # a tenant's share of what waits, and how far above its usual one

# Jobs that are due, by queue and tenant, and whether a pause holds them back.
WAITING = """
    WITH waiting AS (
        SELECT queue_name, tenant_id, count(*) AS number, min(run_at) AS oldest
        FROM jobs WHERE status IN ('queued', 'migrated_to_redis') AND run_at <= now()
        GROUP BY queue_name, tenant_id
    ), judged AS (
        SELECT waiting.*, NOT queues.is_active OR EXISTS (
            SELECT FROM queue_pauses AS pauses WHERE pauses.lifted IS NULL
              AND (pauses.queue_name IS NULL OR pauses.queue_name = waiting.queue_name)
              AND (pauses.tenant_id IS NULL OR pauses.tenant_id = waiting.tenant_id)
        ) AS held
        FROM waiting JOIN job_queues AS queues ON queues.name = waiting.queue_name
    )
"""
LOAD = text(
    f"""
    {WAITING}
    SELECT queues.name AS subject,
           coalesce(sum(number) FILTER (WHERE NOT held), 0)::bigint AS waiting,
           coalesce(sum(number) FILTER (WHERE held), 0)::bigint AS held,
           extract(epoch FROM now() - min(oldest) FILTER (WHERE NOT held))::float AS oldest,
           extract(epoch FROM now() - min(oldest))::float AS oldest_of_all
    FROM job_queues AS queues LEFT JOIN judged ON judged.queue_name = queues.name
    GROUP BY queues.name
    """  # noqa: S608 - constants
)

# Of the last hour; what was due more than six hours ago is not looked for.
ENDED = text(
    """
    SELECT queues.name AS subject, ended.failed, ended.completed
    FROM job_queues AS queues CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE jobs.failed >= now() - interval '1 hour') AS failed,
               count(*) FILTER (WHERE jobs.completed >= now() - interval '1 hour') AS completed
        FROM jobs WHERE jobs.queue_name = queues.name AND jobs.status IN ('failed', 'completed')
          AND jobs.run_at >= now() - interval '6 hours'
    ) AS ended
    """
)

# The tenant with the most jobs waiting in each queue, its share of them, and of what ended there in the last day.
CULPRITS = text(
    f"""
    {WAITING}
    SELECT top.queue_name AS subject, top.tenant_id, tenants.name, top.share,
           coalesce((SELECT count(*) FILTER (WHERE jobs.tenant_id = top.tenant_id)::float / nullif(count(*), 0)
                     FROM jobs WHERE jobs.queue_name = top.queue_name AND jobs.status IN ('completed', 'failed')
                       AND jobs.run_at >= now() - interval '1 day'), 0) AS usual
    FROM (
        SELECT DISTINCT ON (queue_name) queue_name, tenant_id,
               (number / sum(number) OVER (PARTITION BY queue_name))::float AS share
        FROM judged WHERE NOT held AND queue_name = ANY(:queues) ORDER BY queue_name, number DESC
    ) AS top JOIN tenants ON tenants.id = top.tenant_id
    """  # noqa: S608 - constants
)


@dataclass(frozen=True)
class Culprit:
    """A tenant with an unusual share of a queue."""

    tenant_id: uuid.UUID
    name: str
    share: float
    usual: float


Row = Mapping[str, Any]
Source = Callable[[AsyncSession], Awaitable[dict[str, Row]]]


async def _load(session: AsyncSession) -> dict[str, Row]:
    return {row["subject"]: dict(row) for row in (await session.execute(LOAD)).mappings()}


async def _ended(session: AsyncSession) -> dict[str, Row]:
    return {row["subject"]: dict(row) for row in (await session.execute(ENDED)).mappings()}


def _lateness(row: Row, subject: str, which: str = "oldest") -> float | None:
    return None if row[which] is None else float(row[which]) / limit(subject).total_seconds()


def _failure_rate(row: Row, subject: str) -> float | None:
    total = row["failed"] + row["completed"]
    return row["failed"] / total if total >= ENOUGH else None


@dataclass(frozen=True)
class Metric:
    """One figure of a source. `value` is None where there is nothing to measure."""

    source: Source
    value: Callable[[Row, str], float | None]
    label: str
    words: str
    """What it counts, for "Why did this fire?"."""
    shown: Callable[[float], str]
    permission: Permission
    """Needed to look at what is behind it."""
    unit: str = ""
    grows: bool = False
    """Whether a change per minute says something."""
    whole: Callable[[Row, str], float | None] | None = None
    """The value with what pauses hold back counted in; None: they hold nothing of it back."""


METRICS = {
    "queue.waiting": Metric(
        _load,
        lambda row, _: float(row["waiting"]),
        "Waiting",
        "Jobs ready to start; paused jobs are not counted.",
        lambda value: f"{value:,.0f}",
        Permission.QUEUE_READ,
        unit=" jobs",
        grows=True,
        whole=lambda row, _: float(row["waiting"] + row["held"]),
    ),
    "queue.lateness": Metric(
        _load,
        _lateness,
        "Oldest job",
        "How late the oldest waiting job is, against the limit of its queue: 2 means twice the limit.",
        lambda value: f"{value:.1f}",
        Permission.QUEUE_READ,
        unit=" × its limit",
        whole=lambda row, subject: _lateness(row, subject, "oldest_of_all"),
    ),
    "queue.failure_rate": Metric(
        _ended,
        _failure_rate,
        "Failing",
        f"The share of failed jobs among those that ended in the last hour, if at least {ENOUGH} ended.",
        lambda value: f"{value:.1%}",
        Permission.QUEUE_READ,
    ),
    "queue.failed": Metric(
        _ended,
        lambda row, _: float(row["failed"]),
        "Failed",
        "Jobs that failed in the last hour.",
        lambda value: f"{value:,.0f}",
        Permission.QUEUE_READ,
        unit=" jobs",
    ),
}


def facts_of(row: Row, subject: str) -> dict[str, Any]:
    """What the message says beside the value."""
    facts = {name: value for name, value in row.items() if name != "subject" and value is not None}
    return {**facts, "limit": limit(subject) / dt.timedelta(seconds=1)}


async def culprits(session: AsyncSession, queues: Collection[str]) -> dict[str, Culprit]:
    """By queue, the tenant that stands out, where one does."""
    if not queues:
        return {}
    found = {
        row.subject: Culprit(row.tenant_id, row.name, float(row.share), float(row.usual))
        for row in await session.execute(CULPRITS, {"queues": list(queues)})
    }
    return {
        queue: one for queue, one in found.items() if one.share >= STANDS_OUT and one.share >= TIMES_USUAL * one.usual
    }
