"""Backups: how old the last good one of each database is."""

from collections.abc import Mapping
from typing import Any

from bot.alerts.metrics.base import Metric, each, register, rows
from bot.permissions import Permission

LAST = f"""
    {each("backups", "database")}
    SELECT names.name AS subject, extract(epoch FROM now() - good.finished)::float / 3600 AS hours,
           CASE WHEN newest.status = 'failed'
                THEN extract(epoch FROM now() - newest.finished)::float / 3600 END AS failed
    FROM names CROSS JOIN LATERAL (
        SELECT finished FROM backups AS b WHERE b.database = names.name AND b.status = 'succeeded'
        ORDER BY finished DESC LIMIT 1
    ) AS good CROSS JOIN LATERAL (
        SELECT finished, status FROM backups AS b WHERE b.database = names.name ORDER BY finished DESC LIMIT 1
    ) AS newest
"""  # noqa: S608 - constants


def _beside(facts: Mapping[str, Any]) -> list[str]:
    return [f"the newest one failed {facts['failed']:.0f} h ago"] if "failed" in facts else []


register(
    "backup.age",
    Metric(
        rows(LAST),
        lambda row, _: row["hours"],
        "Last backup",
        "The age of the last successful backup.",
        lambda value: f"{value:,.0f} h",
        Permission.QUEUE_READ,
        beside=_beside,
    ),
)
