"""Many customers' accounts at once: who is meant, to whom something can be done, and the change, a statement each."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import ColumnElement, Text, Uuid, any_, bindparam, case, exists, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import LoginSession, StaffMember, TenantUser, User
from bot.platform.tables.people import UserStatus

ROLES = ("owner", "admin", "member")
STATUSES = get_args(UserStatus)

_CUSTOMER = User.deleted.is_(None) & ~exists().where(StaffMember.user_id == User.id)


def of_tenant(tenant_id: str) -> ColumnElement[bool]:
    return exists().where(TenantUser.user_id == User.id, TenantUser.tenant_id == uuid.UUID(tenant_id))


def with_role(role: str) -> ColumnElement[bool]:
    return exists().where(TenantUser.user_id == User.id, TenantUser.roles.contains([role]))


def with_status(status: str) -> ColumnElement[bool]:
    return User.status == status


def at_domain(domain: str) -> ColumnElement[bool]:
    return func.lower(func.split_part(User.email, "@", 2)) == domain.lower().removeprefix("@")


async def matching(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> list[uuid.UUID]:
    """Customers' living accounts for which all of it holds, by id: never a staff member's."""
    return list(await session.scalars(select(User.id).where(_CUSTOMER, *conditions).order_by(User.id)))


async def of_addresses(session: AsyncSession, addresses: Sequence[str]) -> dict[str, uuid.UUID]:
    """By each of these addresses (in lower case) whose account it is, where it is a customer's."""
    among = func.lower(User.email) == any_(literal([*addresses], ARRAY(Text)))
    rows = await session.execute(select(func.lower(User.email), User.id).where(_CUSTOMER, among))
    return {address: user_id for address, user_id in rows}  # noqa: C416 - rows are no pairs to mypy


async def addresses(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of these accounts."""
    among = User.id == any_(literal([*ids], ARRAY(Uuid)))
    return {one: address for one, address in await session.execute(select(User.id, User.email).where(among))}  # noqa: C416


async def now_with(session: AsyncSession, ids: Sequence[uuid.UUID], status: str) -> list[uuid.UUID]:
    """Those of these accounts that have this status now, in the same order."""
    among = User.id == any_(literal([*ids], ARRAY(Uuid)))
    found = set(await session.scalars(select(User.id).where(_CUSTOMER, among, User.status == status)))
    return [one for one in ids if one in found]


async def statuses(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """By the id of each of these accounts that is still there its status."""
    rows = await session.execute(select(User.id, User.status).where(User.id == any_(literal([*ids], ARRAY(Uuid)))))
    return {one: status for one, status in rows}  # noqa: C416 - rows are no pairs to mypy


SAMPLE = 20  # of those that are alike whose addresses are read


@dataclass(frozen=True)
class Group:
    """Accounts that are alike in what decides whether something can be done to them."""

    why: str
    """`ready`, or why not."""
    ids: tuple[uuid.UUID, ...]
    sample: tuple[str, ...]
    """A few of their addresses."""


# Who may be suspended: not who is already, and not whoever a tenant would have nobody left to manage it without.
_SORT = text(
    """
    WITH chosen AS (
        SELECT u.id, u.email, u.status,
               EXISTS (SELECT FROM pmbot.holds h WHERE h.ended IS NULL AND h.kind = 'suspension'
                       AND h.subject ->> 'id' = u.id::text) AS held,
               EXISTS (
                   SELECT FROM tenant_users own JOIN tenants t ON t.id = own.tenant_id AND t.deleted IS NULL
                   WHERE own.user_id = u.id AND 'owner' = ANY(own.roles) AND NOT EXISTS (
                       SELECT FROM tenant_users other JOIN users o ON o.id = other.user_id
                       WHERE other.tenant_id = own.tenant_id AND other.user_id <> u.id AND o.status = 'active'
                       AND o.deleted IS NULL AND 'owner' = ANY(other.roles) AND other.user_id <> ALL(:ids)
                   )
               ) AS last_owner
        FROM users u WHERE u.id = ANY(:ids)
    )
    SELECT CASE
               WHEN :what = 'suspend' AND status <> 'active' THEN 'already ' || status
               WHEN :what = 'suspend' AND last_owner THEN 'last owner of a tenant'
               WHEN :what = 'reinstate' AND status <> 'suspended' THEN 'not suspended'
               WHEN :what = 'reinstate' AND held THEN 'suspended for a time, which ends automatically'
               ELSE 'ready'
           END AS why, array_agg(id ORDER BY id) AS ids, (array_agg(email ORDER BY id))[1:20] AS sample
    FROM chosen GROUP BY 1 ORDER BY 1
    """
)


async def sort(session: AsyncSession, ids: Sequence[uuid.UUID], what: str) -> list[Group]:
    """The accounts by what can be done to them; `what`: suspend or reinstate."""
    rows = await session.execute(_SORT, {"ids": list(ids), "what": what})
    return [Group(why, tuple(found), tuple(sample)) for why, found, sample in rows]


async def sort_by(
    session: AsyncSession, ids: Sequence[uuid.UUID], rules: Mapping[str, ColumnElement[bool]]
) -> list[Group]:
    """The same by the first of these rules that holds for an account; none: it is ready."""
    why = case(*((rule, literal(said)) for said, rule in rules.items()), else_=literal("ready")).label("why")
    accounts = select(why, User.id, User.email).where(User.id == any_(literal([*ids], ARRAY(Uuid)))).subquery()
    found = accounts.c
    by_id = (
        func.array_agg(aggregate_order_by(found.id, found.id)),
        func.array_agg(aggregate_order_by(found.email, found.id)),
    )
    rows = await session.execute(select(found.why, *by_id).group_by(found.why).order_by(found.why))
    return [Group(said, tuple(members), tuple(emails[:SAMPLE])) for said, members, emails in rows]


def signed_in() -> ColumnElement[bool]:
    """Somewhere, now."""
    in_force = LoginSession.revoked.is_(None) & (LoginSession.expires > func.now())
    one = select(LoginSession.id).where(LoginSession.user_id == User.id, in_force).limit(1)
    return one.correlate(User).scalar_subquery().is_not(None)  # EXISTS would ask for the right to every column


def active() -> ColumnElement[bool]:
    return User.status == "active"


# Whoever is not as expected any more is left out. Each has a row in the compliance log, as if done to them alone.
CHANGE = text(
    """
    WITH chosen AS (SELECT id FROM users WHERE id = ANY(:ids) AND status = :was ORDER BY id FOR NO KEY UPDATE),
    changed AS (
        UPDATE users SET status = :becomes, status_reason = :reason, updated = now() FROM chosen
        WHERE users.id = chosen.id RETURNING users.id
    ),
    ended AS (
        UPDATE sessions SET revoked = now(), revoked_by = :by FROM changed
        WHERE sessions.user_id = changed.id AND sessions.revoked IS NULL AND sessions.expires > now()
          AND :becomes <> 'active'
        RETURNING sessions.id
    ),
    logged AS (
        INSERT INTO admin_audit_log (admin_user_id, action, resource_type, resource_id, tenant_id, old_values,
                                     new_values, metadata, data_classification, retention_category)
        SELECT :by, :action, 'user', changed.id::text,
               (SELECT t.id FROM tenant_users m JOIN tenants t ON t.id = m.tenant_id WHERE m.user_id = changed.id
                ORDER BY t.id LIMIT 1),
               jsonb_build_object('status', :was), jsonb_build_object('status', :becomes), '{}', 'internal', '7_years'
        FROM changed
    )
    SELECT (SELECT array_agg(id ORDER BY id) FROM changed), (SELECT count(*) FROM ended)
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    *(bindparam(name, type_=Text) for name in ("was", "becomes", "reason", "action")),
    bindparam("by", type_=Uuid),
)


