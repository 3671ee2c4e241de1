"""What the bot needs of PenguinMails' schema: triggers that announce changes, the rights of the bot's
role, the default roles, and what of all this a given database still lacks.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ClauseElement, Column, Connection, Table, inspect, make_url, text
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from bot.permissions import DEFAULT_GRANTS, every, grants
from bot.platform.models import PlatformBase
from bot.platform.writes import AGREEMENTS, TENANT_POLICIES, TENANT_SETTINGS, Write

ROLE = "pmbot_app"
CHANNEL = "platform_changed"

# Roles belong to the whole server: two databases may be set up at the same moment.
ROLE_SQL = f"""\
DO $$ BEGIN
  CREATE ROLE {ROLE} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
"""


class Watch(NamedTuple):
    """A table whose changes are announced: an update of `columns`, and the `rows` events in full."""

    table: str
    columns: tuple[str, ...]
    says: tuple[str, ...]  # the announcement's own keys, each "key=column" of the row
    rows: str


# A session is announced by its user alone: PostgreSQL then folds one person's sessions into one message.
WATCHES = (
    Watch("sessions", ("revoked", "expires"), ("user_id=user_id",), "DELETE"),
    Watch("users", ("status", "password_reset"), ("user_id=id",), "DELETE"),
    Watch("staff_members", ("is_active",), ("user_id=user_id",), "INSERT OR DELETE"),
    Watch("staff_member_roles", ("granted", "expires"), ("user_id=user_id",), "INSERT OR DELETE"),
    Watch("feature_flags", ("key", "is_enabled", "rollout_percentage"), ("key=key",), "INSERT OR DELETE"),
    Watch("tenant_feature_flags", ("enabled", "expires"), ("key=flag_key", "tenant_id=tenant_id"), "INSERT OR DELETE"),
    Watch("user_feature_flags", ("enabled", "expires"), ("key=flag_key", "user_id=user_id"), "INSERT OR DELETE"),
    Watch("feature_flag_allowlist", ("expires",), ("key=flag_key", "tenant_id=tenant_id"), "INSERT OR DELETE"),
    Watch("queue_pauses", ("ends", "lifted"), ("queue_name=queue_name", "tenant_id=tenant_id"), "INSERT OR DELETE"),
    Watch("tenant_invitations", ("accepted", "withdrawn"), ("tenant_id=tenant_id",), "INSERT OR DELETE"),
    Watch("tenant_users", ("roles",), ("user_id=user_id", "tenant_id=tenant_id"), "INSERT OR DELETE"),
    Watch("tenant_overrides", AGREEMENTS.update, ("tenant_id=tenant_id",), "INSERT OR DELETE"),
    Watch("tenant_policies", TENANT_POLICIES.update, ("tenant_id=tenant_id",), "INSERT OR DELETE"),
    Watch("tenant_config", TENANT_SETTINGS.update, ("tenant_id=tenant_id",), "INSERT OR DELETE"),
    Watch("system_config", ("value", "staged"), ("key=key",), "INSERT OR DELETE"),
    Watch("tenants", ("status", "approval"), ("tenant_id=id",), "DELETE"),
    Watch("job_queues", ("is_active",), ("queue_name=name",), "INSERT OR DELETE"),
    Watch("campaigns", ("status",), ("id=id",), "DELETE"),
    Watch("email_accounts", ("status",), ("id=id",), "DELETE"),
    Watch("smtp_ip_addresses", ("status",), ("id=id",), "DELETE"),
)

FUNCTION_BODY = f"""
DECLARE
  changed jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
  payload jsonb;
BEGIN
  SELECT jsonb_build_object('table', TG_TABLE_NAME)
         || jsonb_object_agg(split_part(said, '=', 1), changed -> split_part(said, '=', 2))
    INTO payload FROM unnest(TG_ARGV) AS said;
  PERFORM pg_catalog.pg_notify('{CHANNEL}', payload::text);
  RETURN NULL;
