"""What the bot adds to PenguinMails' schema, against a real PostgreSQL."""

import itertools
import json
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, create_engine, inspect

from bot import grants
from bot.demo.postgres import EmbeddedPostgres
from bot.permissions import DEFAULT_GRANTS
from bot.platform.models import PlatformBase
from bot.platform.schema import CHANNEL, ROLE, TRIGGERS, full_sql, missing_sql, rights, rights_sql

numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start() as server:
        yield server


@pytest.fixture
def engine(server: EmbeddedPostgres) -> Iterator[Engine]:
    """An engine on an empty database."""
    engine = create_engine(server.create_database(f"schema_{next(numbers)}"))
    yield engine
    engine.dispose()


def apply(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(sql)


def missing(engine: Engine) -> str:
    with engine.connect() as connection:
        return missing_sql(connection, grants.declared())


@pytest.fixture(scope="module")
def template(server: EmbeddedPostgres) -> str:
    """The name of a database with everything, to copy."""
    engine = create_engine(server.create_database("schema_template"))
    apply(engine, full_sql(grants.declared()))
    engine.dispose()
    return "schema_template"


@pytest.fixture
def complete(server: EmbeddedPostgres, template: str) -> Iterator[Engine]:
    engine = create_engine(server.create_database(f"schema_{next(numbers)}", template))
    yield engine
    engine.dispose()


def insert_user(connection: psycopg.Connection, name: str = "Ada") -> str:
    row = connection.execute(
        "INSERT INTO users (name, email) VALUES (%s, %s) RETURNING id", [name, f"{name}@people.example"]
    ).fetchone()
    return str(row[0])


def insert_session(connection: psycopg.Connection, user_id: str, token_hash: str = "hash") -> str:
    row = connection.execute(
        "INSERT INTO sessions (user_id, kind, token_hash, expires)"
        " VALUES (%s, 'staff', %s, now() + interval '8 h') RETURNING id",
        [user_id, token_hash],
    ).fetchone()
    return str(row[0])


class TestMissing:
    def test_full_sql_leaves_nothing_missing(self, complete: Engine):
        assert missing(complete) == ""

    def test_for_an_empty_database_it_is_everything(self, engine: Engine):
        apply(engine, missing(engine))
        assert missing(engine) == ""
        assert set(inspect(engine).get_table_names()) == set(PlatformBase.metadata.tables)

    def test_what_metadata_and_the_constants_make_lacks_only_the_default_rows(self, template: str, engine: Engine):
        """What the migrations apply after the tables must come to the same as `full_sql`."""
        with engine.begin() as connection:
            PlatformBase.metadata.create_all(connection)
            connection.exec_driver_sql(TRIGGERS)
            connection.exec_driver_sql(rights_sql(grants.declared()))
        assert {line.split()[2] for line in missing(engine).splitlines() if line.startswith("INSERT")} == {
            "permissions",
            "staff_roles",
            "staff_role_permissions",
        }
        assert "CREATE" not in missing(engine)
        assert "GRANT" not in missing(engine)

    def test_lost_columns_come_back_with_their_rows_checks_and_indexes(self, complete: Engine):
        with complete.connect() as connection:
            insert_user(connection.connection.driver_connection)
            connection.connection.driver_connection.commit()
        before = _shape(complete)
        apply(
            complete,
            "ALTER TABLE users DROP COLUMN status CASCADE, DROP COLUMN status_reason;"
            "ALTER TABLE tenants DROP COLUMN status CASCADE;"
            "ALTER TABLE jobs DROP COLUMN tenant_id;"
            "ALTER TABLE smtp_ip_addresses DROP COLUMN score;"
            "ALTER TABLE staff_members DROP COLUMN is_active CASCADE;"
            "DROP TABLE staff_member_roles, login_events, queue_pauses, tenant_feature_flags",
        )
        assert _shape(complete) != before
        apply(complete, missing(complete))
        assert missing(complete) == ""
        assert _shape(complete) == before

    def test_a_column_that_must_be_filled_is_added_empty(self, complete: Engine):
        apply(complete, "ALTER TABLE users DROP COLUMN name CASCADE")
        assert "ADD COLUMN IF NOT EXISTS name TEXT /* fill, then SET NOT NULL */" in missing(complete)

    @pytest.mark.parametrize(
        ("loss", "told"),
        [
            ("DROP TRIGGER pmbot_sessions_changed ON sessions", "CREATE OR REPLACE TRIGGER pmbot_sessions_changed"),
            (
                (
                    "CREATE OR REPLACE TRIGGER pmbot_sessions_changed AFTER UPDATE OF revoked ON sessions FOR EACH ROW"
                    " EXECUTE FUNCTION pmbot_announce_change('user_id=user_id')"
                ),
                "CREATE OR REPLACE TRIGGER pmbot_sessions_changed AFTER UPDATE OF revoked, expires",
            ),
            (
                (
                    "CREATE OR REPLACE TRIGGER pmbot_users_rows AFTER DELETE ON users FOR EACH ROW"
                    " EXECUTE FUNCTION pmbot_announce_change('user_id=name')"
                ),
                "CREATE OR REPLACE TRIGGER pmbot_users_rows AFTER DELETE",
            ),
            (
                "REVOKE DELETE ON user_feature_flags FROM pmbot_app",
                "GRANT DELETE ON user_feature_flags TO pmbot_app;\n",
            ),
            ("REVOKE UPDATE (is_active) ON job_queues FROM pmbot_app", "GRANT UPDATE (is_active"),
            (
                "GRANT UPDATE ON payments TO pmbot_app",
                "REVOKE UPDATE ON payments FROM pmbot_app;\nGRANT UPDATE (amount, ",
            ),
            ("GRANT INSERT (notes) ON staff_members TO pmbot_app", "REVOKE INSERT ON staff_members FROM pmbot_app;\n"),
            ("GRANT SELECT ON system_config TO pmbot_app", "REVOKE SELECT ON system_config FROM pmbot_app;\n"),
            ("REVOKE SELECT ON job_logs FROM pmbot_app", "GRANT SELECT ON job_logs TO pmbot_app;\n"),
            ("DELETE FROM staff_role_permissions", "('security', 'staff.reinstate')"),
            (
                "DELETE FROM staff_role_permissions; DELETE FROM permissions WHERE name = 'staff.link'",
                "('staff.link', 'staff')",
            ),
        ],
    )
    def test_each_loss_is_named_and_mended(self, complete: Engine, loss: str, told: str):
        apply(complete, loss)
        assert told in missing(complete)
        apply(complete, missing(complete))
        assert missing(complete) == ""

    def test_the_role_has_what_is_declared_and_nothing_else(self, complete: Engine):
        """By column, as PostgreSQL itself lists it."""
        tables = PlatformBase.metadata.tables
        declared = {
            (right.privilege, right.table, column)
            for right in rights(grants.declared())
            if right.privilege != "DELETE"  # which is of whole rows
            for column in right.columns or tables[right.table].columns.keys()
        }
        deleted = {right.table for right in rights(grants.declared()) if right.privilege == "DELETE"}
        with complete.connect() as connection:
            columns = connection.exec_driver_sql(
                "SELECT privilege_type, table_name, column_name FROM information_schema.column_privileges"
                f" WHERE grantee = '{ROLE}' AND table_schema = 'public'"
            )
            assert {tuple(row) for row in columns} == declared
            whole = connection.exec_driver_sql(
                "SELECT privilege_type, table_name FROM information_schema.table_privileges"
                f" WHERE grantee = '{ROLE}' AND table_schema = 'public' AND privilege_type <> 'SELECT'"
            )
            assert {tuple(row) for row in whole} == {("DELETE", table) for table in deleted}

    def test_default_grants_stand_in_the_tables(self, complete: Engine):
        with complete.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT r.name, array_agg(p.name) FROM staff_roles r JOIN staff_role_permissions rp"
                " ON rp.role_id = r.id JOIN permissions p ON p.id = rp.permission_id GROUP BY 1"
            )
            held = {role: frozenset(names) for role, names in rows}
        assert held == {role: frozenset(map(str, names)) for role, names in DEFAULT_GRANTS.items() if names}


