"""The clocks of an incident: what has to be done by when, begun with it and told of once when due (platform.md)."""

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import rooms
from bot.store.base import table
from bot.store.models import Incident, IncidentClock, IncidentDue, IncidentSeverity

CRITICAL: Mapping[IncidentClock, dt.timedelta] = {
    IncidentClock.PROTOCOL: dt.timedelta(minutes=5),
    IncidentClock.STAKEHOLDERS: dt.timedelta(minutes=15),
    IncidentClock.CUSTOMERS: dt.timedelta(minutes=30),
    IncidentClock.EXECUTIVES: dt.timedelta(minutes=60),
}
"""Of a P1, from when it was declared or became one."""
RETROSPECTIVE = dt.timedelta(hours=48)
"""After the end of a P1 or P2."""
REVIEWED = (IncidentSeverity.P1, IncidentSeverity.P2)
NEXT_UPDATE = dt.timedelta(minutes=30)
"""Unless an update says otherwise."""
_ROWS = table(IncidentDue)


async def begin(session: AsyncSession, row: Incident) -> None:
    """Start what its severity asks for; a clock that runs already goes on."""
    if row.severity == IncidentSeverity.P1:
        for clock, time in CRITICAL.items():
            await _start(session, row.id, clock, time)


async def begin_retrospective(session: AsyncSession, row: Incident) -> None:
    """What is due after the end."""
    if row.severity in REVIEWED:
        await _start(session, row.id, IncidentClock.RETROSPECTIVE, RETROSPECTIVE, anew=True)


async def promise_update(session: AsyncSession, incident_id: uuid.UUID, after: dt.timedelta) -> None:
    """From now on the next update is due then."""
    await _start(session, incident_id, IncidentClock.UPDATE, after, anew=True)
    await rooms.redraw_due(session, incident_id)


async def meet(session: AsyncSession, incident_id: uuid.UUID, clock: IncidentClock, by: uuid.UUID | None) -> bool:
    """What it asked for is done; False where it was before, or never ran."""
    met = await session.scalar(
        update(IncidentDue)
        .where(IncidentDue.incident_id == incident_id, IncidentDue.clock == clock, IncidentDue.met.is_(None))
        .values(met=func.clock_timestamp(), met_by=by)
        .returning(IncidentDue.clock)
    )
    if met is not None:
        await rooms.redraw_due(session, incident_id)
    return met is not None


async def _start(
    session: AsyncSession, incident_id: uuid.UUID, clock: IncidentClock, after: dt.timedelta, *, anew: bool = False
) -> None:
    due = func.clock_timestamp() + after
    new = insert(_ROWS).values(incident_id=incident_id, clock=clock, due=due)
    again = {"due": due, "told": None, "met": None, "met_by": None, "snoozed": _ROWS.c.snoozed + 1}
    keys = ["incident_id", "clock"]
    statement = new.on_conflict_do_update(index_elements=keys, set_=again) if anew else new.on_conflict_do_nothing()
    await session.execute(statement)
