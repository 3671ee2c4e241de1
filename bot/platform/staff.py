"""Staff members and their sessions, as the platform's tables have them."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot import words
from bot.platform.models import (
    AdminAuditLog,
    LoginEvent,
    LoginSession,
    PlatformPermission,
    StaffMember,
    StaffMemberRole,
    StaffRole,
    StaffRolePermission,
    User,
)
from bot.store.base import table
from bot.store.prepared import Prepared

SUPER_ADMIN = "super_admin"
GONE = "somebody who has left"
ITSELF, BOT = uuid.UUID("b07b07b0-7b07-4b07-8b07-b07b07b07b07"), "the bot itself"
"""Who it is where nobody asked and the policy lets the bot act: no account on the platform, and no role anywhere."""
_USERS, _STAFF, _HELD, _ROLES = table(User), table(StaffMember), table(StaffMemberRole), table(StaffRole)


@dataclass(frozen=True)
class StaffRecord:
    """One staff member at one moment."""

    id: uuid.UUID
    name: str
    email: str
    status: str
    """`users.status`: active, suspended, deleted."""
    is_active: bool
    """`staff_members.is_active`."""
    roles: frozenset[str]

    @property
    def roles_in_words(self) -> str:
        """As people say them: `admin and super admin`, or `no role`."""
        return words.roles(sorted(self.roles)) or "no role"

    @property
    def may_act(self) -> bool:
        return self.is_active and self.status == "active"


@dataclass(frozen=True)
class SessionRecord:
    """A session that could still be used."""

    id: uuid.UUID
    ip: str
    user_agent: str
    created: dt.datetime
    last_seen: dt.datetime


class Named(Protocol):
    """What somebody's name is made of."""

    name: str
    given_name: str | None
    family_name: str | None
    email: str


def display_name(user: Named) -> str:
    """Never the whole address: names are shown to everybody, addresses are not."""
    given = " ".join(part for part in (user.given_name, user.family_name) if part)
    return user.name.strip() or given or user.email.partition("@")[0]


def called(user: Named | None) -> str:
    """As people read it, also when the account is gone."""
    return display_name(user) if user is not None else GONE


def held() -> ColumnElement[bool]:
    """A role that has not run out."""
    return or_(_HELD.c.expires.is_(None), _HELD.c.expires > func.now())


def _of_them(names: ColumnElement[str]) -> Select[Any]:
    """The names, in an array, of what they hold by a role; the caller joins what is named."""
    return (
        select(func.array_agg(names.distinct()))
        .select_from(_HELD)
        .where(_HELD.c.user_id == _USERS.c.id, held())
        .correlate(_USERS)
    )


def members() -> Select[Any]:
    """Staff with what makes a record of them (`record`)."""
    roles = _of_them(_ROLES.c.name).join(_ROLES, _ROLES.c.id == _HELD.c.role_id).scalar_subquery().label("roles")
    user = [_USERS.c[name] for name in ("id", "name", "given_name", "family_name", "email", "status")]
    return select(*user, _STAFF.c.is_active, roles).join_from(_USERS, _STAFF, _STAFF.c.user_id == _USERS.c.id)


def record(row: Any) -> StaffRecord:
    roles = frozenset(row.roles or ())
    return StaffRecord(row.id, display_name(row), row.email, row.status, row.is_active, roles)


async def _records(session: AsyncSession, query: Select[Any]) -> list[StaffRecord]:
    return [record(row) for row in await session.execute(query)]


# Asked at every turn, so built once: building them takes as long as running them.
_ONE = Prepared(members().where(_STAFF.c.user_id == bindparam("staff_id")))
_MAY, _ALLOWS = table(PlatformPermission), table(StaffRolePermission)
_GRANTED = (
    _of_them(_MAY.c.name)
    .join(_ALLOWS, _ALLOWS.c.role_id == _HELD.c.role_id)
    .join(_MAY, _MAY.c.id == _ALLOWS.c.permission_id)
    .scalar_subquery()
    .label("granted")
)


def abilities(staff_id: Any) -> Prepared:
    """The staff member of that id, an expression, with what their roles allow: to be made once, for `able_by`."""
    return Prepared(members().where(_STAFF.c.user_id == staff_id).add_columns(_GRANTED))


