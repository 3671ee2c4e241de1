"""What actions on incidents have in common: the row, what a card says of it, and the lines of its timeline."""

import uuid
from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, fact
from bot.errors import NothingToDo
from bot.permissions import Permission
from bot.policy import Risk
from bot.store import outbox, rooms
from bot.store.models import (
    Incident,
    IncidentAlert,
    IncidentEvent,
    IncidentHappened,
    IncidentHolder,
    IncidentRole,
    IncidentState,
)
from bot.store.rooms import Home

STAKEHOLDERS = "stakeholders"
"""The channel in which everybody concerned reads of incidents: that of operations unless the policy names one."""
TOLD = "incident_told"  # the projection of what they read
WORDS = {
    IncidentState.OPEN: "open",
    IncidentState.RESOLVED: "resolved",
    IncidentState.MERGED: "merged into another one",
    IncidentState.WITHDRAWN: "withdrawn",
}


class OnIncident(Action):
    """What is done to an incident: noted at once, in the thread of its card, and taken back as easily."""

    permission: ClassVar[str] = Permission.INCIDENT_RUN
    risk: ClassVar[Risk] = Risk.LOW
    only_notes: ClassVar[bool] = True
    team: ClassVar[str] = "operations"

    async def home(self, session: AsyncSession) -> Home | None:
        return await home_of(session, uuid.UUID(str(self.about_what.id))) if self.about_what else None


async def home_of(session: AsyncSession, incident_id: uuid.UUID) -> Home | None:
    """Its card's thread. Raises `NothingToDo` while a security incident has no room: it is told nowhere else."""
    found = await rooms.home(session, incident_id)
    row = await session.get_one(Incident, incident_id)
    if found is None and row.restricted:
        raise NothingToDo(
            "The private channel of this incident is not there yet. Nothing was done: try again in a moment."
        )
    return found


async def load(session: AsyncSession, incident_id: uuid.UUID | str) -> Incident:
    """The row as it is now, also where it was read before."""
    return await session.get_one(Incident, incident_id, populate_existing=True)


async def told_outside(session: AsyncSession, incident_id: uuid.UUID | str) -> Incident:
    """The row. Raises `NothingToDo` for a security incident: whoever approves reads the request in a channel."""
    row = await load(session, incident_id)
    if row.restricted:
        raise NothingToDo(
            f"Incident {row.number} is private, but other people would read this request. Nothing was done. To tell "
            "customers only what they are allowed to know, use /pm tenant notice: its mail does not name the incident."
        )
    return row


async def still_open(session: AsyncSession, incident_id: uuid.UUID | str) -> Incident:
    """The row. Raises `NothingToDo` where it is over."""
    row = await load(session, incident_id)
    if row.state != IncidentState.OPEN:
        raise NothingToDo(
            f"Incident {row.number} is {WORDS[IncidentState(row.state)]}. Nothing was done. If it is not over, "
            f"first type /pm incident reopen {row.number} because …"
        )
    return row


def subject(row: Incident) -> dict[str, Any]:
    """What templates call it by."""
    return {"number": row.number, "title": title(row), "severity": row.severity}


def title(row: Incident) -> str:
    """As requests about it say it: those of a security incident stand on record, where others look as well."""
    return "security incident" if row.restricted else row.title


def which(row: Incident) -> tuple[Fact, ...]:
    """Which one it is, and where it stands: what is asked for is meant of it as it is."""
    return (
        fact("Incident", f"{row.number} · {title(row)}", bound=True),
        fact("Now", f"{row.severity}, {WORDS[IncidentState(row.state)]}", bound=True),
    )


async def tell(
    session: AsyncSession,
    incident_id: uuid.UUID,
    what: IncidentHappened,
    by: uuid.UUID | None,
    **facts: Any,
) -> IncidentEvent:
    """Put a line on the timeline, and have the card drawn anew."""
    line = IncidentEvent(incident_id=incident_id, what=what, staff_id=by, facts=facts)
    session.add(line)
    await session.flush()
    await rooms.redraw(session, incident_id)
    return line


async def tell_stakeholders(session: AsyncSession, line: IncidentEvent) -> None:
    """Post a line of the timeline where everybody concerned reads, once. Of a security incident nobody reads there."""
    if (await session.get_one(Incident, line.incident_id)).restricted:
        return
    await outbox.show(
        session,
        f"{rooms.card_key(line.incident_id)}:told:{line.id}",
        channel=STAKEHOLDERS,
        projection=TOLD,
        subject=str(line.id),
    )


async def holders(session: AsyncSession, incident_id: uuid.UUID) -> dict[IncidentRole, uuid.UUID]:
    """Who has which role, in the order of the roles."""
    found = await session.scalars(select(IncidentHolder).where(IncidentHolder.incident_id == incident_id))
    by_role = {IncidentRole(one.role): one.staff_id for one in found}
    return {role: by_role[role] for role in IncidentRole if role in by_role}


async def belongs_to(session: AsyncSession, alert_id: uuid.UUID) -> Incident | None:
    """The open incident that an alert is part of."""
    return await session.scalar(
        select(Incident)
        .join(IncidentAlert, IncidentAlert.incident_id == Incident.id)
        .where(IncidentAlert.alert_id == alert_id, IncidentAlert.is_open)
    )


async def how_many_open(session: AsyncSession) -> int:
    return (
        await session.scalar(select(func.count()).where(Incident.state == IncidentState.OPEN, ~Incident.restricted))
        or 0
    )