END
"""  # noqa: S608 -- a constant, not a query put together from what somebody typed


def _trigger_sql(watch: Watch) -> str:
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in watch.columns)
    arguments = ", ".join(f"'{said}'" for said in watch.says)
    call = f"EXECUTE FUNCTION pmbot_announce_change({arguments})"
    return (
        f"CREATE OR REPLACE TRIGGER pmbot_{watch.table}_changed AFTER UPDATE OF {', '.join(watch.columns)}\n"
        f"  ON {watch.table} FOR EACH ROW WHEN ({differs}) {call};\n"
        f"CREATE OR REPLACE TRIGGER pmbot_{watch.table}_rows AFTER {watch.rows}\n"
        f"  ON {watch.table} FOR EACH ROW {call};\n"
    )


TRIGGERS = (
    f"CREATE OR REPLACE FUNCTION pmbot_announce_change() RETURNS trigger LANGUAGE plpgsql AS $${FUNCTION_BODY}$$;\n"
    + "".join(_trigger_sql(watch) for watch in WATCHES)
)


class Right(NamedTuple):
    """A right of the bot's role on a table; without `columns` on all of it."""

    privilege: str
    table: str
    columns: tuple[str, ...] = ()

    def grant(self) -> str:
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"GRANT {self.privilege}{columns} ON {self.table} TO {ROLE};\n"

    def revoke(self) -> str:
        """Of a table's privilege, that of its columns goes with it."""
        return f"REVOKE {self.privilege} ON {self.table} FROM {ROLE};\n"


# What a session proves itself by, and the values of sensitive settings, are not the bot's to read.
UNREAD = {"sessions": ("token_hash",), "system_config": ("value",)}
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def _reads() -> Iterator[Right]:
    for table in PlatformBase.metadata.sorted_tables:
        if table.name not in UNREAD:
            yield Right("SELECT", table.name)
        elif hidden := UNREAD[table.name]:
            yield Right("SELECT", table.name, tuple(c.name for c in table.columns if c.name not in hidden))


def rights(writes: Iterable[Write]) -> tuple[Right, ...]:
    """All that the bot's role needs, one for each table and privilege, columns in the order of the table."""
    found: dict[tuple[str, str], set[str]] = {}
    for write in writes:
        for privilege, columns in (("INSERT", write.insert), ("UPDATE", write.update)):
            if columns:
                found.setdefault((privilege, write.table), set()).update(columns)
        if write.delete:
            found.setdefault(("DELETE", write.table), set())
    tables = PlatformBase.metadata.tables
    return (
        *_reads(),
        *(
            Right(privilege, table, tuple(one.name for one in tables[table].columns if one.name in columns))
            for (privilege, table), columns in sorted(found.items(), key=lambda item: item[0][::-1])
        ),
    )


def rights_sql(writes: Iterable[Write]) -> str:
    """Exactly these rights and no others, whatever the role had."""
    tables = ", ".join(table.name for table in PlatformBase.metadata.sorted_tables)
    return f"REVOKE ALL ON {tables} FROM {ROLE};\n" + "".join(right.grant() for right in rights(writes))


def _tuples(rows: Iterable[tuple[str, ...]]) -> str:
    return ",\n  ".join("(" + ", ".join(f"'{value}'" for value in row) + ")" for row in rows)


def _permissions_sql(names: Iterable[str]) -> str:
    rows = _tuples((name, name.split(".")[0]) for name in names)
    return f"INSERT INTO permissions (name, category) VALUES\n  {rows}\nON CONFLICT DO NOTHING;\n"


def _roles_sql(names: Iterable[str]) -> str:
    return f"INSERT INTO staff_roles (name) VALUES\n  {_tuples((n,) for n in names)}\nON CONFLICT DO NOTHING;\n"