_ABLE = abilities(bindparam("staff_id"))
_ACCOUNT = select(_USERS.c.id).where(_USERS.c.id == bindparam("staff_id"))
_IS_STAFF = select(_STAFF.c.user_id).where(_STAFF.c.user_id == bindparam("staff_id"))
_MEMBER = Prepared(_IS_STAFF.with_for_update(key_share=True))
_CHANGING, _SPEAKING = Prepared(_ACCOUNT.with_for_update(key_share=True)), Prepared(_ACCOUNT.with_for_update(read=True))
_HOLDERS = (
    members()
    .where(
        _STAFF.c.is_active == true(),
        _USERS.c.status == "active",
        _STAFF.c.user_id.in_(
            select(_HELD.c.user_id)
            .join(_ROLES, _ROLES.c.id == _HELD.c.role_id)
            .where(_ROLES.c.name.in_(bindparam("roles", expanding=True)), held())
        ),
    )
    .order_by(_USERS.c.name)
)
_WANTED = bindparam("wanted", type_=Text)
_EXACTLY = Prepared(
    members().where(
        or_(
            func.lower(_USERS.c.email) == _WANTED,
            func.split_part(func.lower(_USERS.c.email), "@", 1) == _WANTED,
            func.lower(_USERS.c.name) == _WANTED,
        )
    )
)
_BY_PART = Prepared(
    members()
    .where(or_(func.lower(_USERS.c.given_name) == _WANTED, func.lower(_USERS.c.family_name) == _WANTED))
    .order_by(_USERS.c.name)
)
_SIGNED_IN, _SIGN_INS, _DONE = table(LoginSession), table(LoginEvent), table(AdminAuditLog)
_SESSIONS = Prepared(
    select(*(_SIGNED_IN.c[name] for name in ("id", "ip", "user_agent", "created", "last_seen")))
    .where(
        _SIGNED_IN.c.user_id == bindparam("user_id"),
        _SIGNED_IN.c.revoked.is_(None),
        _SIGNED_IN.c.expires > func.now(),
    )
    .order_by(_SIGNED_IN.c.last_seen.desc())
)
_MOST = bindparam("most", type_=Integer)
_LATELY = Prepared(
    union_all(
        select(
            _SIGN_INS.c.at,
            case((_SIGN_INS.c.succeeded, literal("signed in")), else_=literal("failed to sign in")).label("what"),
            _SIGN_INS.c.ip,
        )
        .where(_SIGN_INS.c.user_id == bindparam("user_id"))
        .order_by(_SIGN_INS.c.at.desc())
        .limit(_MOST),
        select(_DONE.c.creation_time, _DONE.c.action, _DONE.c.ip_address)
        .where(_DONE.c.admin_user_id == bindparam("user_id"))
        .order_by(_DONE.c.creation_time.desc())
        .limit(_MOST),
    )
)


async def load(session: AsyncSession, staff_id: uuid.UUID) -> StaffRecord | None:
    """The staff member, or None if there is no such row in `staff_members`."""
    row = await _ONE.one_or_none(session, staff_id=staff_id)
    return record(row) if row else None


async def able(session: AsyncSession, staff_id: uuid.UUID) -> tuple[StaffRecord, frozenset[str]] | None:
    """The same with what their roles allow (see `permissions`)."""
    return await able_by(session, _ABLE, staff_id=staff_id)


async def able_by(session: AsyncSession, statement: Prepared, **who: Any) -> tuple[StaffRecord, frozenset[str]] | None:
    """The same of whom a statement of `abilities` is about."""
    row = await statement.one_or_none(session, **who)
    return (record(row), frozenset(row.granted or ())) if row else None


def account(staff_id: uuid.UUID | None) -> uuid.UUID | None:
    """Whoever did something, as the platform's rows can refer to them: the bot itself has no account there."""
    return None if staff_id == ITSELF else staff_id


def called_by(staff_id: uuid.UUID | None) -> str:
    """What people call whoever has no account (any more)."""
    return BOT if staff_id == ITSELF else GONE


async def name_of(session: AsyncSession, staff_id: uuid.UUID | None) -> str:
    """As people read it, also when the account is gone."""
    record = await load(session, staff_id) if staff_id else None
    return record.name if record else called_by(staff_id)


async def people(
    session: AsyncSession, staff_ids: Collection[uuid.UUID], addresses: Collection[str]
) -> list[StaffRecord]:
    """Those with these ids, and those with these addresses: one statement."""
    by_address = func.lower(User.email).in_([one.lower() for one in addresses])
    return await _records(session, members().where(or_(StaffMember.user_id.in_(staff_ids), by_address)))


def by_address(people: Collection[StaffRecord], addresses: Sequence[str]) -> list[str]:
    """The names of those with these addresses, in their order."""
    known = {one.email.lower(): one.name for one in people}
    return [known[one.lower()] for one in addresses if one.lower() in known]


async def names(session: AsyncSession, staff_ids: Collection[uuid.UUID | None]) -> Mapping[uuid.UUID | None, str]:
    """The same of several, each of those asked for."""
    known = {one for one in staff_ids if one}
    rows = await session.execute(members().where(StaffMember.user_id.in_(known))) if known else ()
    return {**{one: called_by(one) for one in staff_ids}, **{row.id: display_name(row) for row in rows}}


