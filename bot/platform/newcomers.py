"""Accounts that may become staff, and making them so."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import staff, staff_roles
from bot.platform.models import StaffMember, User


@dataclass(frozen=True)
class AccountRecord:
    """An account at one moment: of somebody who is staff, was, or never has been."""

    id: uuid.UUID
    name: str
    email: str
    status: str
    """`users.status`: active, suspended, deleted."""
    staff: bool | None
    """Active as staff, no longer (False), or never yet (None)."""
    roles: frozenset[str]
    """Still held, of a time before."""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2].lower()


async def load(session: AsyncSession, user_id: uuid.UUID) -> AccountRecord | None:
    """The living account of this id."""
    return await _one(session, User.id == user_id)


async def by_email(session: AsyncSession, email: str) -> AccountRecord | None:
    """The living account of this address, in whatever case it is written."""
    return await _one(session, func.lower(User.email) == email.strip().lower())


async def _one(session: AsyncSession, condition: ColumnElement[bool]) -> AccountRecord | None:
    row = (
        await session.execute(
            select(User, StaffMember.is_active)
            .outerjoin(StaffMember, StaffMember.user_id == User.id)
            .where(condition, User.deleted.is_(None))
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        return None
    user, active = row
    held = frozenset(one.role for one in await staff_roles.held_roles(session, user.id))
    return AccountRecord(user.id, staff.display_name(user), user.email, user.status, active, held)


async def own_domains(session: AsyncSession) -> Collection[str]:
    """What stands behind the @ of those who are staff: nobody else becomes one by a word in chat."""
    domain = func.split_part(func.lower(User.email), "@", 2)
    members = select(domain).join(StaffMember, StaffMember.user_id == User.id).where(StaffMember.is_active == true())
    return set(await session.scalars(members.distinct()))


async def make_staff(session: AsyncSession, user_id: uuid.UUID) -> None:
    """A row of their own, or the one of before. Triggers of the platform tell its gateways."""
    row = insert(StaffMember).values(user_id=user_id)
    changed = {"is_active": True, "updated": func.now()}
    await session.execute(row.on_conflict_do_update(index_elements=[StaffMember.user_id], set_=changed))
