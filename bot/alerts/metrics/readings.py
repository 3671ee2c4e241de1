"""What was read from elsewhere: probes over HTTP, and what Prometheus says (bot/alerts/reader.py puts it down)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.entries import SHOWN, Query
from bot.alerts.metrics.base import METRICS, Metric, Row, Source, register, rows
from bot.permissions import Permission

PROMETHEUS = "prometheus."
STORED = """
    SELECT subject, value, detail, at AS last, until < clock_timestamp() AS old
    FROM pmbot.readings WHERE metric = '{metric}'
"""


def stored(metric: str) -> Source:
    """The newest reading of each subject; of one that is too old, only when it was."""
    read = rows(STORED.format(metric=metric))

    async def source(session: AsyncSession) -> dict[str, Row]:
        return {
            subject: {"last": row["last"]} if row["old"] else {"value": row["value"], "detail": row["detail"]}
            for subject, row in (await read(session)).items()
        }

    return source


def _value(row: Row, subject: str) -> float | None:
    return row.get("value")


def _detail(facts: Mapping[str, Any]) -> list[str]:
    return [facts["detail"]] if facts.get("detail") else []


def declare(name: str, query: Query) -> None:
    """Let rules look at what the file asks of Prometheus."""
    METRICS[PROMETHEUS + name] = Metric(
        stored(PROMETHEUS + name),
        _value,
        query.label,
        f"{query.words} The value comes from Prometheus.",
        SHOWN[query.shown].format,
        Permission.QUEUE_READ,
        unit=query.unit,
    )


register(
    "probe.failing",
    Metric(
        stored("probe.failing"),
        _value,
        "Answer",
        "Whether the address answers in time, with the status that is expected.",
        lambda value: "not as expected" if value else "as expected",
        Permission.QUEUE_READ,
        beside=_detail,
        thresholds=lambda _fires, _clears: "fires when the answer is wrong or late, clears at the first right one",
    ),
)
register(
    "probe.seconds",
    Metric(
        stored("probe.seconds"),
        _value,
        "Answered in",
        "How long the address took to answer.",
        lambda value: f"{value:.2f}",
        Permission.QUEUE_READ,
        unit=" s",
    ),
)
