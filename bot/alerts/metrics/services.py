"""Services: whether they are healthy, how fast they answer, what fails, what waits; by their newest measurement."""

import datetime as dt
from collections.abc import Callable, Mapping
from math import floor
from typing import Any

from bot.alerts.metrics.base import Metric, Row, each, register, rows
from bot.permissions import Permission

FRESH = dt.timedelta(minutes=10)  # an older measurement says nothing of now
KNOWN = dt.timedelta(days=7)  # a service that was not measured for longer is none any more
STATES = ("healthy", "degraded", "down")

NEWEST = f"""
    {each("service_health", "service")}
    SELECT names.name AS subject, newest.status, newest.p95_ms::float AS p95, newest.error_rate::float AS errors,
           newest.backlog::float AS backlog, newest.at < now() - CAST(:fresh AS interval) AS old, newest.at AS last
    FROM names CROSS JOIN LATERAL (
        SELECT * FROM service_health AS h WHERE h.service = names.name ORDER BY h.at DESC LIMIT 1
    ) AS newest
    WHERE newest.at > now() - CAST(:known AS interval)
"""  # noqa: S608 - constants
_read = rows(NEWEST, fresh=FRESH, known=KNOWN)


async def newest(session: Any) -> dict[str, Row]:
    """Of a measurement that is too old, only when it was made."""
    found: dict[str, Row] = {}
    for subject, row in (await _read(session)).items():
        gone = ("last",) if row["old"] else ("status", "p95", "errors", "backlog")
        found[subject] = {name: row[name] for name in gone}
    return found


def _of(column: str) -> Callable[[Row, str], float | None]:
    return lambda row, _: row.get(column)


def _state(row: Row, subject: str) -> float | None:
    return float(STATES.index(row["status"])) if "status" in row else None


def in_words(value: float) -> str:
    """Between two states, the better one; beyond all of them the last."""
    return STATES[max(0, min(floor(value), len(STATES) - 1))]


def _beside(facts: Mapping[str, Any]) -> list[str]:
    shown = {"p95": "p95 {:,.0f} ms", "errors": "errors {:.2%}", "backlog": "backlog {:,.0f}"}
    return [words.format(facts[name]) for name, words in shown.items() if facts.get(name) is not None]


def _metric(value: Callable[[Row, str], float | None], label: str, words: str, shown: str, **more: Any) -> Metric:
    return Metric(newest, value, label, words, shown.format, Permission.QUEUE_READ, **more)


register(
    "service.state",
    Metric(
        newest,
        _state,
        "State",
        "What the newest measurement of the service says: healthy, degraded or down.",
        in_words,
        Permission.QUEUE_READ,
        beside=_beside,
        thresholds=lambda fires, clears: f"fires when it is worse than {fires}, clears when it is {clears} again",
    ),
)
register(
    "service.p95",
    _metric(_of("p95"), "p95", "The time within which 95 of 100 requests were answered.", "{:,.0f}", unit=" ms"),
)
register("service.errors", _metric(_of("errors"), "Errors", "The share of requests that failed.", "{:.2%}"))
register(
    "service.backlog",
    _metric(_of("backlog"), "Backlog", "How much work waits in the service.", "{:,.0f}", grows=True),
)