async def lock_account(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Hold an account of whoever is no staff, as `lock` does one of staff."""
    await _CHANGING.rows(session, staff_id=user_id)


async def lock(session: AsyncSession, staff_id: uuid.UUID) -> None:
    """Hold the account, and that it is staff, against changes until the transaction ends.

    Others may still refer to it: whoever acts is written down by a row that does, and two may act on each other.
    """
    await _CHANGING.rows(session, staff_id=staff_id)
    await _MEMBER.rows(session, staff_id=staff_id)


async def hold(session: AsyncSession, changing: uuid.UUID | None, speaking: Collection[uuid.UUID]) -> None:
    """Lock the account that is about to change, and let nobody change those of whoever it is done on the word of.

    In the order of their ids, so that two who act on each other wait and do not cross.
    """
    for staff_id in sorted({*speaking, *([changing] if changing else [])}):
        await (_CHANGING if staff_id == changing else _SPEAKING).rows(session, staff_id=staff_id)


async def named(session: AsyncSession, typed: str) -> list[StaffRecord]:
    """Staff whom the text means: by address, by the part before the @, by full name, by one of their names."""
    wanted = typed.strip().lower()
    found = await _EXACTLY.rows(session, wanted=wanted) or await _BY_PART.rows(session, wanted=wanted)
    return [record(row) for row in found]


async def matching(session: AsyncSession, typed: str, limit: int = 20) -> list[StaffRecord]:
    """Staff for type-ahead: whose name, or address before the @, contains the text."""
    pattern = "%" + typed.strip().lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    query = members().where(
        or_(func.lower(User.name).like(pattern), func.split_part(func.lower(User.email), "@", 1).like(pattern))
    )
    return await _records(session, query.order_by(User.name).limit(limit))


async def everybody(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[StaffRecord]:
    """All staff, active or not, by name; of them those for whom all of this holds."""
    return await _records(session, members().where(*conditions).order_by(User.name))


def with_role(role: str) -> ColumnElement[bool]:
    """Whoever holds this role now, in a query of staff."""
    of_them = select(StaffMemberRole.user_id).join(StaffRole, StaffRole.id == StaffMemberRole.role_id)
    return User.id.in_(of_them.where(StaffRole.name == role, held()))


def with_status(status: str) -> ColumnElement[bool]:
    return User.status == status


async def active_with_roles(session: AsyncSession, roles: Collection[str]) -> list[StaffRecord]:
    """Active staff who hold at least one of the roles, by name."""
    return [record(row) for row in await session.execute(_HOLDERS, {"roles": list(roles)})]


async def permissions_by_role(session: AsyncSession, roles: Collection[str]) -> Mapping[str, frozenset[str]]:
    """What each of the roles allows."""
    rows = await session.execute(
        select(StaffRole.name, func.array_agg(PlatformPermission.name))
        .join(StaffRolePermission, StaffRolePermission.role_id == StaffRole.id)
        .join(PlatformPermission, PlatformPermission.id == StaffRolePermission.permission_id)
        .where(StaffRole.name.in_(roles))
        .group_by(StaffRole.name)
    )
    return {role: frozenset(names) for role, names in rows}


async def permissions(session: AsyncSession, roles: Collection[str]) -> frozenset[str]:
    """What the roles allow, as the platform's tables say: also what other tools and packages ask of them."""
    rows = await session.scalars(
        select(PlatformPermission.name)
        .join(StaffRolePermission, StaffRolePermission.permission_id == PlatformPermission.id)
        .join(StaffRole, StaffRole.id == StaffRolePermission.role_id)
        .where(StaffRole.name.in_(roles))
    )
    return frozenset(rows)


async def active_sessions(session: AsyncSession, user_id: uuid.UUID) -> list[SessionRecord]:
    """Sessions neither revoked nor expired, newest use first."""
    rows = await _SESSIONS.rows(session, user_id=user_id)
    return [SessionRecord(row.id, str(row.ip), row.user_agent or "", row.created, row.last_seen) for row in rows]


async def revoke_sessions(session: AsyncSession, user_id: uuid.UUID, by: uuid.UUID | None) -> list[uuid.UUID]:
    """End every session of the user that could still be used; the ids of those that were ended."""
    ended = await session.scalars(
        update(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.revoked.is_(None), LoginSession.expires > func.now())
        .values(revoked=func.now(), revoked_by=by)
        .returning(LoginSession.id)
    )
    return list(ended)


async def set_active(session: AsyncSession, user_id: uuid.UUID, *, active: bool) -> None:
    """Make somebody staff again, or no longer; a trigger of the platform tells its gateways."""
    await session.execute(
        update(StaffMember).where(StaffMember.user_id == user_id).values(is_active=active, updated=func.now())
    )


@dataclass(frozen=True)
class Activity:
    """What somebody did lately: one line."""

    at: dt.datetime
    what: str
    ip: str | None


async def recent_activity(session: AsyncSession, user_id: uuid.UUID, limit: int = 5) -> Sequence[Activity]:
    """The latest sign-ins and administrative actions, newest first."""
    rows = await _LATELY.rows(session, user_id=user_id, most=limit)
    lines = [Activity(row.at, words.plain(row.what), row.ip or None) for row in rows]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]