async def lock(session: AsyncSession, ids: Sequence[uuid.UUID]) -> None:
    """Hold these accounts against changes until the transaction ends, in one order for everybody."""
    rows = select(User.id).where(User.id.in_(ids)).order_by(User.id).with_for_update(key_share=True)
    await session.execute(rows)


async def change(
    session: AsyncSession,
    ids: Sequence[uuid.UUID],
    was: str,
    becomes: str,
    *,
    by: uuid.UUID,
    action: str,
    reason: str | None,
) -> tuple[list[uuid.UUID], int]:
    """Set the status of those that have it as it was: whose, and how many sessions ended with it."""
    values = {"ids": list(ids), "was": was, "becomes": becomes, "by": by, "action": action, "reason": reason}
    done, ended = (await session.execute(CHANGE, values)).one()
    return list(done or ()), ended


# Of each account the tenant that its row in the compliance log names: the first of those that it belongs to.
_WHOSE = """(SELECT t.id FROM tenant_users m JOIN tenants t ON t.id = m.tenant_id WHERE m.user_id = {} ORDER BY t.id
            LIMIT 1)"""
_REVOKE = text(
    f"""
    WITH ended AS (
        UPDATE sessions SET revoked = now(), revoked_by = :by
        WHERE user_id = ANY(:ids) AND revoked IS NULL AND expires > now() RETURNING id, user_id
    )
    SELECT user_id, {_WHOSE.format("user_id")}, array_agg(id) FROM ended GROUP BY 1 ORDER BY 1
    """  # noqa: S608 - a constant
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("by", type_=Uuid))


async def revoke(
    session: AsyncSession, ids: Sequence[uuid.UUID], by: uuid.UUID
) -> list[tuple[uuid.UUID, uuid.UUID | None, list[uuid.UUID]]]:
    """End their sessions: of each that had one its id, its tenant and which."""
    rows = await session.execute(_REVOKE, {"ids": list(ids), "by": by})
    return [(who, tenant, list(ended)) for who, tenant, ended in rows]


_RESET = text(
    f"""
    WITH changed AS (
        UPDATE users SET password_reset = now(), updated = now()
        WHERE id = ANY(:ids) AND status = 'active' RETURNING id, email, password_reset
    )
    SELECT id, {_WHOSE.format("changed.id")}, email, password_reset FROM changed ORDER BY changed.id
    """  # noqa: S608
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def require_new_passwords(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, uuid.UUID | None, str, dt.datetime]]:
    """From now on their old passwords no longer count: of each its id, its tenant, its address and since when."""
    return [(*row,) for row in await session.execute(_RESET, {"ids": list(ids)})]
