"""Fills empty platform tables with a believable platform: the same one each time, relative to `now`."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Table, exists, select
from sqlalchemy.dialects.postgresql import JSONB

from bot.demo.data import LENT_ROLES, STAFF, Person, Row, Tables, token_for
from bot.demo.seed_business import beta_tables
from bot.demo.seed_history import history_tables
from bot.demo.seed_operations import operation_tables
from bot.demo.seed_staff import later_staff_tables, staff_tables
from bot.demo.seed_tenants import tenant_tables
from bot.platform.models import Campaign, PlatformBase, StaffMemberRole, StaffRole, Tenant, User
from bot.platform.schema import default_rows

__all__ = ["NotEmpty", "SeedSummary", "seed", "token_for"]


class NotEmpty(Exception):
    """The tables hold a platform already, and demo data must never be mixed into one."""


@dataclass(frozen=True)
class SeedSummary:
    """How many rows each table got."""

    rows: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = ("staff_members", "tenants", "tenant_users", "jobs", "outbound_messages")
        return ", ".join(f"{self.rows.get(table, 0):,} {table.replace('_', ' ')}" for table in shown)


def seed(connection: Connection, *, now: datetime) -> SeedSummary:
    """Fill the tables in the caller's transaction; `now` is an aware time. Raises NotEmpty."""
    _refuse_unless_empty(connection)
    rng = random.Random("penguinmails")
    tables = _merged([staff_tables(now, rng), tenant_tables(now, rng)])
    tables = _merged([tables, history_tables(now, tables[Campaign]), later_staff_tables(now), beta_tables(now)])
    tables |= operation_tables(now, rng, [tenant["id"] for tenant in tables[Tenant]])
    tables[StaffMemberRole] = list(_held_roles(_roles(connection), now))
    by_name = {str(model.__tablename__): rows for model, rows in tables.items()}
    for table in PlatformBase.metadata.sorted_tables:
        if rows := by_name.get(table.name):
            _copy(connection, table, rows)
    return SeedSummary({name: len(rows) for name, rows in by_name.items()})


def _refuse_unless_empty(connection: Connection) -> None:
    for model in (User, Tenant):
        if connection.scalar(select(exists(select(model)))):
            raise NotEmpty(
                f"The table {model.__tablename__} has rows already: this may be a real platform, so no demo data was"
                " written. Use an empty database, or drop this one if it was a demo."
            )


def _merged(parts: Iterable[Tables]) -> Tables:
    merged: Tables = {}
    for part in parts:
        for model, rows in part.items():
            merged.setdefault(model, []).extend(rows)
    return merged


def _roles(connection: Connection) -> dict[str, Any]:
    """See that roles and what they allow are there, as a migration may have done, and find the roles' ids."""
    connection.exec_driver_sql(default_rows())
    return {name: role_id for role_id, name in connection.execute(select(StaffRole.id, StaffRole.name))}


def _held_roles(roles: dict[str, Any], now: datetime) -> Iterator[Row]:
    for person in STAFF:
        for role in person.roles:
            yield _held_role(person, roles[role], now - timedelta(days=200), None)
        for lent in LENT_ROLES:
            if lent.local_part == person.local_part:
                yield _held_role(person, roles[lent.role], now - timedelta(days=2), now + timedelta(days=lent.days))


def _held_role(person: Person, role_id: Any, granted: datetime, expires: datetime | None) -> Row:
    return {
        "user_id": person.id,
        "role_id": role_id,
        "granted_by": STAFF[0].id,
        "granted": granted,
        "expires": expires,
    }


def _copy(connection: Connection, table: Table, rows: list[Row]) -> None:
    """COPY, since it is ten times as fast as INSERT; the columns are those of the first row."""
    columns = list(rows[0])
    json = {name for name in columns if isinstance(table.c[name].type, JSONB)}
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 -- the connection is in use
    quoted = ", ".join(f'"{name}"' for name in columns)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({quoted}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([Jsonb(row[name]) if name in json else row[name] for name in columns])
