"""The schema in a database, against the models; who may do what in it; every PostgreSQL of this machine."""

import dataclasses
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import errors, sql
from sqlalchemy import MetaData, create_engine, text

from bot import grants
from bot.demo import seeding, world
from bot.demo.postgres import EmbeddedPostgres, installations
from bot.errors import Misconfigured, Unavailable
from bot.platform import schema
from bot.platform.models import PlatformBase
from bot.store import migrate
from bot.store.database import psycopg_url
from bot.store.models import SCHEMA, Base
from tests.conftest import running_bot
from tests.integration.command_line import BARE, pm, revoked


@pytest.fixture(scope="module", params=installations(), ids=lambda path: path.parts[-2])
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    """Each PostgreSQL found here: the wheel's 18, Debian's 15."""
    with EmbeddedPostgres.start(binaries=request.param) as server:
        yield server


@pytest.fixture
def empty_url(server: EmbeddedPostgres) -> Iterator[str]:
    name = f"migrated_{uuid.uuid4().hex[:12]}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def restricted(server: EmbeddedPostgres, empty_url: str) -> Iterator[tuple[str, str]]:
    """Two logins of a hosted database: its owner, no superuser, and one that may do nothing but log in."""
    database = urlsplit(empty_url).path.strip("/")
    owner, login = f"owner_{database}", f"login_{database}"
    for role in (owner, login):
        server.create_role(role)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner), "login": sql.Identifier(login)}
        connection.execute("SET client_min_messages = error")
        for statement in (
            "ALTER DATABASE {database} OWNER TO {owner}",
            "ALTER ROLE {owner} NOSUPERUSER CREATEROLE",
            "ALTER ROLE {login} NOSUPERUSER NOCREATEROLE NOCREATEDB",
            "DROP ROLE IF EXISTS pmbot_app",
        ):
            connection.execute(sql.SQL(statement).format(**names))
    yield server.url(database, owner), server.url(database, login)
    server.drop_database(database)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("DROP ROLE pmbot_app")  # the next test's owner makes its own


def upgrade(url: str, *branches: migrate.Branch) -> None:
    migrate.upgrade(url, url, *(branches or ("bot", "platform")))


def first_platform(url: str) -> None:
    """A database as it was left by the platform's first migration, with a trigger and a right of that time."""
    migrate.upgrade(url, url, "bot")
    config = migrate._config()
    engine = create_engine(psycopg_url(url), connect_args={"options": f"-c search_path={SCHEMA},public"})
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "branch": "bot"}
        command.upgrade(config, "platform_0001")
        connection.execute(text(f"SET search_path = public; GRANT SELECT ON jobs TO {schema.ROLE}"))
        connection.execute(
            text(
                "CREATE FUNCTION pmbot_announce_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                "CREATE TRIGGER pmbot_jobs_changed AFTER UPDATE ON jobs EXECUTE FUNCTION pmbot_announce_change()"
            )
        )
    engine.dispose()


def differences(url: str, metadata: MetaData, schema: str) -> list:
    """What a migration would have to do for the models; what alembic and procrastinate keep there is theirs."""

    def ours(name: str | None, kind: str, parents: dict) -> bool:
        if kind == "schema":
            return name == (schema if schema != "public" else None)
        if kind == "table":
            return name != "schema_versions" and not str(name).startswith("procrastinate_")
        return True

    engine = create_engine(psycopg_url(url), connect_args={"options": "-c search_path=public"})
    try:
        with engine.connect() as connection:
            options = {
                "include_schemas": True,
                "include_name": ours,
                "compare_type": True,
                "compare_server_default": True,
            }
            return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    finally:
        engine.dispose()


