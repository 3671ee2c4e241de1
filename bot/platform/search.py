"""Everything on the platform that a text may mean, in one statement: accounts, colleagues, tenants, what they own.

Each way to be found (an id, the beginning of a name or address, a word of a tenant's name) is an index of its own that
is read from its best match on and left after a few rows, so the size of the platform does not matter. The bounds are
parameters and no patterns: PostgreSQL plans it once. The indexes are those of `FOUND_BY` (bot/platform/tables/base.py).
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import RowMapping, text
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
# Of an address that nobody has, whose it would be.
_OF_ADDRESS = "nullif(split_part(CAST(:typed AS text), '@', 2), '')"


def _begins(columns: str, table: str, column: str, rank: int) -> str:
    """Rows whose text begins with what was typed; one that is just that ranks before the others.

    Nothing is joined here: PostgreSQL, which expects one such row, would read and sort a million of them.
    """
    key = folded(column)
    return f"""(SELECT {columns}, CASE WHEN {key} = {_TYPED} THEN {rank} ELSE {rank + 3} END AS rank
      FROM {table} WHERE {key} ~>=~ {_TYPED} AND {key} ~<~ {_END}
      ORDER BY {key} USING ~<~ LIMIT {READ})"""  # noqa: S608 -- of constants, as all below


def _is(columns: str, table: str, condition: str, rank: int = 0) -> str:
    return f"(SELECT {columns}, {rank} AS rank FROM {table} WHERE {condition} LIMIT {MOST + 1})"  # noqa: S608


def _closest(what: What, ways: Sequence[str], shown: str, table: str, order: str, where: str = "true") -> str:
    """Those that any of the ways finds, each once, by its best rank."""
    return f"""(SELECT '{what}' AS what, it.rank, {shown}
      FROM (SELECT id, min(rank) AS rank FROM ({" UNION ALL ".join(ways)}) AS ways GROUP BY id) AS it
      JOIN {table} WHERE {where} ORDER BY it.rank, {order} LIMIT {MOST + 1})"""  # noqa: S608


_USERS = _closest(
    "user",
    [
        _is("id", "users", "id = CAST(:id AS uuid)"),
        _begins("id", "users", "email", 0),
        _begins("id", "users", "name", 1),
        _begins("id", "users", "family_name", 2),
    ],
    "u.id, u.name, u.email, u.status AS state, home.id AS tenant_id, home.name AS tenant, home.roles",
    """users AS u USING (id) LEFT JOIN LATERAL (
        SELECT t.id, t.name, m.roles FROM tenant_users AS m JOIN tenants AS t ON t.id = m.tenant_id
        WHERE m.user_id = u.id AND t.deleted IS NULL ORDER BY lower(t.name), t.id LIMIT 1) AS home ON true""",
    "u.status = 'deleted', lower(u.name) COLLATE \"C\", u.id",
    "NOT EXISTS (SELECT FROM staff_members AS m WHERE m.user_id = u.id)",
)
# Each colleague's account by its id: asked by its name, the many customers of that name would be read, too.
_STAFF = f"""(SELECT 'staff' AS what,
        CASE WHEN u.id = CAST(:id AS uuid) OR {folded("u.email")} = {_TYPED} THEN 0
             WHEN {folded("u.name")} = {_TYPED} THEN 1 ELSE 4 END AS rank,
        u.id, u.name, u.email, CASE WHEN m.is_active THEN u.status ELSE 'not active as staff' END AS state,
        NULL::uuid AS tenant_id, NULL AS tenant, NULL::text[] AS roles
      FROM staff_members AS m CROSS JOIN LATERAL (
        SELECT id, name, family_name, email, status FROM users WHERE users.id = m.user_id OFFSET 0) AS u
      WHERE u.id = CAST(:id AS uuid) OR starts_with({folded("u.email")}, {_TYPED})
         OR starts_with({folded("u.name")}, {_TYPED}) OR starts_with({folded("u.family_name")}, {_TYPED})
      ORDER BY rank, u.name, u.id LIMIT {MOST + 1})"""  # noqa: S608
_TENANTS = _closest(
    "tenant",
    [
        _is("id", "tenants", "id = CAST(:id AS uuid)"),
        _is("tenant_id AS id", "tenant_config", "stripe_customer_id = :exact"),
        _begins("id", "tenants", "name", 0),
        _is("id", "tenants", "to_tsvector('simple', name) @@ CAST(:words AS tsquery)", 5),
    ],
    """t.id, t.name, NULL AS email, concat_ws(', ', plan.name, CASE WHEN t.deleted IS NULL THEN t.status
        ELSE 'deleted' END) AS state, t.id AS tenant_id, t.name AS tenant, NULL::text[] AS roles""",
    """tenants AS t USING (id) LEFT JOIN LATERAL (
        SELECT p.name FROM subscriptions AS s JOIN plans AS p ON p.id = s.plan_id WHERE s.tenant_id = t.id
        ORDER BY s.current_period_end DESC NULLS LAST LIMIT 1) AS plan ON true""",
    't.deleted IS NOT NULL, lower(t.name) COLLATE "C", t.id',
)


def _owned(what: What, ways: Sequence[str], table: str, name: str, state: str) -> str:
    """What belongs to a tenant."""
    return _closest(
        what,
        ways,
        f"one.id, one.{name}, NULL AS email, one.{state} AS state, t.id AS tenant_id, t.name AS tenant,"
        " NULL::text[] AS roles",
        f"{table} AS one USING (id) JOIN tenants AS t ON t.id = one.tenant_id",
        f'lower(one.{name}) COLLATE "C", one.id',
    )


_WORKSPACES = _owned(
    "workspace",
    [
        _is("id", "companies", "id = CAST(:id AS uuid)"),
        _begins("id", "companies", "name", 0),
        _begins("id", "companies", "workspace_name", 1),
    ],
    "companies",
    "name",
    "status",
)
_DOMAINS = _owned(
    "domain",
    [
        _is("id", "domains", "id = CAST(:id AS uuid)"),
        _begins("id", "domains", "domain", 0),
        _is("id", "domains", same("domain", _OF_ADDRESS), 2),
    ],
    "domains",
    "domain",
    "verification_status",
)
_KINDS = (_USERS, _STAFF, _TENANTS, _WORKSPACES, _DOMAINS)
_STATEMENT, _ONLY_USERS = text(" UNION ALL ".join(_KINDS)), text(_USERS)


async def find(session: AsyncSession, typed: str) -> list[Found]:
    """What the text may mean, the best first; of each kind at most `MOST` and one, which says that there are more."""
    words = " & ".join(f"'{word}':*" for word in re.findall(r"\w{2,}", typed))
    bound = {"typed": typed, "exact": typed, "id": _id(typed), "words": words or None}
    found = [_found(row) for row in (await session.execute(_STATEMENT, bound)).mappings()]
    best = {what: min(one.rank for one in found if one.what == what) for what in {one.what for one in found}}
    return sorted(found, key=lambda one: best[one.what])


async def users(session: AsyncSession, typed: str) -> list[Found]:
    """Of those, customers' accounts alone."""
    bound = {"typed": typed, "id": _id(typed)}
    return [_found(row) for row in (await session.execute(_ONLY_USERS, bound)).mappings()]


def _found(row: RowMapping) -> Found:
    return Found(**{**row, "roles": tuple(row["roles"] or ())})


def _id(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None
