"""Groups of alerts that others evaluate, as they last told of them (bot/alerts/outside puts that down)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.alerts.metrics.base import Metric, Row, register, rows
from bot.permissions import Permission
from bot.words import counted

OUTSIDE = "outside.alerts"
NAMED = 5  # alerts of a group, on its message
WORST = ("low", "medium", "high", "critical")
MANY = 1_000_000  # more alerts than a group has
# What fires, and what is over and was not found so yet: that it is over is something else than silence.
STORED = """
    SELECT subject, channel, severity, firing, facts, changed FROM pmbot.outside_groups
    WHERE until > clock_timestamp() AND (firing > 0 OR subject IN (
        SELECT subject FROM pmbot.alerts WHERE rule = 'outside' AND state <> 'resolved'))
"""

_read = rows(STORED)


async def _groups(session: AsyncSession) -> dict[str, Row]:
    return {subject: _row(row) for subject, row in (await _read(session)).items()}


def _row(row: Row) -> Row:
    group = {**row["facts"], "alerts": row["facts"]["alerts"][:NAMED]}
    return {
        "name": group["name"],
        "channel": row["channel"],
        "group": group,
        "stamp": row["changed"],
        "weight": weight(row["severity"], row["firing"]),
    }


def weight(severity: str | None, firing: int) -> float:
    """The worst severity before the point, from 1; how many alerts behind it. 0.0: nothing fires."""
    return WORST.index(severity) + 1 + min(firing, MANY - 1) / MANY if severity else 0.0


def shown(value: float) -> str:
    """How many alerts: `3 alerts`."""
    many = round(value % 1 * MANY)
    return counted(many, "alert") if many else "no alert of this group fires any more"


def said(facts: Mapping[str, Any]) -> list[Fact]:
    """What a message says of a group beside its alerts."""
    group = facts["group"]
    many = [f"{number:,} {severity}" for severity, number in group["counts"].items()][::-1]
    many += [f"{group['left_out']:,} more alerts, which were not sent to me"] if group["left_out"] else []
    many += [f"{group['over']:,} over"] if group["over"] else []
    told = [("Firing", " · ".join(many)), ("Says", group["summary"]), ("Runbook", group["runbook"])]
    return [fact(label, value) for label, value in told if value] + [fact("Evaluated by", group["from"])]


register(
    OUTSIDE,
    Metric(
        _groups,
        lambda row, _: row["weight"],
        "Firing",
        "How many alerts of a group fire, according to the system that evaluates them.",
        shown,
        Permission.QUEUE_READ,
        elsewhere=said,
    ),
)