def described(url: str) -> list:
    """Every column, constraint, index and right in the database."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            """
            SELECT 'column', attrelid::regclass::text, attname::text, atttypid::regtype::text FROM pg_attribute
            WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('pmbot', 'public'))
            UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace::regnamespace::text IN ('pmbot', 'public')
            UNION ALL SELECT 'rights', oid::regclass::text, '', relacl::text
            FROM pg_class WHERE relnamespace::regnamespace::text IN ('pmbot', 'public')
            UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, '' FROM pg_trigger
            UNION ALL SELECT 'version', version_num, '', '' FROM pmbot.schema_versions
            ORDER BY 1, 2, 3, 4
            """
        ).fetchall()


class TestSchema:
    @pytest.mark.parametrize(("metadata", "schema"), [(Base.metadata, SCHEMA), (PlatformBase.metadata, "public")])
    def test_models_and_migrations_agree(self, empty_url: str, metadata: MetaData, schema: str) -> None:
        """What the code believes of the database is what the migrations make of it."""
        upgrade(empty_url)
        assert differences(empty_url, metadata, schema) == []

    def test_the_comparison_would_notice(self, empty_url: str) -> None:
        """A column too many, an index too few and a lost default are found."""
        upgrade(empty_url)
        with psycopg.connect(empty_url) as connection:
            connection.execute("ALTER TABLE pmbot.drafts ADD COLUMN stray int")
            connection.execute("DROP INDEX pmbot.ix_proposals_open_expires")
            connection.execute("ALTER TABLE pmbot.drafts ALTER COLUMN created DROP DEFAULT")
        assert len(differences(empty_url, Base.metadata, SCHEMA)) == 3

    def test_upgrading_twice_is_harmless(self, empty_url: str) -> None:
        """The second time changes nothing at all."""
        upgrade(empty_url)
        before = described(empty_url)
        upgrade(empty_url)
        assert described(empty_url) == before

    def test_two_upgrades_at_once_are_harmless(self, empty_url: str) -> None:
        """Two deployments start together: both end well, and the schema is made once."""
        command = [sys.executable, "-m", "bot.cli", "db", "upgrade"]
        environment = BARE | {"DATABASE_URL": empty_url}
        both = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(2)
        ]
        said = [one.communicate(timeout=120)[0] for one in both]
        assert [one.returncode for one in both] == [0, 0], said
        assert differences(empty_url, Base.metadata, SCHEMA) == []

    def test_an_older_platform_gets_what_todays_has(self, empty_url: str) -> None:
        """Tables, triggers, roles, rights: a demo that was kept goes on with a later version."""
        first_platform(empty_url)
        upgrade(empty_url)
        assert differences(empty_url, PlatformBase.metadata, "public") == []
        engine = create_engine(psycopg_url(empty_url), connect_args={"options": "-c search_path=public"})
        with engine.connect() as connection:
            assert schema.missing_sql(connection, grants.declared()) == ""
        engine.dispose()

    def test_the_bots_own_upgrade_leaves_the_platform_alone(self, empty_url: str) -> None:
        """A real platform's triggers and rights are its owners' to change."""
        first_platform(empty_url)
        before = described(empty_url)
        upgrade(empty_url, "bot")
        assert described(empty_url) == before

    def test_a_failed_upgrade_leaves_nothing(self, empty_url: str) -> None:
        """All in one transaction: a table that is in the way leaves no half of a schema."""
        with psycopg.connect(empty_url) as connection:
            connection.execute("CREATE TABLE public.users (id int)")
        with pytest.raises(Misconfigured, match='relation "users" already exists'):
            upgrade(empty_url)
        with psycopg.connect(empty_url) as connection:
            assert connection.execute("SELECT to_regnamespace('pmbot')").fetchone() == (None,)

    def test_a_database_that_is_not_there(self) -> None:
        """`Unavailable` says so."""
        with pytest.raises(Unavailable, match="The database cannot be reached"):
            upgrade("postgresql://pm@127.0.0.1:1/pm", "bot")


class TestRestrictedRole:
    async def test_the_bot_works_with_a_login_that_may_do_nothing_else(self, restricted: tuple[str, str]) -> None:
        """The owner makes schema and role; then the plain login is enough for a whole journey."""
        owner, login = restricted
        done = pm("db", "upgrade", DATABASE_URL=login, DATABASE_OWNER_URL=owner)
        assert done.returncode == 0, done.stdout
        seeding.load(owner, login)
        await world.link_everybody(login, world.workspace().team_id)
        async with world.around(owner, cache_seconds=2.0) as around:
            limited = dataclasses.replace(around, database_url=login)
            async with running_bot(limited):
                finished = await revoked(limited)
        assert "4 sessions ended" in finished["text"]

    def test_the_login_cannot_alter_the_schema(self, restricted: tuple[str, str]) -> None:
        """Neither as itself nor as the role it takes on: no table, no trigger, no right is its to change."""
        owner, login = restricted
        migrate.upgrade(owner, login, "bot", "platform")
        with psycopg.connect(login, autocommit=True) as connection:
            for role in ("none", "pmbot_app"):
                connection.execute(f"SET ROLE {role}")
                for statement in (
                    "CREATE TABLE pmbot.mine (id int)",
                    "CREATE TABLE public.mine (id int)",
                    "ALTER TABLE pmbot.audit_log ADD COLUMN mine int",
                    "ALTER TABLE pmbot.audit_log DISABLE TRIGGER audit_log_only_grows",
                    "DROP TRIGGER audit_log_only_grows ON pmbot.audit_log",
                    "DROP TABLE pmbot.drafts",
                    "DROP SCHEMA pmbot CASCADE",
                    "CREATE OR REPLACE FUNCTION pmbot.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
                    "UPDATE pmbot.audit_log SET action = ''",
                    "DELETE FROM pmbot.audit_log",
                    "TRUNCATE pmbot.audit_details CASCADE",
                    "UPDATE pmbot.schema_versions SET version_num = ''",
                    "INSERT INTO pmbot.way_in VALUES (1)",
                    "SELECT token_hash FROM public.sessions",
                    "UPDATE public.users SET created = now()",
                    "DELETE FROM public.users",
                    "ALTER ROLE pmbot_app SUPERUSER",
                ):
                    with pytest.raises((errors.InsufficientPrivilege, errors.UndefinedObject)):
                        connection.execute(statement)
            connection.execute("GRANT SELECT ON pmbot.inbox TO PUBLIC")  # PostgreSQL warns, and grants nothing
            rights = connection.execute("SELECT relacl::text FROM pg_class WHERE oid = 'pmbot.inbox'::regclass")
            assert not re.search(r"[{,]=", rights.fetchone()[0])

    def test_another_login_is_let_in_by_the_next_upgrade(self, restricted: tuple[str, str]) -> None:
        """The database's user may be renewed without touching the schema."""
        owner, login = restricted
        migrate.upgrade(owner, owner, "bot")
        with psycopg.connect(login) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SET ROLE pmbot_app")
        migrate.upgrade(owner, login, "bot")
        with psycopg.connect(login) as connection:
            connection.execute("SET ROLE pmbot_app")
            assert connection.execute("SELECT count(*) FROM pmbot.inbox").fetchone() == (0,)

    def test_a_login_that_does_not_own_the_database_is_told(self, restricted: tuple[str, str]) -> None:
        """Without DATABASE_OWNER_URL the restricted login tries, and the message names the setting."""
        _, login = restricted
        done = pm("db", "upgrade", DATABASE_URL=login)
        assert done.returncode == 1
        assert "DATABASE_OWNER_URL has to be a role that may create schemas and roles" in done.stdout
        assert "Traceback" not in done.stdout
        with psycopg.connect(restricted[0], autocommit=True) as connection:
            connection.execute("CREATE ROLE pmbot_app")  # for the fixture, which removes it
