"""What is due in an incident is told of once, in its room; each clock is put off by itself, or done."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.clocks import CRITICAL, meet
from bot.actions.incidents.facts import STAKEHOLDERS, tell
from bot.audit import trail
from bot.errors import AlreadyDecided, NotPermitted, OutOfDate
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.store import outbox, rooms
from bot.store.database import Database
from bot.store.models import (
    AuditKind,
    Incident,
    IncidentClock,
    IncidentDue,
    IncidentHappened,
    IncidentSeverity,
    IncidentState,
)

SNOOZE = dt.timedelta(minutes=15)
AT_ONCE = 50  # reminders of one round

# The clocks of a P1 wait while it is none; the review is due after the end.
_RUNS = or_(
    and_(IncidentDue.clock == IncidentClock.RETROSPECTIVE, Incident.state == IncidentState.RESOLVED),
    and_(IncidentDue.clock == IncidentClock.UPDATE, Incident.state == IncidentState.OPEN),
    and_(
        IncidentDue.clock.in_(list(CRITICAL)),
        Incident.state == IncidentState.OPEN,
        Incident.severity == IncidentSeverity.P1,
    ),
)
_WAITING = (
    select(IncidentDue, Incident.channel)
    .join(Incident, Incident.id == IncidentDue.incident_id)
    .where(IncidentDue.due <= func.clock_timestamp(), IncidentDue.told.is_(None), IncidentDue.met.is_(None), _RUNS)
    .order_by(IncidentDue.due)
    .limit(AT_ONCE)
    .with_for_update(of=IncidentDue, skip_locked=True)
)


@dataclass(frozen=True)
class Clocks:
    """Any number of processes look; each reminder is one's."""

    database: Database

    async def sweep(self) -> int:
        """Tell of all that is due; how many."""
        async with self.database.transaction() as session:
            found = (await session.execute(_WAITING)).all()
            for one, channel in found:
                one.told = func.clock_timestamp()
                await session.flush()
                await tell(session, one.incident_id, IncidentHappened.DUE, None, clock=one.clock)
                await outbox.show(
                    session,
                    rooms.due_key(one.incident_id, one.clock, one.snoozed),
                    channel=channel or STAKEHOLDERS,
                    projection="incident_clock",
                    subject=f"{one.incident_id}:{one.clock}:{one.snoozed}",
                )
            return len(found)


async def done(session: AsyncSession, operator: Operator, incident_id: uuid.UUID, clock: str) -> None:
    """Somebody says that what is due is done. Raises `Refused`."""
    one = await _waiting(session, operator, incident_id, clock)
    await meet(session, incident_id, IncidentClock(clock), operator.id)
    await _noted(session, operator, one, IncidentHappened.MET)


async def snooze(session: AsyncSession, operator: Operator, incident_id: uuid.UUID, clock: str) -> None:
    """Put this one clock off by a quarter of an hour. Raises `Refused`."""
    one = await _waiting(session, operator, incident_id, clock)
    if one.told is None:
        raise AlreadyDecided("It is put off already. I remind you when it is due again.")
    one.due, one.told = func.clock_timestamp() + SNOOZE, None
    one.snoozed += 1
    await session.flush()
    await _noted(session, operator, one, IncidentHappened.SNOOZED, after=SNOOZE.total_seconds())


async def _waiting(session: AsyncSession, operator: Operator, incident_id: uuid.UUID, clock: str) -> IncidentDue:
    if not operator.may(Permission.INCIDENT_RUN):
        raise NotPermitted(
            f"You can't answer for an incident (your roles: {operator.in_roles}). Operations, security and engineering "
            "can. Nothing was done."
        )
    one = await session.get(IncidentDue, (incident_id, clock), with_for_update=True, populate_existing=True)
    if one is None:
        raise OutOfDate("That button is from an older version of the bot. Use the incident's card.")
    if one.met is not None:
        raise AlreadyDecided("It is done already, so there is nothing left to do about it.")
    return one


async def _noted(
    session: AsyncSession, operator: Operator, one: IncidentDue, what: IncidentHappened, **facts: float
) -> None:
    await tell(session, one.incident_id, what, operator.id, clock=one.clock, **facts)
    await trail.append(
        session,
        AuditKind.RESPONDED,
        actor_id=operator.id,
        action=f"incident.{what}",
        target=f"incident:{one.incident_id}",
        facts={"clock": one.clock, **facts},
    )
    await rooms.redraw_due(session, one.incident_id)
