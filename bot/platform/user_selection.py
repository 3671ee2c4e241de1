"""Many customers' accounts at once: who is meant, to whom something can be done, and the change, a statement each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import ColumnElement, Text, Uuid, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import StaffMember, TenantUser, User
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


async def of_addresses(session: AsyncSession, addresses: Sequence[str]) -> tuple[list[uuid.UUID], list[str]]:
    """The accounts of these addresses (in lower case), and the addresses that are nobody's."""
    rows = await session.execute(
        select(User.id, func.lower(User.email)).where(_CUSTOMER, func.lower(User.email).in_(addresses))
    )
    found = {address: user_id for user_id, address in rows}
    return sorted(found.values()), [one for one in addresses if one not in found]


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
               WHEN :what = 'suspend' AND last_owner THEN 'the last owner of a tenant'
               WHEN :what = 'reinstate' AND status <> 'suspended' THEN 'not suspended'
               WHEN :what = 'reinstate' AND held THEN 'suspended for a time, which ends by itself'
               ELSE 'ready'
           END AS why, array_agg(id ORDER BY id) AS ids, (array_agg(email ORDER BY id))[1:3] AS sample
    FROM chosen GROUP BY 1 ORDER BY 1
    """
)


async def sort(session: AsyncSession, ids: Sequence[uuid.UUID], what: str) -> list[Group]:
    """The accounts by what can be done to them; `what`: suspend or reinstate."""
    rows = await session.execute(_SORT, {"ids": list(ids), "what": what})
    return [Group(why, tuple(found), tuple(sample)) for why, found, sample in rows]


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