def _role_permissions_sql(pairs: Iterable[tuple[str, str]]) -> str:
    return (
        "INSERT INTO staff_role_permissions (role_id, permission_id)\n"
        "SELECT r.id, p.id FROM staff_roles r CROSS JOIN permissions p WHERE (r.name, p.name) IN (\n"
        f"  {_tuples(pairs)}\n) ON CONFLICT DO NOTHING;\n"
    )


def default_rows() -> str:
    """Permissions, roles and who has what on a new platform, as far as they are not there."""
    return _permissions_sql(every()) + _roles_sql(DEFAULT_GRANTS) + _role_permissions_sql(grants())


DIALECT = make_url("postgresql://").get_dialect()()


def _ddl(element: ClauseElement) -> str:
    return str(element.compile(dialect=DIALECT)).strip()


def _table_sql(table: Table) -> str:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return f"{_ddl(CreateTable(table))};\n" + "".join(f"{_ddl(CreateIndex(index))};\n" for index in indexes)


def full_sql(writes: Iterable[Write]) -> str:
    """All SQL an empty database needs, the bot's role included, which may do these writes."""
    tables = "".join(_table_sql(table) for table in PlatformBase.metadata.sorted_tables)
    return ROLE_SQL + tables + TRIGGERS + default_rows() + rights_sql(writes)


