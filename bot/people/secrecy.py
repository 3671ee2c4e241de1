"""Who may see what is for few: security incidents are their members' and security's, and for all others not there."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, Text, any_, cast, exists, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.identity import operator_by_id
from bot.permissions import Permission
from bot.store.models import Incident, IncidentMember, Proposal


async def sees_all(session: AsyncSession, staff_id: uuid.UUID | None) -> bool:
    """Whether somebody may see every security incident, by their roles."""
    found = await operator_by_id(session, staff_id) if staff_id else None
    return found is not None and found.may(Permission.INCIDENT_SECURITY)


async def shown_to(session: AsyncSession, staff_id: uuid.UUID | None) -> ColumnElement[bool]:
    """A condition on `Incident`: those that somebody may know of. None: somebody who is not known."""
    if await sees_all(session, staff_id):
        return true()
    return or_(~Incident.restricted, member(staff_id))


async def may_see(session: AsyncSession, incident_id: uuid.UUID, staff_id: uuid.UUID | None) -> bool:
    """Whether somebody may know of this one."""
    shown = await shown_to(session, staff_id)
    return await session.scalar(select(Incident.id).where(Incident.id == incident_id, shown)) is not None


def requests_shown_to(staff_id: uuid.UUID, allowed: Collection[str]) -> ColumnElement[bool]:
    """A condition on `Proposal`: not about an incident that somebody, who may do what is allowed, may not know of."""
    if Permission.INCIDENT_SECURITY in allowed:
        return true()
    about = literal("incident:") + cast(Incident.id, Text) == any_(Proposal.targets)
    return ~exists().where(Incident.restricted, about, ~member(staff_id))


def member(staff_id: uuid.UUID | ColumnElement[uuid.UUID] | None) -> ColumnElement[bool]:
    """A condition on `Incident`: those that somebody is a member of."""
    return exists().where(IncidentMember.incident_id == Incident.id, IncidentMember.staff_id == staff_id)
