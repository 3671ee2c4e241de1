"""The clocks of an incident: what has to be done by when, begun with it and told of once when due (platform.md)."""

import datetime as dt
import tomllib
import uuid
from functools import lru_cache

from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.schedules import Clocks, IncidentSettings
from bot.store import rooms
from bot.store.base import table
from bot.store.models import Incident, IncidentClock, IncidentDue, PolicyInForce

_ROWS = table(IncidentDue)


async def settings(session: AsyncSession) -> IncidentSettings:
    """What the policy says of incidents that processes go by: the newest on record."""
    newest = select(PolicyInForce.source).order_by(PolicyInForce.id.desc()).limit(1)
    return _read(await session.scalar(newest) or "")


@lru_cache(maxsize=4)
def _read(source: str) -> IncidentSettings:
    """Of a file that another version can read and this one cannot, what comes unless it says otherwise."""
    try:
        return IncidentSettings.model_validate(tomllib.loads(source).get("incidents", {}))
    except ValidationError:
        return IncidentSettings()


async def of(session: AsyncSession, row: Incident) -> Clocks:
    """The times of its severity."""
    return (await settings(session)).clocks.of(row.severity)


async def begin(session: AsyncSession, row: Incident) -> None:
    """Start what its severity asks for; a clock that runs already goes on."""
    for clock, time in (await of(session, row)).beginning.items():
        await _start(session, row.id, IncidentClock(clock), time)


async def begin_retrospective(session: AsyncSession, row: Incident) -> None:
    """What is due after the end."""
    time = (await of(session, row)).retrospective
    if time is not None:
        await _start(session, row.id, IncidentClock.RETROSPECTIVE, time, anew=True)


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