def _column_sql(column: "Column[object]") -> str:
    """Add one column to a table that has rows already, with its checks, its reference and its indexes."""
    table = column.table
    assert isinstance(table, Table)  # noqa: S101 - a column of the metadata has no other kind
    definition = _ddl(CreateColumn(column))
    if not column.nullable and column.server_default is None:
        definition = definition.removesuffix(" NOT NULL") + " /* fill, then SET NOT NULL */"
    lines = [f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {definition}"]
    lines += [f" REFERENCES {key.column.table.name} ({key.column.name})" for key in column.foreign_keys]
    lines.append(";\n")
    for check in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
        if isinstance(check, CheckConstraint) and column.name in check.info.get("columns", ()):
            lines.append(f"ALTER TABLE {table.name} ADD CONSTRAINT {check.name} CHECK ({check.sqltext});\n")
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        if re.search(rf"\b{column.name}\b", _ddl(CreateIndex(index)).partition(" ON ")[2]):
            lines.append(f"{_ddl(CreateIndex(index, if_not_exists=True))};\n")
    return "".join(lines)


GRANTED = """
SELECT given.privilege_type, class.relname, '*'
FROM pg_class AS class, aclexplode(class.relacl) AS given
WHERE pg_table_is_visible(class.oid) AND given.grantee = to_regrole(:role)
UNION ALL
SELECT given.privilege_type, class.relname, attribute.attname
FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid,
     aclexplode(attribute.attacl) AS given
WHERE pg_table_is_visible(class.oid) AND given.grantee = to_regrole(:role)
"""


# Each trigger with the columns that it watches and the arguments that it is called with.
TRIGGERED = """
SELECT tgname, ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = tgrelid AND attnum = ANY(tgattr::int2[])),
       encode(tgargs, 'escape')
FROM pg_trigger WHERE NOT tgisinternal
"""


def _said(watch: Watch) -> str:
    return "".join(f"{one}\\000" for one in watch.says)


class _Live:
    """What a database has of all this, read once per question."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.inspector = inspect(connection)

    @cached_property
    def columns(self) -> dict[str, set[str]]:
        """The columns of each table that exists."""
        return {
            name: {column["name"] for column in columns}
            for (_, name), columns in self.inspector.get_multi_columns().items()
        }

    def indexes(self, table: str) -> set[str]:
        return set(self._rows("SELECT indexname FROM pg_indexes WHERE tablename = :table", table=table))

    def has_role(self) -> bool:
        return self._one("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)", role=ROLE)

    def has_triggers(self) -> bool:
        body = self._rows("SELECT prosrc FROM pg_proc WHERE proname = 'pmbot_announce_change'")
        there = {name: (set(columns), says) for name, columns, says in self.connection.execute(text(TRIGGERED))}
        wanted = {f"pmbot_{watch.table}_changed": (set(watch.columns), _said(watch)) for watch in WATCHES}
        wanted |= {f"pmbot_{watch.table}_rows": (set(), _said(watch)) for watch in WATCHES}
        return body == [FUNCTION_BODY] and wanted.items() <= there.items()

    @cached_property
    def granted(self) -> dict[tuple[str, str], set[str]]:
        """What the role was given itself: by privilege and table the columns, `*` for the whole table."""
        found: dict[tuple[str, str], set[str]] = {}
        for privilege, table, column in self.connection.execute(text(GRANTED), {"role": ROLE}):
            found.setdefault((privilege, table), set()).add(column)
        return found

    def corrections(self, wanted: Iterable[Right]) -> Iterator[str]:
        """What takes the role from the rights it has to those that it needs."""
        needed = {(one.privilege, one.table): one for one in wanted}
        for privilege in PRIVILEGES:
            for table in PlatformBase.metadata.sorted_tables:
                right = needed.get((privilege, table.name))
                needs = set(right.columns or ("*",)) if right else set()
                has = self.granted.get((privilege, table.name), set())
                if has - needs:
                    yield Right(privilege, table.name).revoke()
                if right and (has - needs or needs - has):
                    yield right.grant()

    def names(self, table: str) -> set[str]:
        return set(self._rows(f"SELECT name FROM {table}")) if table in self.columns else set()  # noqa: S608

    def role_permissions(self) -> set[tuple[str, str]]:
        if not {"staff_roles", "permissions", "staff_role_permissions"} <= self.columns.keys():
            return set()
        query = (
            "SELECT r.name, p.name FROM staff_role_permissions rp"
            " JOIN staff_roles r ON r.id = rp.role_id JOIN permissions p ON p.id = rp.permission_id"
        )
        return {(role, permission) for role, permission in self.connection.execute(text(query))}

    def _one(self, query: str, **values: object) -> bool:
        return bool(self.connection.execute(text(query), values).scalar())

    def _rows(self, query: str, **values: object) -> list[str]:
        return [str(value) for value in self.connection.execute(text(query), values).scalars()]


def missing_sql(connection: Connection, writes: Iterable[Write]) -> str:
    """The SQL an existing PenguinMails database lacks for the bot to do these writes; empty when it lacks nothing.

    It adds and never alters: a column that is there keeps its type, a constraint its name. Only rights are also taken:
    those of the bot's role that nothing needs.
    """
    live = _Live(connection)
    has_role = live.has_role()
    parts = [] if has_role else [ROLE_SQL]
    parts += _missing_tables(live)
    if not live.has_triggers():
        parts.append(TRIGGERS)
    parts += _missing_rows(live)
    parts += live.corrections(rights(writes))
    return "".join(parts)


def _missing_tables(live: _Live) -> Iterator[str]:
    for table in PlatformBase.metadata.sorted_tables:
        if table.name not in live.columns:
            yield _table_sql(table)
            continue
        for column in table.columns:
            if column.name not in live.columns[table.name]:
                yield _column_sql(column)
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.info.get("found_by") and index.name not in live.indexes(table.name):
                yield f"{_ddl(CreateIndex(index, if_not_exists=True))};\n"


def _missing_rows(live: _Live) -> Iterator[str]:
    known = live.names("permissions")
    if permissions := [name for name in every() if name not in known]:
        yield _permissions_sql(permissions)
    known = live.names("staff_roles")
    if roles := [name for name in DEFAULT_GRANTS if name not in known]:
        yield _roles_sql(roles)
    held = live.role_permissions()
    if pairs := [pair for pair in grants() if pair not in held]:
        yield _role_permissions_sql(pairs)
