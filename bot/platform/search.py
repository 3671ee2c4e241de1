"""Everything on the platform that a text may mean, in one statement: accounts, colleagues, tenants, what they own.

Each way to be found (an id, the beginning of a name or address, a word of a tenant's name) is an index of its own that
is read from its best match on and left after a few rows, so the size of the platform does not matter. The bounds are
parameters and no patterns, so one plan does for all. The indexes are those of `FOUND_BY` (bot/platform/tables/base.py).
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.tables.base import folded, same

What = Literal["user", "staff", "tenant", "workspace", "domain"]
MOST = 5  # of each kind
READ = 4 * MOST  # by each way: among them may be colleagues, and what another way finds, too
LAST = chr(0x10FFFF)  # sorts behind whatever follows the beginning of a text


@dataclass(frozen=True)
class Found:
    """One thing that was found."""

    what: What
    rank: int
    """The smaller, the better: 0 is the very thing, by its id or whole address."""
    id: uuid.UUID
    name: str
    email: str | None
    """Of an account."""
    state: str
    tenant_id: uuid.UUID | None
    """Of an account the first by name."""
    tenant: str | None
    roles: tuple[str, ...]
    """Of an account in that tenant."""


# Each of these reads at most a few rows of one index, the closest first.
_TYPED = folded("CAST(:typed AS text)")
_END = folded(f"CAST(:typed AS text) || '{LAST}'")
_FOLDED_ONCE = f"(SELECT {_TYPED})"  # for what looks at each row
# Of an address that nobody has, whose it would be.
_OF_ADDRESS = "nullif(split_part(CAST(:typed AS text), '@', 2), '')"


def _begins(columns: str, table: str, column: str, rank: int) -> str:
    """Rows whose text begins with what was typed; one that is just that ranks before the others."""
    key = folded(column)
    return f"""(SELECT {columns}, CASE WHEN key = {_FOLDED_ONCE} THEN {rank} ELSE {rank + 3} END AS rank FROM (
        SELECT {columns}, {key} AS key FROM {table} WHERE {key} ~>=~ {_TYPED} AND {key} ~<~ {_END}
        ORDER BY {key} USING ~<~ LIMIT {READ}) AS near)"""  # noqa: S608 -- of constants, as all below


def _is(columns: str, table: str, condition: str, rank: int = 0) -> str:
    """Rows of which that is so, read of an index: told that a few are enough, PostgreSQL would look for them by reading
    the table until it has them, and to its end where there are none.
    """
    return f"""(WITH those AS MATERIALIZED (SELECT {columns} FROM {table} WHERE {condition})
        SELECT {columns}, {rank} AS rank FROM those LIMIT {MOST + 1})"""  # noqa: S608


def _closest(what: What, ways: Sequence[str], order: str, shown: str, joined: str, where: str = "true") -> str:
    """Those that any of the ways finds, each once, by its best rank; what is told of them is read of those alone."""
    return f"""(SELECT '{what}' AS what, it.rank, {shown} FROM (
        SELECT it.* FROM (SELECT DISTINCT ON (id) * FROM ({" UNION ALL ".join(ways)}) AS way ORDER BY id, rank) AS it
        WHERE {where} ORDER BY it.rank, {order} LIMIT {MOST + 1}) AS it {joined} ORDER BY it.rank, {order})"""  # noqa: S608


_USER = "id, name, email, status"
_USERS = _closest(
    "user",
    [
        _is(_USER, "users", "id = CAST(:id AS uuid)"),
        _begins(_USER, "users", "email", 0),
        _begins(_USER, "users", "name", 1),
        _begins(_USER, "users", "family_name", 2),
    ],
    "it.status = 'deleted', lower(it.name) COLLATE \"C\", it.id",
    "it.id, it.name, it.email, it.status AS state, home.id AS tenant_id, home.name AS tenant, home.roles",
    """LEFT JOIN LATERAL (
        SELECT t.id, t.name, m.roles FROM tenant_users AS m JOIN tenants AS t ON t.id = m.tenant_id
        WHERE m.user_id = it.id AND t.deleted IS NULL ORDER BY lower(t.name), t.id LIMIT 1) AS home ON true""",
    "NOT EXISTS (SELECT FROM staff_members AS m WHERE m.user_id = it.id)",
)
# Each colleague's account by its id: asked by its name, the many customers of that name would be read, too.
_STAFF = f"""(SELECT 'staff' AS what,
        CASE WHEN u.id = CAST(:id AS uuid) OR u.folded_email = {_FOLDED_ONCE} THEN 0
             WHEN u.folded_name = {_FOLDED_ONCE} THEN 1 ELSE 4 END AS rank,
        u.id, u.name, u.email, CASE WHEN m.is_active THEN u.status ELSE 'not active as staff' END AS state,
        NULL::uuid AS tenant_id, NULL AS tenant, NULL::text[] AS roles
      FROM staff_members AS m CROSS JOIN LATERAL (
        SELECT id, name, email, status, {folded("name")} AS folded_name, {folded("email")} AS folded_email,
               {folded("family_name")} AS folded_family_name
        FROM users WHERE users.id = m.user_id OFFSET 0) AS u
      WHERE u.id = CAST(:id AS uuid) OR starts_with(u.folded_email, {_FOLDED_ONCE})
         OR starts_with(u.folded_name, {_FOLDED_ONCE}) OR starts_with(u.folded_family_name, {_FOLDED_ONCE})
      ORDER BY rank, u.name, u.id LIMIT {MOST + 1})"""  # noqa: S608
_TENANT = "id, name, status, deleted"
_TENANTS = _closest(
    "tenant",
    [
        _is(_TENANT, "tenants", "id = CAST(:id AS uuid)"),
        _is(_TENANT, "tenants", "id IN (SELECT tenant_id FROM tenant_config WHERE stripe_customer_id = :exact)"),
        _begins(_TENANT, "tenants", "name", 0),
        _is(_TENANT, "tenants", "to_tsvector('simple', name) @@ CAST(:words AS tsquery)", 5),
    ],
    'it.deleted IS NOT NULL, lower(it.name) COLLATE "C", it.id',
    """it.id, it.name, NULL AS email, concat_ws(', ', plan.name, CASE WHEN it.deleted IS NULL THEN it.status
        ELSE 'deleted' END) AS state, it.id AS tenant_id, it.name AS tenant, NULL::text[] AS roles""",
    """LEFT JOIN LATERAL (
        SELECT p.name FROM subscriptions AS s JOIN plans AS p ON p.id = s.plan_id WHERE s.tenant_id = it.id
        ORDER BY s.current_period_end DESC NULLS LAST LIMIT 1) AS plan ON true""",
)


def _owned(what: What, table: str, columns: Sequence[str], state: str, *more: str) -> str:
    """What belongs to a tenant, by the beginning of one of its columns, the first of which is its name."""
    name = columns[0]
    read = f"id, {name}, {state}, tenant_id"
    return _closest(
        what,
        [
            _is(read, table, "id = CAST(:id AS uuid)"),
            *(_begins(read, table, column, rank) for rank, column in enumerate(columns)),
            *(_is(read, table, condition, 2) for condition in more),
        ],
        f'lower(it.{name}) COLLATE "C", it.id',
        f"it.id, it.{name}, NULL AS email, it.{state} AS state, t.id AS tenant_id, t.name AS tenant,"
        " NULL::text[] AS roles",
        "JOIN tenants AS t ON t.id = it.tenant_id",
    )


_WORKSPACES = _owned("workspace", "companies", ("name", "workspace_name"), "status")
_DOMAINS = _owned("domain", "domains", ("domain",), "verification_status", same("domain", _OF_ADDRESS))
_KINDS = (_USERS, _STAFF, _TENANTS, _WORKSPACES, _DOMAINS)
STATEMENT, _ONLY_USERS = text(" UNION ALL ".join(_KINDS)), text(_USERS)
# One plan for whatever is typed. PostgreSQL else plans it anew each time, for longer than it takes, and by what is
# typed: a beginning that it believes rare it would look up and sort, and there may be a hundred thousand of it.
PLANNED_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")
_PLANNED_AS_USUAL = text("SET LOCAL plan_cache_mode = auto")


async def find(session: AsyncSession, typed: str) -> list[Found]:
    """What the text may mean, the best first; of each kind at most `MOST` and one, which says that there are more."""
    words = " & ".join(f"'{word}':*" for word in re.findall(r"\w{2,}", typed))
    found = await _read(session, STATEMENT, {"typed": typed, "exact": typed, "id": _id(typed), "words": words or None})
    best = {what: min(one.rank for one in found if one.what == what) for what in {one.what for one in found}}
    return sorted(found, key=lambda one: best[one.what])


async def users(session: AsyncSession, typed: str) -> list[Found]:
    """Of those, customers' accounts alone."""
    return await _read(session, _ONLY_USERS, {"typed": typed, "id": _id(typed)})


async def _read(session: AsyncSession, statement: TextClause, bound: dict[str, Any]) -> list[Found]:
    await session.execute(PLANNED_ONCE)
    rows = await session.execute(statement, bound)
    await session.execute(_PLANNED_AS_USUAL)
    return [Found(**{**row, "roles": tuple(row["roles"] or ())}) for row in rows.mappings()]


def _id(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None
