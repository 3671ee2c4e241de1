"""Customers' accounts and the tenants they belong to; staff members are in `staff`."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import StaffMember, Tenant, TenantUser, User
from bot.platform.staff import display_name


@dataclass(frozen=True)
class UserRecord:
    """One customer's account at one moment."""

    id: uuid.UUID
    name: str
    email: str
    status: str
    """`users.status`: active, suspended, deleted."""
    tenant_ids: tuple[uuid.UUID, ...]
    tenant_names: tuple[str, ...]
    """Of the same tenants, in the same order: by name."""


async def load(session: AsyncSession, user_id: uuid.UUID) -> UserRecord | None:
    """The account, also a deleted one; None if there is none of that id, or it is a staff member's."""
    return await _record(session, User.id == user_id)


async def by_email(session: AsyncSession, email: str) -> UserRecord | None:
    """The account of that address, in whatever case it is written; a deleted one has left its address."""
    return await _record(session, (func.lower(User.email) == email.strip().lower()) & User.deleted.is_(None))


async def _record(session: AsyncSession, condition: ColumnElement[bool]) -> UserRecord | None:
    is_staff = exists().where(StaffMember.user_id == User.id)
    user = await session.scalar(select(User).where(condition, ~is_staff))
    if user is None:
        return None
    tenants = (
        await session.execute(
            select(Tenant.id, Tenant.name)
            .join(TenantUser, TenantUser.tenant_id == Tenant.id)
            .where(TenantUser.user_id == user.id, Tenant.deleted.is_(None))
            .order_by(func.lower(Tenant.name), Tenant.id)
        )
    ).all()
    return UserRecord(
        id=user.id,
        name=display_name(user),
        email=user.email,
        status=user.status,
        tenant_ids=tuple(tenant_id for tenant_id, _ in tenants),
        tenant_names=tuple(name for _, name in tenants),
    )
