"""Tenants as people name them: found by name, told apart by plan and size."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import Plan, Subscription, Tenant, TenantUser, User
from bot.words import counted


@dataclass(frozen=True)
class TenantRecord:
    """One tenant at one moment."""

    id: uuid.UUID
    name: str
    status: str
    plan: str | None
    """The name of its plan; None without a subscription."""
    users: int

    @property
    def in_words(self) -> str:
        """What tells it from another of a similar name: `Scale, 45 users`."""
        size = counted(self.users, "user")
        state = "" if self.status == "active" else f", {self.status}"
        return f"{self.plan or 'no plan'}, {size}{state}"


async def _records(
    session: AsyncSession, condition: ColumnElement[bool], *, limit: int | None = None
) -> list[TenantRecord]:
    plan = (
        select(Plan.name)
        .join(Subscription, Subscription.plan_id == Plan.id)
        .where(Subscription.tenant_id == Tenant.id)
        .order_by(Subscription.current_period_end.desc().nulls_last())
        .limit(1)
        .scalar_subquery()
    )
    users = select(func.count()).where(TenantUser.tenant_id == Tenant.id).scalar_subquery()
    rows = await session.execute(
        select(Tenant.id, Tenant.name, Tenant.status, plan, users)
        .where(Tenant.deleted.is_(None), condition)
        .order_by(func.lower(Tenant.name), Tenant.id)
        .limit(limit)
    )
    return [TenantRecord(*row) for row in rows]


async def load(session: AsyncSession, tenant_id: uuid.UUID) -> TenantRecord | None:
    """The tenant, or None if there is none of that id, or not any more."""
    found = await _records(session, Tenant.id == tenant_id)
    return found[0] if found else None


async def active(session: AsyncSession) -> int:
    """How many are active now."""
    return await session.scalar(select(func.count()).where(Tenant.deleted.is_(None), Tenant.status == "active")) or 0


async def managers(session: AsyncSession, tenant_id: uuid.UUID) -> list[str]:
    """The addresses of its owners and admins whose accounts are active, in order."""
    found = await session.scalars(
        select(User.email)
        .join(TenantUser, TenantUser.user_id == User.id)
        .where(
            TenantUser.tenant_id == tenant_id,
            TenantUser.roles.overlap(["owner", "admin"]),
            User.status == "active",
            User.deleted.is_(None),
        )
        .order_by(func.lower(User.email))
    )
    return list(found)


async def names(session: AsyncSession, tenant_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """The names of those of them that there are."""
    if not tenant_ids:
        return {}
    rows = await session.execute(
        select(Tenant.id, Tenant.name).where(Tenant.id.in_(tenant_ids), Tenant.deleted.is_(None))
    )
    return {tenant_id: name for tenant_id, name in rows}  # noqa: C416 - dict() takes no rows


def pattern(typed: str) -> str:
    return typed.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


async def named(session: AsyncSession, typed: str, *, limit: int = 20) -> Sequence[TenantRecord]:
    """Tenants whom the text means: by their whole name, else by the first words of it."""
    wanted = typed.strip()
    if not wanted:
        return []
    exact = await _records(session, func.lower(Tenant.name) == wanted.lower(), limit=limit)
    if exact:
        return exact
    return await _records(session, func.lower(Tenant.name).like(pattern(wanted) + " %"), limit=limit)


async def matching(session: AsyncSession, typed: str, limit: int = 20) -> Sequence[TenantRecord]:
    """Tenants for type-ahead: whose name has a word that begins with the text."""
    wanted = pattern(typed.strip())
    name = func.lower(Tenant.name)
    return await _records(session, or_(name.like(f"{wanted}%"), name.like(f"% {wanted}%")), limit=limit)


async def alike(session: AsyncSession, typed: str, limit: int = 2_000) -> Sequence[str]:
    """Names that begin with the same letter: among them may be the one that was meant."""
    first = pattern(typed.strip()[:1])
    names = await session.scalars(
        select(Tenant.name)
        .where(Tenant.deleted.is_(None), func.lower(Tenant.name).like(f"{first}%"))
        .order_by(Tenant.name)
        .limit(limit)
    )
    return list(names)
