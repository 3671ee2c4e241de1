"""Which roles staff members hold, since when and until when, and changing that."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, case, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.platform import staff
from bot.platform.models import PlatformPermission, StaffMember, StaffMemberRole, StaffRole, StaffRolePermission, User
from bot.platform.staff import StaffRecord


@dataclass(frozen=True)
class HeldRole:
    """A role that somebody holds."""

    role: str
    granted: dt.datetime
    """It counts for sessions that begin afterwards: from the next sign-in."""
    granted_by: uuid.UUID | None
    expires: dt.datetime | None


def _grants(staff_id: uuid.UUID) -> Select[str, dt.datetime, uuid.UUID | None, dt.datetime | None]:
    row = StaffMemberRole
    return (
        select(StaffRole.name, row.granted, row.granted_by, row.expires)
        .join(StaffRole, StaffRole.id == row.role_id)
        .where(row.user_id == staff_id)
        .order_by(StaffRole.name)
    )


async def held_roles(session: AsyncSession, staff_id: uuid.UUID) -> Sequence[HeldRole]:
    """The roles they hold now, by name."""
    return [HeldRole(*row) for row in await session.execute(_grants(staff_id).where(staff.held()))]


async def with_roles(session: AsyncSession, staff_id: uuid.UUID) -> tuple[StaffRecord, Sequence[HeldRole]] | None:
    """The staff member and the roles they hold now, by name; None if there is no such row in `staff_members`."""
    grants = _grants(staff_id).where(staff.held()).subquery("grants")
    rows = (
        await session.execute(
            staff.members()
            .outerjoin(grants, true())
            .add_columns(*grants.c)
            .where(StaffMember.user_id == staff_id)
            .order_by(grants.c.name)
        )
    ).all()
    if not rows:
        return None
    held = [HeldRole(*row[-len(grants.c) :]) for row in rows]
    return staff.record(rows[0]), [one for one in held if one.role is not None]


async def role_names(session: AsyncSession) -> Sequence[str]:
    """All roles there are."""
    return list(await session.scalars(select(StaffRole.name).order_by(StaffRole.name)))


async def allowing(session: AsyncSession, permission: str) -> Mapping[str, int]:
    """The roles that have a permission, each with how many it has."""
    granted, having = StaffRolePermission, aliased(StaffRolePermission)
    rows = await session.execute(
        select(StaffRole.name, func.count())
        .join(having, having.role_id == StaffRole.id)
        .join(PlatformPermission, PlatformPermission.id == having.permission_id)
        .join(granted, granted.role_id == StaffRole.id)
        .where(PlatformPermission.name == permission)
        .group_by(StaffRole.name)
    )
    return {role: number for role, number in rows}  # noqa: C416 - dict() takes no rows


async def holders(session: AsyncSession) -> Mapping[str, Sequence[tuple[StaffRecord, dt.datetime | None]]]:
    """Each role with the active staff members who hold it, by name, and until when."""
    roles = await role_names(session)
    people = await staff.active_with_roles(session, roles)
    rows = await session.execute(
        select(StaffMemberRole.user_id, StaffRole.name, StaffMemberRole.expires)
        .join(StaffRole, StaffRole.id == StaffMemberRole.role_id)
        .where(staff.held())
    )
    ends = {(user_id, role): expires for user_id, role, expires in rows}
    return {role: [(one, ends[one.id, role]) for one in people if (one.id, role) in ends] for role in roles}


async def grant_row(session: AsyncSession, staff_id: uuid.UUID, role: str, *, hold: bool = False) -> HeldRole | None:
    """The row as it stands, also one that has expired; with `hold`, nobody else changes it until the end."""
    query = _grants(staff_id).where(StaffRole.name == role)
    rows = await session.execute(query.with_for_update(of=StaffMemberRole) if hold else query)
    row = rows.one_or_none()
    return HeldRole(*row) if row else None


async def grant_rows(
    session: AsyncSession, staff_ids: Collection[uuid.UUID]
) -> Mapping[tuple[uuid.UUID, str], HeldRole]:
    """The rows of all these, by whose they are and the role's name; also those that have expired."""
    row = StaffMemberRole
    rows = await session.execute(
        select(row.user_id, StaffRole.name, row.granted, row.granted_by, row.expires)
        .join(StaffRole, StaffRole.id == row.role_id)
        .where(row.user_id.in_(staff_ids))
    )
    return {(one[0], one[1]): HeldRole(*one[1:]) for one in rows}


async def set_grant(
    session: AsyncSession,
    staff_id: uuid.UUID,
    role: str,
    *,
    held: bool,
    expires: dt.datetime | None,
    by: uuid.UUID | None,
) -> None:
    """Give somebody the role until `expires`, or take it; triggers of the platform tell its gateways.

    A role that is held is not given anew: its end alone is set, and sessions that have it keep it.
    """
    row = StaffMemberRole
    role_id = await session.scalar(select(StaffRole.id).where(StaffRole.name == role))
    if role_id is None or await staff.load(session, staff_id) is None:
        return  # nobody is left to hold it, or there is nothing to hold
    if not held:
        await session.execute(delete(row).where(row.user_id == staff_id, row.role_id == role_id))
        return
    added = insert(row).values(
        user_id=staff_id, role_id=role_id, granted=func.clock_timestamp(), granted_by=by, expires=expires
    )
    given = added.excluded
    expired = row.expires <= func.clock_timestamp()
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[row.user_id, row.role_id],
            set_={
                "granted": case((expired, given.granted), else_=row.granted),
                "granted_by": case((expired, given.granted_by), else_=row.granted_by),
                "expires": given.expires,
            },
        )
    )


async def lasting(session: AsyncSession, among: Select[uuid.UUID]) -> list[StaffRecord]:
    """Those among them who may act, by name, with the roles that do not end by themselves alone; at least one."""
    roles = (
        select(func.array_agg(StaffRole.name))
        .join_from(StaffMemberRole, StaffRole, StaffRole.id == StaffMemberRole.role_id)
        .where(StaffMemberRole.user_id == User.id, StaffMemberRole.expires.is_(None))
        .correlate(User)
        .scalar_subquery()
    )
    able = staff.members().where(StaffMember.is_active, User.status == "active", StaffMember.user_id.in_(among))
    rows = await session.execute(able.add_columns(roles.label("lasting")).order_by(User.name))
    return [replace(staff.record(row), roles=frozenset(row.lasting)) for row in rows if row.lasting]
