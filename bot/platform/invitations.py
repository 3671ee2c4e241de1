"""Invitations to tenants: open until somebody accepts them, or staff take them back."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
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


# Many at once


_THERE = text(
    """
    SELECT lower(u.email), u.id, 'already in the tenant' FROM users u JOIN tenant_users m ON m.user_id = u.id
    WHERE m.tenant_id = :tenant AND lower(u.email) = ANY(:emails) AND u.deleted IS NULL
    UNION ALL
    SELECT lower(email), id, 'already invited' FROM tenant_invitations
    WHERE tenant_id = :tenant AND lower(email) = ANY(:emails) AND accepted IS NULL AND withdrawn IS NULL
    """
).bindparams(bindparam("tenant", type_=Uuid), bindparam("emails", type_=ARRAY(Text)))


async def there(session: AsyncSession, tenant_id: uuid.UUID, emails: Sequence[str]) -> dict[str, tuple[uuid.UUID, str]]:
    """By each of these addresses (in lower case) that needs no invitation: as what it is known, and why not."""
    rows = await session.execute(_THERE, {"tenant": tenant_id, "emails": [*emails]})
    return {email: (known, why) for email, known, why in rows}


_INVITE = text(
    """
    INSERT INTO tenant_invitations (id, tenant_id, email, roles, invited_by)
    SELECT one.id, :tenant, one.email, :roles, :by FROM unnest(:ids, :emails) AS one(id, email)
    WHERE NOT EXISTS (SELECT FROM users u JOIN tenant_users m ON m.user_id = u.id
                      WHERE m.tenant_id = :tenant AND lower(u.email) = lower(one.email) AND u.deleted IS NULL)
    ON CONFLICT DO NOTHING RETURNING id
    """
).bindparams(
    *(bindparam(name, type_=Uuid) for name in ("tenant", "by")),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("roles", "emails")),
    bindparam("ids", type_=ARRAY(Uuid)),
)


async def invite_all(
    session: AsyncSession, tenant_id: uuid.UUID, to: Mapping[uuid.UUID, str], roles: Sequence[str], by: uuid.UUID
) -> list[uuid.UUID]:
    """Add an invitation with each of these ids; without those who belong to it, or are asked, by now."""
    values = {"tenant": tenant_id, "ids": [*to], "emails": [*to.values()], "roles": [*roles], "by": by}
    return sorted(await session.scalars(_INVITE, values))


async def open_among(session: AsyncSession, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of them that nobody has accepted or taken back."""
    among = TenantInvitation.id == any_(literal([*ids], ARRAY(Uuid)))
    return set(await session.scalars(select(TenantInvitation.id).where(among, _open())))


async def withdraw_all(session: AsyncSession, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Close those of them that are open; which."""
    among = TenantInvitation.id == any_(literal([*ids], ARRAY(Uuid)))
    query = update(TenantInvitation).where(among, _open()).values(withdrawn=func.now())
    return sorted(await session.scalars(query.returning(TenantInvitation.id)))


async def addresses(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of these invitations, in whatever state."""
    among = TenantInvitation.id == any_(literal([*ids], ARRAY(Uuid)))
    rows = await session.execute(select(TenantInvitation.id, TenantInvitation.email).where(among))
    return {one: address for one, address in rows}  # noqa: C416 - rows are no pairs to mypy
