"""How objectives stand: what was counted in the whole period and in the windows that alerts look at."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.error_budget import PERIOD, Counted

# The period is read by one range of the key for each objective: 40,000 rows at most.
_READ = text(
    """
    SELECT objectives.name, title, target, until, spent.good, spent.total, spent.hour_good, spent.hour_total
    FROM pmbot.objectives AS objectives CROSS JOIN LATERAL (
        SELECT coalesce(sum(good), 0) AS good, coalesce(sum(total), 0) AS total,
               coalesce(sum(good) FILTER (WHERE minute >= until - interval '1 hour'), 0) AS hour_good,
               coalesce(sum(total) FILTER (WHERE minute >= until - interval '1 hour'), 0) AS hour_total
        FROM pmbot.objective_minutes AS minutes
        WHERE minutes.objective = objectives.name AND minute >= until - CAST(:period AS interval)
    ) AS spent
    WHERE until > clock_timestamp() - interval '1 day' ORDER BY title
    """
)


@dataclass(frozen=True)
class Standing:
    """One objective now."""

    name: str
    title: str
    target: float
    until: dt.datetime
    """Up to when it was counted."""
    period: Counted
    hour: Counted


async def read(session: AsyncSession) -> list[Standing]:
    """Those of the rules file, by title; one that is in it no more is left out a day later."""
    return [
        Standing(
            row.name,
            row.title,
            row.target,
            row.until,
            Counted(row.good, row.total),
            Counted(row.hour_good, row.hour_total),
        )
        for row in await session.execute(_READ, {"period": PERIOD})
    ]
