"""Customers' accounts and the tenants they belong to; staff members are in `staff`."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import LoginEvent, StaffMember, Tenant, TenantPolicy, TenantUser, User, UserFeatureFlag
from bot.platform.staff import display_name
from bot.platform.tables.base import same
from bot.words import listed


@dataclass(frozen=True)
class Membership:
    """A tenant that somebody belongs to, and as what."""

    tenant_id: uuid.UUID
    tenant: str
    roles: tuple[str, ...]
    """Of the tenant's own: owner, admin, member."""

    @property
    def in_words(self) -> str:
        return f"{listed(self.roles) or 'no role'} of {self.tenant}"


@dataclass(frozen=True)
class UserRecord:
    """One customer's account at one moment."""

    id: uuid.UUID
    name: str
    email: str
    email_verified: bool
    status: str
    """`users.status`: active, suspended, deleted."""
    status_reason: str | None
    password_reset: dt.datetime | None
    """Since when a new password is required; None: it is not."""
    memberships: tuple[Membership, ...]
    """By the tenants' names."""

    @property
    def tenant_ids(self) -> tuple[uuid.UUID, ...]:
        return tuple(one.tenant_id for one in self.memberships)

    @property
    def tenant_names(self) -> tuple[str, ...]:
        return tuple(one.tenant for one in self.memberships)

    @property
    def apart(self) -> str:
        """What tells it from another of the same name, nothing personal: `owner of Acme Corp, suspended`."""
        state = "" if self.status == "active" else f", {self.status}"
        return f"{listed(one.in_words for one in self.memberships[:2]) or 'in no tenant'}{state}"


@dataclass(frozen=True)
class SignIn:
    """An attempt to sign in."""

    at: dt.datetime
    succeeded: bool
    ip: str | None
    user_agent: str


@dataclass(frozen=True)
class OwnFlag:
    """A flag that is set for one user alone."""

    key: str
    enabled: bool
    expires: dt.datetime | None


async def load(session: AsyncSession, user_id: uuid.UUID) -> UserRecord | None:
    """The account, also a deleted one; None if there is none of that id, or it is a staff member's."""
    return await _record(session, User.id == user_id)


async def several(session: AsyncSession, user_ids: Sequence[uuid.UUID]) -> list[UserRecord]:
    """The accounts of these ids, in their order, without those that are no customer's."""
    found = {one.id: one for one in await _records(session, User.id.in_(user_ids))}
    return [found[one] for one in user_ids if one in found]


async def by_email(session: AsyncSession, email: str) -> UserRecord | None:
    """The account of that address, in whatever case it is written; a deleted one has left its address."""
    return await _record(session, (func.lower(User.email) == email.strip().lower()) & User.deleted.is_(None))


async def named(session: AsyncSession, name: str, limit: int = 20) -> list[UserRecord]:
    """The living accounts of that whole name; by its index (see `search`)."""
    called = text(same("users.name", "CAST(:name AS text)")).bindparams(name=name.strip())
    return await _records(session, and_(called, User.deleted.is_(None)), limit=limit)


async def _record(session: AsyncSession, condition: ColumnElement[bool]) -> UserRecord | None:
    found = await _records(session, condition)
    return found[0] if found else None


async def _records(
    session: AsyncSession, condition: ColumnElement[bool], *, limit: int | None = None
) -> list[UserRecord]:
    is_staff = exists().where(StaffMember.user_id == User.id)
    query = select(User, _memberships()).where(condition, ~is_staff).order_by(func.lower(User.email), User.id)
    rows = await session.execute(query.limit(limit).execution_options(populate_existing=True))
    return [
        UserRecord(
            id=one.id,
            name=display_name(one),
            email=one.email,
            email_verified=one.email_verified,
            status=one.status,
            status_reason=one.status_reason,
            password_reset=one.password_reset,
            memberships=_MEMBERSHIPS.validate_python(belonging or ()),
        )
        for one, belonging in rows
    ]


