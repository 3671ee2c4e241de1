"""Hosts, where the platform records them: CPU, memory, disk, connections, and the pool of a database."""

import datetime as dt
from typing import Any

from bot.alerts.metrics.base import Metric, Row, each, register, rows
from bot.permissions import Permission

FRESH = dt.timedelta(minutes=10)  # an older measurement says nothing of now
KNOWN = dt.timedelta(days=7)  # a host that was not measured for longer is none any more
FIGURES = ("cpu", "memory", "disk", "connections", "pool")

NEWEST = f"""
    {each("host_health", "host")}
    SELECT names.name AS subject, newest.cpu::float, newest.memory::float, newest.disk::float,
           newest.connections::float, newest.pool::float,
           newest.at < now() - CAST(:fresh AS interval) AS old, newest.at AS last
    FROM names CROSS JOIN LATERAL (
        SELECT * FROM host_health AS h WHERE h.host = names.name ORDER BY h.at DESC LIMIT 1
    ) AS newest
    WHERE newest.at > now() - CAST(:known AS interval)
"""  # noqa: S608 - constants
_read = rows(NEWEST, fresh=FRESH, known=KNOWN)


async def newest(session: Any) -> dict[str, Row]:
    """Of a measurement that is too old, only when it was made."""
    found: dict[str, Row] = {}
    for subject, row in (await _read(session)).items():
        found[subject] = {"last": row["last"]} if row["old"] else {name: row[name] for name in FIGURES}
    return found


def _register(name: str, label: str, words: str, shown: str = "{:.0%}") -> None:
    metric = Metric(
        newest, lambda row, _: row.get(name), label, words, shown.format, Permission.QUEUE_READ, facts=_nothing_more
    )
    register(f"host.{name}", metric)


def _nothing_more(row: Row, subject: str) -> dict[str, Any]:
    return {}


_register("cpu", "CPU", "The share of the processors that is busy.")
_register("memory", "Memory", "The share of the memory that is in use.")
_register("disk", "Disk", "How full the fullest disk is.")
_register("pool", "Pool", "The share of the pool's allowed connections that are open.")
_register("connections", "Connections", "Open connections.", "{:,.0f}")