def _shape(engine: Engine) -> dict[str, object]:
    """Columns, checks, references and indexes, in an order of their own."""
    with engine.connect() as connection:
        return {
            kind: set(connection.exec_driver_sql(query).scalars())
            for kind, query in {
                "columns": "SELECT concat(table_name, column_name, data_type, is_nullable, column_default)"
                " FROM information_schema.columns WHERE table_schema = 'public'",
                "constraints": "SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
                "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            }.items()
        }


class TestAnnouncements:
    @pytest.fixture
    def writer(self, complete: Engine) -> Iterator[psycopg.Connection]:
        with psycopg.connect(str(complete.url.render_as_string(hide_password=False)), autocommit=True) as connection:
            yield connection

    @pytest.fixture
    def heard(self, complete: Engine, writer: psycopg.Connection):
        with psycopg.connect(complete.url.render_as_string(hide_password=False), autocommit=True) as listener:
            listener.execute(f"LISTEN {CHANNEL}")

            def all_until_now() -> list[dict]:
                writer.execute(f"NOTIFY {CHANNEL}, 'now'")
                notes = (note.payload for note in listener.notifies(timeout=30))
                return [json.loads(payload) for payload in itertools.takewhile(lambda payload: payload != "now", notes)]

            yield all_until_now

    def test_a_revoked_person_is_announced_once_a_used_session_never(self, writer, heard):
        user = insert_user(writer)
        for n in range(3):
            insert_session(writer, user, f"hash {n}")
        writer.execute("UPDATE sessions SET last_seen = now()")
        assert heard() == []
        writer.execute("UPDATE sessions SET revoked = now()")
        assert heard() == [{"table": "sessions", "user_id": user}]
        writer.execute("DELETE FROM sessions")
        assert heard() == [{"table": "sessions", "user_id": user}]

    def test_accounts_and_staff(self, writer, heard):
        user = insert_user(writer)
        writer.execute("INSERT INTO staff_members (user_id) VALUES (%s)", [user])
        assert heard() == [{"table": "staff_members", "user_id": user}]
        writer.execute("UPDATE users SET status = 'suspended'")
        writer.execute("UPDATE users SET status_reason = 'because'")
        writer.execute("UPDATE staff_members SET is_active = false")
        assert heard() == [{"table": "users", "user_id": user}, {"table": "staff_members", "user_id": user}]

    def test_roles(self, writer, heard):
        user = insert_user(writer)
        writer.execute("INSERT INTO staff_members (user_id) VALUES (%s)", [user])
        heard()
        writer.execute("INSERT INTO staff_member_roles SELECT %s, id FROM staff_roles WHERE name = 'qa'", [user])
        writer.execute("UPDATE staff_member_roles SET granted_by = user_id")
        writer.execute("UPDATE staff_member_roles SET expires = now()")
        writer.execute("UPDATE staff_member_roles SET granted = now()")
        writer.execute("DELETE FROM staff_member_roles")
        assert heard() == [{"table": "staff_member_roles", "user_id": user}] * 4

    def test_flags(self, writer, heard):
        writer.execute("INSERT INTO feature_flags (key) VALUES ('new-editor')")
        writer.execute("UPDATE feature_flags SET rollout_percentage = 10")
        assert heard() == [{"table": "feature_flags", "key": "new-editor"}] * 2
        user = insert_user(writer)
        tenant = str(writer.execute("INSERT INTO tenants (name) VALUES ('Acme') RETURNING id").fetchone()[0])
        for table, column, whose in [
            ("tenant_feature_flags", "tenant_id", tenant),
            ("user_feature_flags", "user_id", user),
            ("feature_flag_allowlist", "tenant_id", tenant),
        ]:
            values = "(%s, 'new-editor')" if table == "feature_flag_allowlist" else "(%s, 'new-editor', true)"
            writer.execute(f"INSERT INTO {table} VALUES {values}", [whose])
            writer.execute(f"UPDATE {table} SET expires = now()")
            writer.execute(f"DELETE FROM {table}")
            assert heard() == [{"table": table, "key": "new-editor", column: whose}] * 3

    def test_queues_and_pauses(self, writer, heard):
        writer.execute("INSERT INTO job_queues (name) VALUES ('email:processing')")
        writer.execute("UPDATE job_queues SET is_active = false")
        writer.execute("INSERT INTO queue_pauses (queue_name, ends) VALUES (NULL, now() + interval '1 h')")
        writer.execute("UPDATE queue_pauses SET lifted = now()")
        everything = {"table": "queue_pauses", "queue_name": None, "tenant_id": None}
        queue = {"table": "job_queues", "queue_name": "email:processing"}
        assert heard() == [queue, queue, everything, everything]


class TestRights:
    """The bot's role may do what its actions do, and nothing that would let it cover its tracks."""

    @pytest.fixture
    def as_bot(self, complete: Engine) -> Iterator[psycopg.Connection]:
        url = complete.url.render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            user = insert_user(connection)
            insert_session(connection, user)
            connection.execute("INSERT INTO staff_members (user_id) VALUES (%s)", [user])
            connection.commit()
            connection.execute(f"SET ROLE {ROLE}")
            connection.commit()
            yield connection

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT id FROM users FOR UPDATE",
            "SELECT id FROM sessions FOR UPDATE",
            "SELECT id FROM tenants FOR UPDATE",
            "SELECT name FROM job_queues FOR UPDATE",
            "UPDATE sessions SET revoked = now(), revoked_by = NULL",
            "UPDATE users SET status = 'suspended', status_reason = 'x', updated = now()",
            "INSERT INTO admin_audit_log (action, resource_type) VALUES ('x', 'y') RETURNING id",
            "INSERT INTO queue_pauses (reason) VALUES ('x')",
            "SELECT key FROM feature_flags FOR UPDATE",
            "DELETE FROM user_feature_flags",
            "UPDATE feature_flag_allowlist SET expires = now()",
            "SELECT user_id FROM staff_member_roles FOR UPDATE",
            "SELECT * FROM service_health",
            "SELECT key, shown FROM system_config FOR UPDATE",
        ],
    )
    def test_may(self, as_bot: psycopg.Connection, query: str):
        as_bot.execute(query)

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT token_hash FROM sessions",
            "SELECT value FROM system_config",
            "UPDATE system_config SET is_sensitive = false",
            "UPDATE system_config SET value = value",
            "SELECT key FROM system_config WHERE value = '1'",
            "UPDATE staff_members SET user_id = gen_random_uuid()",
            "INSERT INTO staff_roles (name) VALUES ('super_admin_2')",
            "UPDATE staff_member_roles SET role_id = gen_random_uuid()",
            "UPDATE staff_member_roles SET user_id = gen_random_uuid()",
            "UPDATE payments SET subscription_id = gen_random_uuid()",
            "DELETE FROM payments",
            "UPDATE subscriptions SET tenant_id = gen_random_uuid()",
            "UPDATE webhook_events SET stripe_event_id = 'x'",
            "UPDATE queue_pauses SET tenant_id = NULL",
            "INSERT INTO admin_audit_log (action, resource_type, creation_time) VALUES ('x', 'y', '2020-01-01')",
            "INSERT INTO admin_audit_log (action, resource_type, id) VALUES ('x', 'y', gen_random_uuid())",
            "UPDATE sessions SET expires = now() + interval '1 year'",
            "INSERT INTO sessions (user_id, token_hash, expires) SELECT id, 'x', now() FROM users",
            "UPDATE users SET created = now()",
            "INSERT INTO staff_members (user_id, is_active) SELECT id, true FROM users",
            "INSERT INTO staff_role_permissions SELECT r.id, p.id FROM staff_roles r, permissions p",
            "UPDATE admin_audit_log SET action = 'x'",
            "DELETE FROM admin_audit_log",
            "TRUNCATE admin_audit_log",
            "DELETE FROM users",
            "INSERT INTO feature_flags (key) VALUES ('x')",
            "DELETE FROM feature_flags",
            "UPDATE service_health SET status = 'healthy'",
        ],
    )
    def test_may_not(self, as_bot: psycopg.Connection, query: str):
        with pytest.raises(InsufficientPrivilege):
            as_bot.execute(query)
