"""Queues: what waits, how late it is, what fails."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import Culprit, Metric, Row, figures, register
from bot.alerts.words import in_words
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


async def _load(session: AsyncSession) -> dict[str, Row]:
    return {row["subject"]: dict(row) for row in (await session.execute(LOAD)).mappings()}


async def _ended(session: AsyncSession) -> dict[str, Row]:
    return {row["subject"]: dict(row) for row in (await session.execute(ENDED)).mappings()}


def _lateness(row: Row, subject: str, which: str = "oldest") -> float | None:
    return None if row[which] is None else float(row[which]) / limit(subject).total_seconds()


def _failure_rate(row: Row, subject: str) -> float | None:
    total = row["failed"] + row["completed"]
    return row["failed"] / total if total >= ENOUGH else None


def _facts(row: Row, subject: str) -> dict[str, Any]:
    return {**figures(row), "limit": limit(subject) / dt.timedelta(seconds=1)}


def _beside(facts: Mapping[str, Any]) -> list[str]:
    if "oldest" not in facts:
        return []
    return [f"{name} {in_words(dt.timedelta(seconds=facts[name]))}" for name in ("oldest", "limit")]


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


register(
    "queue.waiting",
    Metric(
        _load,
        lambda row, _: float(row["waiting"]),
        "Waiting",
        "Jobs ready to start; paused jobs are not counted.",
        lambda value: f"{value:,.0f}",
        Permission.QUEUE_READ,
        unit=" jobs",
        grows=True,
        whole=lambda row, _: float(row["waiting"] + row["held"]),
        facts=_facts,
        beside=_beside,
        blame=culprits,
    ),
)
register(
    "queue.lateness",
    Metric(
        _load,
        _lateness,
        "Oldest job",
        "The delay of the oldest waiting job, compared with the limit of its queue: 2 means twice the limit.",
        lambda value: f"{value:.1f}",
        Permission.QUEUE_READ,
        unit=" × its limit",
        whole=lambda row, subject: _lateness(row, subject, "oldest_of_all"),
        facts=_facts,
        beside=_beside,
    ),
)
register(
    "queue.failure_rate",
    Metric(
        _ended,
        _failure_rate,
        "Failing",
        "The share of jobs that failed, among all jobs that ended in the last hour. It is measured only if at least"
        f" {ENOUGH} jobs ended.",
        lambda value: f"{value:.1%}",
        Permission.QUEUE_READ,
        facts=_facts,
        beside=_beside,
    ),
)
register(
    "queue.failed",
    Metric(
        _ended,
        lambda row, _: float(row["failed"]),
        "Failed",
        "Jobs that failed in the last hour.",
        lambda value: f"{value:,.0f}",
        Permission.QUEUE_READ,
        unit=" jobs",
        facts=_facts,
        beside=_beside,
    ),
)
