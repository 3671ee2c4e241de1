"""Invitations to tenants: open until somebody accepts them, or staff take them back."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import TenantInvitation


def _open() -> ColumnElement[bool]:
    return and_(TenantInvitation.accepted.is_(None), TenantInvitation.withdrawn.is_(None))


async def is_open(session: AsyncSession, tenant_id: uuid.UUID, email: str) -> bool:
    """Whether that address is invited to the tenant now."""
    same = func.lower(TenantInvitation.email) == email.lower()
    query = select(TenantInvitation.id).where(TenantInvitation.tenant_id == tenant_id, same, _open())
    return (await session.scalars(query)).first() is not None


async def address_of(session: AsyncSession, invitation: uuid.UUID) -> str | None:
    """Whom an open invitation is for; None of one that is not open."""
    query = select(TenantInvitation.email).where(TenantInvitation.id == invitation, _open())
    return (await session.scalars(query)).first()


async def invite(
    session: AsyncSession, tenant_id: uuid.UUID, email: str, roles: Sequence[str], by: uuid.UUID
) -> uuid.UUID:
    """Add an invitation; its id."""
    made = uuid.uuid4()
    row = {"id": made, "tenant_id": tenant_id, "email": email, "roles": list(roles), "invited_by": by}
    await session.execute(insert(TenantInvitation).values(**row))
    return made


async def withdraw(session: AsyncSession, invitation: uuid.UUID) -> bool:
    """Close an open invitation; whether it was open."""
    query = update(TenantInvitation).where(TenantInvitation.id == invitation, _open()).values(withdrawn=func.now())
    return (await session.scalars(query.returning(TenantInvitation.id))).first() is not None


async def hold(session: AsyncSession, invitation: uuid.UUID) -> None:
    """Nobody else changes it until the transaction ends."""
    await session.execute(select(TenantInvitation.id).where(TenantInvitation.id == invitation).with_for_update())
