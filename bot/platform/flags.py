"""Feature flags as the platform has them: who has one and by which rule, and what a change would do."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.platform.models import (
    FeatureFlag,
    FeatureFlagAllowlist,
    PlatformBase,
    Tenant,
    TenantFeatureFlag,
    TenantUser,
    UserFeatureFlag,
)


class Rule(StrEnum):
    """What decided, in the order in which they are asked: the first that has an answer."""

    USER = "user override"
    TENANT = "tenant override"
    ALLOWLIST = "allowlist"
    ROLLOUT = "rollout"
    DEFAULT = "default"


def bucket(key: str, tenant_id: uuid.UUID) -> int:
    """Where the tenant stands in the flag's rollout, 0 to 99: it is in while this is below the percentage.

    A platform that hashes otherwise shows other numbers in previews, never another verification: that one asks it.
    """
    digest = hashlib.md5(f"{key}:{tenant_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % 100


@dataclass(frozen=True)
class Override:
    """A flag's value for one tenant or user, until `expires` if that is set."""

    enabled: bool
    expires: dt.datetime | None
    reason: str | None
    by: uuid.UUID | None
    updated: dt.datetime


OVERRIDE = [one.name for one in fields(Override)]


@dataclass(frozen=True)
class Flag:
    """A flag with everything that decides about it, at one moment. A replaced copy is how it would be.

    What has expired is kept, and does not count.
    """

    key: str
    description: str | None
    enabled: bool
    """The default."""
    rollout: int
    tenants: Mapping[uuid.UUID, Override]
    users: Mapping[uuid.UUID, Override]
    listed: Mapping[uuid.UUID, dt.datetime | None]
    """The allowlist: tenant → when it leaves it."""
    updated: dt.datetime
    updated_by: uuid.UUID | None
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    """The moment, by the database's clock."""

    def for_tenant(self, tenant_id: uuid.UUID) -> tuple[bool, Rule]:
        """Whether the tenant has it, and why."""
        override = self.tenants.get(tenant_id)
        if override and self._lasts(override.expires):
            return override.enabled, Rule.TENANT
        if tenant_id in self.listed and self._lasts(self.listed[tenant_id]):
            return True, Rule.ALLOWLIST
        if bucket(self.key, tenant_id) < self.rollout:
            return True, Rule.ROLLOUT
        return self.enabled, Rule.DEFAULT

    def for_user(self, user_id: uuid.UUID, tenant_id: uuid.UUID | None) -> tuple[bool, Rule]:
        """Whether the user has it where they work, in the tenant or in none, and why."""
        override = self.users.get(user_id)
        if override and self._lasts(override.expires):
            return override.enabled, Rule.USER
        return self.for_tenant(tenant_id) if tenant_id else (self.enabled, Rule.DEFAULT)

    def until(self, rule: Rule, whose: uuid.UUID) -> dt.datetime | None:
        """The end of the row by which this rule decides for them."""
        if rule is Rule.ALLOWLIST:
            return self.listed.get(whose)
        override = {Rule.USER: self.users, Rule.TENANT: self.tenants}.get(rule, {}).get(whose)
        return override.expires if override else None

    def _lasts(self, expires: dt.datetime | None) -> bool:
        return expires is None or expires > self.at


# Reading


async def load(session: AsyncSession, key: str, *, hold: bool = False) -> Flag | None:
    """The flag, None if there is none of that key; with `hold`, nobody else changes its own row until the end."""
    found = await _flags(session, FeatureFlag.key == key, hold=hold)
    return found[0] if found else None


async def names(session: AsyncSession) -> Sequence[str]:
    """The keys of all flags."""
    return list(await session.scalars(select(FeatureFlag.key).order_by(FeatureFlag.key)))


async def everything(session: AsyncSession) -> Sequence[Flag]:
    """All flags, by key."""
    return await _flags(session, true())


async def _flags(session: AsyncSession, condition: ColumnElement[bool], *, hold: bool = False) -> list[Flag]:
    if hold:  # first: what is read together with waiting for a lock may be older than what was waited for
        await session.execute(select(FeatureFlag.key).where(condition).order_by(FeatureFlag.key).with_for_update())
    query = select(
        FeatureFlag.key,
        FeatureFlag.description,
        FeatureFlag.is_enabled.label("enabled"),
        FeatureFlag.rollout_percentage.label("rollout"),
        FeatureFlag.updated,
        FeatureFlag.updated_by,
        func.clock_timestamp(type_=FeatureFlag.updated.type).label("at"),
        _overrides(TenantFeatureFlag, TenantFeatureFlag.tenant_id).label("tenants"),
        _overrides(UserFeatureFlag, UserFeatureFlag.user_id).label("users"),
        _listed().label("listed"),
    )
    rows = await session.execute(query.where(condition).order_by(FeatureFlag.key))
    return [_flag(dict(row)) for row in rows.mappings()]


_OWN = TypeAdapter(dict[uuid.UUID, Override])
_LISTED = TypeAdapter(dict[uuid.UUID, dt.datetime | None])


def _flag(row: Mapping[str, Any]) -> Flag:
    own = {name: _OWN.validate_python(row[name]) for name in ("tenants", "users")}
    return Flag(**{**row, **own, "listed": _LISTED.validate_python(row["listed"])})


