"""What was measured of a service in the half hours before and after a deployment, looked at once it can be."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.deployments.events import CHANNEL, PROJECTION
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Deployment

AROUND = dt.timedelta(minutes=30)
AT_ONCE = 20

_MEASURED = text(
    """
    SELECT avg(p95_ms)::float AS p95, avg(error_rate)::float AS errors, count(*) AS measured,
           count(*) FILTER (WHERE status <> 'healthy') AS failures
    FROM service_health WHERE service = :service AND at >= :begins AND at < :ends
    """
)


@dataclass(frozen=True)
class Measuring:
    """Any number of processes look; each deployment is measured by one, once."""

    database: Database

    async def sweep(self) -> int:
        """Measure all that ended half an hour ago; how many."""
        async with self.database.transaction() as session:
            due = Deployment.measured.is_(None), Deployment.finished <= func.clock_timestamp() - AROUND
            found = await session.scalars(
                select(Deployment)
                .where(*due)
                .order_by(Deployment.finished)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            rows = list(found)
            for row in rows:
                await _measure(session, row)
            return len(rows)


async def _measure(session: AsyncSession, row: Deployment) -> None:
    assert row.finished is not None  # noqa: S101 - what is due has ended
    row.figures = {
        "before": await around(session, row.service, row.started - AROUND, row.started),
        "after": await around(session, row.service, row.finished, row.finished + AROUND),
    }
    row.measured = func.clock_timestamp()
    await session.flush()
    await outbox.show(session, f"deployment:{row.id}", channel=CHANNEL, projection=PROJECTION, subject=str(row.id))


async def around(session: AsyncSession, service: str, begins: dt.datetime, ends: dt.datetime) -> dict[str, Any]:
    """`p95` in ms, `errors` as a share, both None where nothing was measured; how often it was not healthy."""
    asked = {"service": service, "begins": begins, "ends": ends}
    return dict((await session.execute(_MEASURED, asked)).mappings().one())
