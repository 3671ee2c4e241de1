"""A customer's person who is to be erased: by what they are named, and what their tenants would be without them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.erasure import Person
from bot.platform.erasure import ERASURE
from bot.platform.models import Tenant, TenantConfig, TenantUser, User
from bot.platform.writes import Write

OWNER = "owner"
CLOSED = "churned"


def writes() -> Iterator[Write]:
    """What erasing does to the platform's tables, as these declare it."""
    for one in ERASURE:
        columns = tuple(dict.fromkeys([*one.becomes, *one.named]))
        if one.gone or columns:
            yield Write(one.table, update=columns, delete=one.gone)
    yield Write("tenant_users", update=("roles",))  # held, while it is looked who else owns the tenant


async def person(session: AsyncSession, user_id: uuid.UUID) -> Person:
    """All that names them. A whole name that somebody else has, too, is not theirs alone, and left out."""
    other = aliased(User)
    whole = func.concat(User.given_name, " ", User.family_name)
    alike = select(other.id).where(other.id != User.id)
    row = await session.execute(
        select(
            User.email,
            case((~alike.where(func.lower(other.name) == func.lower(User.name)).exists(), User.name)),
            case((~alike.where(func.lower(other.name) == func.lower(whole)).exists(), whole)),
            select(func.array_agg(TenantUser.tenant_id)).where(TenantUser.user_id == User.id).scalar_subquery(),
        ).where(User.id == user_id)
    )
    address, *names, tenants = row.one()
    said = dict.fromkeys(" ".join(one.split()) for one in names if one)
    return Person(user_id, address, tuple(one for one in said if " " in one), tuple(tenants or ()))


@dataclass(frozen=True)
class Place:
    """A tenant that they belong to and that is in business."""

    tenant: str
    owns: bool
    other_owners: int
    customer_id: str | None
    """Stripe's, of the tenant."""


async def places(session: AsyncSession, user_id: uuid.UUID) -> list[Place]:
    """Where they belong, by the tenants' names."""
    own, other, account = aliased(TenantUser), aliased(TenantUser), aliased(User)
    others = (
        select(func.count())
        .select_from(other)
        .join(account, account.id == other.user_id)
        .where(other.tenant_id == own.tenant_id, other.user_id != user_id, other.roles.contains([OWNER]))
        .where(account.deleted.is_(None), account.status == "active")
        .scalar_subquery()
    )
    query = (
        select(Tenant.name, own.roles.contains([OWNER]), others, TenantConfig.stripe_customer_id)
        .join(own, own.tenant_id == Tenant.id)
        .outerjoin(TenantConfig, TenantConfig.tenant_id == Tenant.id)
        .where(own.user_id == user_id, Tenant.deleted.is_(None), Tenant.status != CLOSED)
        .order_by(func.lower(Tenant.name))
    )
    return [Place(*row) for row in await session.execute(query)]


async def hold_owners(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Nobody stops being an owner of their tenants, nor is erased from them, until the transaction ends."""
    theirs = select(TenantUser.tenant_id).where(TenantUser.user_id == user_id)
    owners = select(TenantUser.user_id).where(TenantUser.tenant_id.in_(theirs), TenantUser.roles.contains([OWNER]))
    await session.execute(owners.order_by(TenantUser.tenant_id, TenantUser.user_id).with_for_update())