def _overrides(
    table: type[TenantFeatureFlag | UserFeatureFlag], whose: InstrumentedAttribute[uuid.UUID]
) -> ColumnElement[Any]:
    """All of a flag, by whose they are."""
    values = (table.enabled, table.expires, table.reason, table.updated_by, table.updated)
    named = [part for name, value in zip(OVERRIDE, values, strict=True) for part in (name, value)]
    return _by(whose, func.jsonb_build_object(*named), table.flag_key)


def _listed() -> ColumnElement[Any]:
    row = FeatureFlagAllowlist
    return _by(row.tenant_id, row.expires, row.flag_key)


def _by(whose: Any, value: Any, flag_key: Any) -> ColumnElement[Any]:
    """An object of the flag's rows in another table: key → value."""
    found = select(func.jsonb_object_agg(whose, value)).where(flag_key == FeatureFlag.key).correlate(FeatureFlag)
    return func.coalesce(found.scalar_subquery(), text("'{}'::jsonb"))


# Writing; triggers of the platform tell its gateways


async def set_default(session: AsyncSession, key: str, *, enabled: bool, rollout: int, by: uuid.UUID | None) -> None:
    """Set what holds for everybody without a rule of their own, and for which share of tenants it is on anyway."""
    await session.execute(
        update(FeatureFlag)
        .where(FeatureFlag.key == key)
        .values(is_enabled=enabled, rollout_percentage=rollout, updated_by=by, updated=func.now())
    )


async def set_tenant(
    session: AsyncSession,
    key: str,
    tenant_id: uuid.UUID,
    override_enabled: bool | None,  # noqa: FBT001 - the value that is set
    *,
    expires: dt.datetime | None,
    reason: str | None,
    by: uuid.UUID | None,
) -> None:
    """Set the flag for a tenant, or (None) leave it to the rules that follow."""
    values = None if override_enabled is None else _override(override_enabled, expires, reason, by)
    await _put(session, TenantFeatureFlag, {"tenant_id": tenant_id, "flag_key": key}, values)


async def set_user(
    session: AsyncSession,
    key: str,
    user_id: uuid.UUID,
    override_enabled: bool | None,  # noqa: FBT001 - the value that is set
    *,
    expires: dt.datetime | None,
    reason: str | None,
    by: uuid.UUID | None,
) -> None:
    """Set the flag for a user, or (None) leave it to the rules that follow."""
    values = None if override_enabled is None else _override(override_enabled, expires, reason, by)
    await _put(session, UserFeatureFlag, {"user_id": user_id, "flag_key": key}, values)


async def set_listed(
    session: AsyncSession,
    key: str,
    tenant_id: uuid.UUID,
    listed: bool,  # noqa: FBT001 - the value that is set
    *,
    expires: dt.datetime | None,
    by: uuid.UUID | None,
) -> None:
    """Put a tenant on the flag's allowlist, or take it off."""
    values = {"expires": expires, "added_by": by, "added": func.now()} if listed else None
    await _put(session, FeatureFlagAllowlist, {"tenant_id": tenant_id, "flag_key": key}, values)


def _override(
    enabled: bool,  # noqa: FBT001 - the value that is set
    expires: dt.datetime | None,
    reason: str | None,
    by: uuid.UUID | None,
) -> dict[str, Any]:
    return {"enabled": enabled, "expires": expires, "reason": reason, "updated_by": by, "updated": func.now()}


async def _put(
    session: AsyncSession, table: type[PlatformBase], row: Mapping[str, Any], values: Mapping[str, Any] | None
) -> None:
    """Give the row these values, whether it is there or not; without values there is none."""
    if values is None:
        await session.execute(delete(table).filter_by(**row))
        return
    added = insert(table).values(**row, **values)
    await session.execute(added.on_conflict_do_update(index_elements=list(row), set_=dict(values)))


# What a change would do


@dataclass(frozen=True)
class Reach:
    """Whom a change of a flag reaches, of the tenants there are."""

    on: tuple[str, ...]
    """Names of the tenants that would get it, sorted."""
    off: tuple[str, ...]
    """Names of those that would lose it."""
    on_users: int
    """Members of those that would get it."""
    off_users: int
    before: int
    """Tenants that have it."""
    after: int
    """Tenants that would have it."""
    total: int


async def reach(session: AsyncSession, before: Flag, after: Flag) -> Reach:
    """What differs between two states of a flag, over tenants neither deleted nor churned."""
    members = (
        select(TenantUser.tenant_id, func.count().label("number")).group_by(TenantUser.tenant_id).subquery("members")
    )
    rows = await session.execute(
        select(Tenant.id, Tenant.name, func.coalesce(members.c.number, 0))
        .outerjoin(members, members.c.tenant_id == Tenant.id)
        .where(Tenant.deleted.is_(None), Tenant.status != "churned")
        .order_by(func.lower(Tenant.name), Tenant.id)
    )
    changes = [(before.for_tenant(one)[0], after.for_tenant(one)[0], name, number) for one, name, number in rows]
    gained = [(name, number) for had, has, name, number in changes if has and not had]
    lost = [(name, number) for had, has, name, number in changes if had and not has]
    return Reach(
        on=tuple(name for name, _ in gained),
        off=tuple(name for name, _ in lost),
        on_users=sum(number for _, number in gained),
        off_users=sum(number for _, number in lost),
        before=sum(had for had, *_ in changes),
        after=sum(has for _, has, *_ in changes),
        total=len(changes),
    )
