"""Counts, minute by minute, what was good towards each objective, so that nobody has to look at 28 days of history."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy import DateTime, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.entries import Objective
from bot.error_budget import PERIOD
from bot.platform import queues
from bot.store.database import Database

SETTLED = dt.timedelta(seconds=30)  # until what was measured in a minute is written
AT_ONCE = dt.timedelta(days=1)  # of history, in one transaction
KEPT = PERIOD + dt.timedelta(days=1)

KNOWN = text(
    """
    INSERT INTO pmbot.objectives AS known (name, title, target, until)
    SELECT name, title, target, date_trunc('minute', clock_timestamp() - CAST(:period AS interval))
    FROM unnest(CAST(:names AS text[]), CAST(:titles AS text[]), CAST(:targets AS float[])) AS one (name, title, target)
    WHERE NOT EXISTS (SELECT FROM pmbot.objectives AS same
                      WHERE same.name = one.name AND same.title = one.title AND same.target = one.target)
    ON CONFLICT (name) DO UPDATE SET title = excluded.title, target = excluded.target
    """
)
# What another clock counts right now is left to it.
DUE = text(
    """
    SELECT name, until, least(until + CAST(:most AS interval), complete) AS through FROM pmbot.objectives,
           date_trunc('minute', clock_timestamp() - CAST(:settled AS interval)) AS complete
    WHERE name = ANY(:names) AND until < complete ORDER BY name FOR UPDATE OF objectives SKIP LOCKED
    """
)
COUNTED = text("UPDATE pmbot.objectives SET until = :until WHERE name = :name")
FORGET = text("DELETE FROM pmbot.objective_minutes WHERE objective = :name AND minute < :before")
INTO = "INSERT INTO pmbot.objective_minutes (objective, minute, good, total)"
OF_SERVICE = """
    {into} SELECT :name, date_trunc('minute', at), avg({good}), 1 FROM service_health
    WHERE service = :subject AND at >= :since AND at < :until AND {known} GROUP BY 2 ON CONFLICT DO NOTHING
"""
SERVICE = {
    "service.up": ("CASE WHEN status = 'down' THEN 0.0 ELSE 1.0 END", "true"),
    "service.fast": ("CASE WHEN p95_ms <= :within THEN 1.0 ELSE 0.0 END", "p95_ms IS NOT NULL"),
    "service.errors": ("1 - error_rate", "error_rate IS NOT NULL"),
}
# Jobs by when they ended; what was due more than six hours before is not looked for.
OF_QUEUES = text(
    f"""
    {INTO}
    SELECT :name, minute, sum(good), sum(total)
    FROM unnest(CAST(:queues AS text[]), CAST(:limits AS float[])) AS queue (name, seconds) CROSS JOIN LATERAL (
        SELECT date_trunc('minute', coalesce(completed, failed)) AS minute, count(*) AS total,
               count(*) FILTER (WHERE completed <= run_at + make_interval(secs => seconds)) AS good
        FROM jobs WHERE queue_name = queue.name AND status IN ('completed', 'failed')
          AND run_at >= CAST(:since AS timestamptz) - interval '6 hours' AND run_at < :until
          AND coalesce(completed, failed) >= :since AND coalesce(completed, failed) < :until
        GROUP BY 1
    ) AS ended GROUP BY minute ON CONFLICT DO NOTHING
    """  # noqa: S608 - constants
)


@dataclass(frozen=True)
class Rollup:
    """Any number of clocks may; a minute is counted once."""

    database: Database
    objectives: Mapping[str, Objective]

    async def sweep(self) -> None:
        """Count what is complete; at first that is the whole period, a day in each transaction."""
        while self.objectives and await self._next():
            pass

    async def _next(self) -> int:
        """For how many objectives there was something to count."""
        async with self.database.transaction() as session:
            await session.execute(KNOWN, self._known())
            asked = {"names": list(self.objectives), "most": AT_ONCE, "settled": SETTLED}
            zoned = DateTime(timezone=True)
            due = (await session.execute(DUE.columns(until=zoned, through=zoned), asked)).all()
            for name, since, until in due:
                await self._count(session, name, since, until)
        return len(due)

    def _known(self) -> dict[str, object]:
        every = self.objectives.values()
        titles, targets = [one.title for one in every], [one.target for one in every]
        return {"names": list(self.objectives), "titles": titles, "targets": targets, "period": PERIOD}

    async def _count(self, session: AsyncSession, name: str, since: dt.datetime, until: dt.datetime) -> None:
        objective = self.objectives[name]
        about = {"name": name, "since": since, "until": until}
        if objective.of == "queue.in_time":
            names = [one for one in await queues.names(session) if fnmatchcase(one, objective.subject)]
            limits = [queues.limit(one).total_seconds() for one in names]
            await session.execute(OF_QUEUES, {**about, "queues": names, "limits": limits})
        else:
            good, known = SERVICE[objective.of]
            statement = OF_SERVICE.format(into=INTO, good=good, known=known)
            within = {"within": objective.within} if ":within" in statement else {}
            await session.execute(text(statement), {**about, "subject": objective.subject, **within})
        await session.execute(COUNTED, {"name": name, "until": until})
        await session.execute(FORGET, {"name": name, "before": until - KEPT})
