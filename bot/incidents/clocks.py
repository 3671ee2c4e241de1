"""What is due in an incident is told of once, in its room; each clock is put off by itself, or done."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.clocks import meet
from bot.actions.incidents.facts import STAKEHOLDERS, tell
from bot.audit import trail
from bot.errors import AlreadyDecided, NotPermitted, OutOfDate
from bot.people import secrecy
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.schedules import IncidentClocks
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


def _waiting_for(clocks: IncidentClocks) -> Select[IncidentDue, str | None]:
    """What is due. What another severity asks for waits while it is none of that; the review is due after the end."""
    asked = [
        and_(Incident.severity == severity, IncidentDue.clock.in_(list(clocks.of(severity).beginning)))
        for severity in IncidentSeverity
    ]
    runs = or_(
        and_(IncidentDue.clock == IncidentClock.RETROSPECTIVE, Incident.state == IncidentState.RESOLVED),
        and_(Incident.state == IncidentState.OPEN, or_(IncidentDue.clock == IncidentClock.UPDATE, *asked)),
    )
    somewhere = or_(~Incident.restricted, Incident.channel.is_not(None))
    return (
        select(IncidentDue, Incident.channel)
        .join(Incident, Incident.id == IncidentDue.incident_id)
        .where(
            IncidentDue.due <= func.clock_timestamp(),
            IncidentDue.told.is_(None),
            IncidentDue.met.is_(None),
            runs,
            somewhere,
        )
        .order_by(IncidentDue.due)
        .limit(AT_ONCE)
        .with_for_update(of=IncidentDue, skip_locked=True)
    )


@dataclass(frozen=True)
class Clocks:
    """Any number of processes look; each reminder is one's."""

    database: Database
    clocks: IncidentClocks

    async def sweep(self) -> int:
        """Tell of all that is due; how many."""
        async with self.database.transaction() as session:
            found = (await session.execute(_waiting_for(self.clocks))).all()
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
        raise AlreadyDecided("It is already postponed. I remind you when it is due again.")
    one.due, one.told = func.clock_timestamp() + SNOOZE, None
    one.snoozed += 1
    await session.flush()
    await _noted(session, operator, one, IncidentHappened.SNOOZED, after=SNOOZE.total_seconds())


async def _waiting(session: AsyncSession, operator: Operator, incident_id: uuid.UUID, clock: str) -> IncidentDue:
    if not operator.may(Permission.INCIDENT_RUN):
        raise NotPermitted(
            f"Your roles ({operator.in_roles}) do not include running incidents. Operations, security and engineering "
            "can do this. Nothing was done."
        )
    one = await session.get(IncidentDue, (incident_id, clock), with_for_update=True, populate_existing=True)
    if one is None or not await secrecy.may_see(session, incident_id, operator.id):
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
