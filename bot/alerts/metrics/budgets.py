"""Error budgets: how fast each objective's is used up, over a long window, and a short one that ends it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import Metric, Row, register, rows
from bot.error_budget import Counted, burn
from bot.permissions import Permission

WINDOWS = {"fast": ("1 hour", "5 minutes"), "slow": ("6 hours", "30 minutes")}


def _window(name: str, lasts: str) -> str:
    """What it counted; of a window of which only the last half is known, nothing."""
    inside = f"minute >= until - interval '{lasts}'"
    return f"""
        sum(good) FILTER (WHERE {inside}) AS {name}_good, sum(total) FILTER (WHERE {inside}) AS {name}_total,
        coalesce(bool_or({inside} AND minute < until - interval '{lasts}' / 2), false) AS {name}_known
    """


_WINDOWS = [_window(f"{name}_{n}", lasts) for name, both in WINDOWS.items() for n, lasts in enumerate(both)]
COUNTS = f"""
    SELECT objectives.name AS subject, title AS name, target, until AS last,
           until < clock_timestamp() - interval '10 minutes' AS old, counted.*
    FROM pmbot.objectives AS objectives CROSS JOIN LATERAL (
        SELECT {", ".join(_WINDOWS)}
        FROM pmbot.objective_minutes AS minutes
        WHERE minutes.objective = objectives.name AND minute >= until - interval '6 hours'
    ) AS counted
    WHERE until > clock_timestamp() - interval '1 day'
"""  # noqa: S608 - constants
_read = rows(COUNTS)


async def counts(session: AsyncSession) -> dict[str, Row]:
    """By objective, how fast its budget is used up in each pair of windows: the slower of both."""
    found: dict[str, Row] = {}
    for subject, row in (await _read(session)).items():
        if row["old"]:
            found[subject] = {"name": row["name"], "last": row["last"]}
        else:
            rates = {name: _rate(row, name) for name in WINDOWS}
            found[subject] = {"name": row["name"], "target": row["target"], **rates}
    return found


def _rate(row: Row, name: str) -> float | None:
    both = [f"{name}_{n}" for n in range(2)]
    if not row[f"{both[0]}_known"] or not all(row[f"{one}_total"] for one in both):
        return None
    return min(burn(Counted(row[f"{one}_good"], row[f"{one}_total"]), row["target"]) for one in both)


def _target(facts: Mapping[str, Any]) -> list[str]:
    return [f"the objective is {facts['target'] * 100:g}%"] if "target" in facts else []


def _burning(name: str) -> None:
    long, short = WINDOWS[name]
    metric = Metric(
        counts,
        lambda row, _: row.get(name),
        "Used up",
        "How fast errors use up the error budget (the errors that are allowed in 28 days). The value 1 means that the"
        " budget lasts exactly 28 days, the value 2 that it lasts 14 days. Measured over the last"
        f" {long.removeprefix('1 ')} and over the last {short}; the rule uses the lower value.",
        lambda value: f"{value:.1f}",
        Permission.QUEUE_READ,
        unit=" × as fast as allowed",
        beside=_target,
    )
    register(f"budget.{name}", metric)


for _name in WINDOWS:
    _burning(_name)