_MEMBERSHIPS = TypeAdapter(tuple[Membership, ...])


def _memberships() -> ScalarSelect[Any]:
    """Of an account, as JSON, by the tenants' names."""
    one = func.jsonb_build_object("tenant_id", Tenant.id, "tenant", Tenant.name, "roles", TenantUser.roles)
    return (
        select(func.jsonb_agg(aggregate_order_by(one, func.lower(Tenant.name), Tenant.id)))
        .join_from(TenantUser, Tenant, TenantUser.tenant_id == Tenant.id)
        .where(TenantUser.user_id == User.id, Tenant.deleted.is_(None))
        .correlate(User)
        .scalar_subquery()
    )


async def sign_ins(
    session: AsyncSession, user_id: uuid.UUID, *, limit: int, succeeded: bool | None = None
) -> list[SignIn]:
    """The latest attempts to sign in, newest first: all, or only those that succeeded or failed."""
    query = select(LoginEvent).where(LoginEvent.user_id == user_id).order_by(LoginEvent.at.desc()).limit(limit)
    rows = await session.scalars(query if succeeded is None else query.where(LoginEvent.succeeded == succeeded))
    return [SignIn(one.at, one.succeeded, str(one.ip) if one.ip else None, one.user_agent or "") for one in rows]


async def own_flags(session: AsyncSession, user_id: uuid.UUID) -> list[OwnFlag]:
    """The flags that are set for the user alone and in force, by key."""
    own = UserFeatureFlag
    rows = await session.execute(
        select(own.flag_key, own.enabled, own.expires)
        .where(own.user_id == user_id, or_(own.expires.is_(None), own.expires > func.now()))
        .order_by(own.flag_key)
    )
    return [OwnFlag(*row) for row in rows]


async def requiring_two_factors(session: AsyncSession, tenant_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the tenants whose policy requires two-factor sign-in."""
    query = select(TenantPolicy.tenant_id).where(
        TenantPolicy.tenant_id.in_(tenant_ids), TenantPolicy.two_factor_required
    )
    return set(await session.scalars(query))


# Writing


async def hold_members(session: AsyncSession, tenant_id: uuid.UUID) -> None:
    """Nobody changes who owns the tenant until the transaction ends."""
    owners = select(TenantUser.user_id).where(TenantUser.tenant_id == tenant_id, TenantUser.roles.contains(["owner"]))
    await session.execute(owners.order_by(TenantUser.user_id).with_for_update())


async def owned_by_others(
    session: AsyncSession, tenant_ids: Collection[uuid.UUID], besides: uuid.UUID
) -> set[uuid.UUID]:
    """Those of the tenants that somebody else owns whose account is active."""
    query = (
        select(TenantUser.tenant_id)
        .join(User, User.id == TenantUser.user_id)
        .where(
            TenantUser.tenant_id.in_(tenant_ids),
            TenantUser.roles.contains(["owner"]),
            TenantUser.user_id != besides,
            User.deleted.is_(None),
            User.status == "active",
        )
    )
    return set(await session.scalars(query.distinct()))


async def set_roles(session: AsyncSession, tenant_id: uuid.UUID, user_id: uuid.UUID, roles: Sequence[str]) -> None:
    """Set what the user is in the tenant; a trigger of the platform tells its gateways."""
    await session.execute(
        update(TenantUser)
        .where(TenantUser.tenant_id == tenant_id, TenantUser.user_id == user_id)
        .values(roles=list(roles))
    )


async def require_new_password(session: AsyncSession, user_id: uuid.UUID) -> dt.datetime:
    """From now on the old one no longer counts; since when, by the database's clock."""
    query = update(User).where(User.id == user_id).values(password_reset=func.now(), updated=func.now())
    return (await session.scalars(query.returning(User.password_reset))).one()  # type: ignore[return-value]
