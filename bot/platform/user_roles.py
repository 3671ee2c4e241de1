"""What many users are in their tenants: who could become something else, and the change, a statement each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Belonging:
    """An account and what it is in the one tenant that is meant."""

    user_id: uuid.UUID
    email: str
    tenant_id: uuid.UUID | None
    was: tuple[str, ...]
    why: str
    """`ready`, or why its roles are not changed."""


# A tenant keeps an owner who can sign in and is none of those whose roles are changed.
_KEPT = """
    EXISTS (SELECT FROM tenant_users other JOIN users o ON o.id = other.user_id
            WHERE other.tenant_id = {tenant} AND 'owner' = ANY(other.roles) AND o.status = 'active'
              AND o.deleted IS NULL AND other.user_id <> ALL(:ids))
"""
_SORT = text(
    f"""
    SELECT u.id, u.email, m.tenant_id, coalesce(m.roles, '{{}}'),
           CASE WHEN m.tenant_id IS NULL THEN CASE WHEN :tenant IS NULL THEN 'in no tenant' ELSE 'not in it' END
                WHEN m.number > 1 THEN 'in several tenants: say in which'
                WHEN m.roles @> :roles AND m.roles <@ :roles THEN 'already in this role'
                WHEN 'owner' = ANY(m.roles) AND 'owner' <> ALL(:roles) AND NOT {_KEPT.format(tenant="m.tenant_id")}
                THEN 'last owner of a tenant'
                ELSE 'ready' END
    FROM users u LEFT JOIN LATERAL (
        SELECT t.id AS tenant_id, own.roles, count(*) OVER () AS number
        FROM tenant_users own JOIN tenants t ON t.id = own.tenant_id AND t.deleted IS NULL
        WHERE own.user_id = u.id AND (:tenant IS NULL OR t.id = :tenant) ORDER BY t.id LIMIT 1
    ) m ON true
    WHERE u.id = ANY(:ids) ORDER BY u.id
    """  # noqa: S608 - a constant
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)), bindparam("roles", type_=ARRAY(Text)), bindparam("tenant", type_=Uuid)
)


async def sort(
    session: AsyncSession, ids: Sequence[uuid.UUID], roles: Sequence[str], tenant_id: uuid.UUID | None
) -> list[Belonging]:
    """What these are in the tenant, or in their only one, and whether they can get these roles there instead."""
    rows = await session.execute(_SORT, {"ids": list(ids), "roles": list(roles), "tenant": tenant_id})
    return [Belonging(user, email, tenant, tuple(was), why) for user, email, tenant, was, why in rows]


_LOCK = text(
    """
    SELECT user_id FROM tenant_users
    WHERE tenant_id = ANY(:tenants) AND ('owner' = ANY(roles) OR user_id = ANY(:ids))
    ORDER BY tenant_id, user_id FOR UPDATE
    """
).bindparams(bindparam("tenants", type_=ARRAY(Uuid)), bindparam("ids", type_=ARRAY(Uuid)))


async def lock(session: AsyncSession, tenants: Sequence[uuid.UUID], ids: Sequence[uuid.UUID]) -> None:
    """Nobody changes what these are, or who owns the tenants, until the transaction ends."""
    await session.execute(_LOCK, {"tenants": list(tenants), "ids": list(ids)})


# Whoever is not what they were any more is left out.
_CHANGE = text(
    f"""
    UPDATE tenant_users m SET roles = :becomes
    WHERE m.tenant_id = :tenant AND m.user_id = ANY(:ids) AND m.roles = :was
      AND ('owner' <> ALL(:was) OR 'owner' = ANY(:becomes) OR {_KEPT.format(tenant=":tenant")})
    RETURNING m.user_id
    """  # noqa: S608
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("tenant", type_=Uuid),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("was", "becomes")),
)


async def change(
    session: AsyncSession, tenant_id: uuid.UUID, ids: Sequence[uuid.UUID], was: Sequence[str], becomes: Sequence[str]
) -> list[uuid.UUID]:
    """Give those of them other roles in the tenant who have exactly these; whom."""
    values = {"tenant": tenant_id, "ids": list(ids), "was": list(was), "becomes": list(becomes)}
    return sorted(await session.scalars(_CHANGE, values))


_OF_EACH = text(
    "SELECT user_id, json_object_agg(tenant_id, roles) FROM tenant_users WHERE user_id = ANY(:ids) GROUP BY user_id"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def of_each(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, list[str]]]:
    """By the account's id what it is, by the id of each tenant that it belongs to."""
    return {one: roles for one, roles in await session.execute(_OF_EACH, {"ids": list(ids)})}  # noqa: C416 - rows
