"""The demo's platform, as it is written into a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot import grants
from bot.demo import traffic
from bot.demo.data import STAFF, token_hash
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.seed import NotEmpty, seed, token_for
from bot.platform.models import PlatformBase
from bot.platform.schema import full_sql
from tests.conftest import until

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
RULED_BY_THE_DATABASE = {"permissions", "staff_roles", "staff_role_permissions", "staff_member_roles"}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start() as server:
        yield server


def empty(server: EmbeddedPostgres, name: str) -> Engine:
    engine = create_engine(server.create_database(name))
    with engine.begin() as connection:
        connection.exec_driver_sql(full_sql(grants.declared()))
    return engine


@pytest.fixture(scope="module")
def seeded(server: EmbeddedPostgres) -> Iterator[Engine]:
    engine = empty(server, "seeded")
    with engine.begin() as connection:
        seed(connection, now=NOW)
    yield engine
    engine.dispose()


def rows(engine: Engine, query: str, **values) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def count(engine: Engine, query: str, **values) -> int:
    return rows(engine, f"SELECT count(*) FROM {query}", **values)[0][0]


class TestSeed:
    def test_says_what_it_did(self, server: EmbeddedPostgres):
        engine = empty(server, "told")
        with engine.begin() as connection:
            summary = seed(connection, now=NOW)
        engine.dispose()
        assert summary.rows["tenants"] == 200
        assert str(summary).startswith("16 staff members, 200 tenants, 5,000 tenant users")

    def test_is_the_same_each_time(self, server: EmbeddedPostgres, seeded: Engine):
        again = empty(server, "again")
        with again.begin() as connection:
            seed(connection, now=NOW)
        for table in PlatformBase.metadata.tables.keys() - RULED_BY_THE_DATABASE:
            query = f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {table} t"
            assert rows(seeded, query) == rows(again, query), table
        again.dispose()

    def test_leaves_a_platform_in_use_alone(self, seeded: Engine):
        with seeded.begin() as connection, pytest.raises(NotEmpty, match="Use an empty database"):
            seed(connection, now=NOW)
        assert count(seeded, "staff_members") == 16

    def test_has_the_promised_size(self, seeded: Engine):
        assert count(seeded, "tenants") == 200
        assert count(seeded, "tenant_users") == 5_000
        assert count(seeded, "job_queues") == 12
        assert count(seeded, "(SELECT DISTINCT service FROM service_health WHERE at = :now) AS s", now=NOW) == 8
        plans = rows(
            seeded,
            "SELECT t.name, p.slug FROM tenants t JOIN subscriptions s ON s.tenant_id = t.id"
            " JOIN plans p ON p.id = s.plan_id WHERE t.name LIKE 'Acme%' ORDER BY 1",
        )
        assert plans == [("Acme Corp", "scale"), ("Acme Labs", "starter")]

    def test_no_table_is_forgotten_but_those_that_start_empty(self, seeded: Engine):
        unfilled = {name for name in PlatformBase.metadata.tables if count(seeded, name) == 0}
        assert unfilled == {"queue_pauses", "tenant_invitations", "user_feature_flags"}

    def test_every_address_is_a_documentation_address(self, seeded: Engine):
        for table, column in [("users", "email"), ("domains", "domain"), ("outbound_messages", "recipient")]:
            assert count(seeded, f"{table} WHERE {column} NOT LIKE '%.example'") == 0
        for table, column in [("sessions", "ip"), ("login_events", "ip"), ("smtp_ip_addresses", "ip_address")]:
            assert count(seeded, f"{table} WHERE {column} !~ '^(192.0.2|198.51.100|203.0.113)[.]'") == 0

    def test_nothing_happened_in_the_future(self, seeded: Engine):
        for table, column in [("jobs", "created"), ("login_events", "at"), ("admin_audit_log", "creation_time")]:
            assert count(seeded, f"{table} WHERE {column} > :now", now=NOW) == 0


class TestStaff:
    def test_the_one_whose_laptop_is_stolen(self, seeded: Engine):
        found = rows(
            seeded,
            "SELECT s.ip, s.expires > :now, s.revoked IS NOT NULL FROM sessions s JOIN users u ON u.id = s.user_id"
            " WHERE u.email = 'staffer@penguinmails.example'",
            now=NOW,
        )
        active = [ip for ip, runs, revoked in found if runs and not revoked]
        assert (len(active), len(set(active))) == (4, 3)
        assert len([1 for _, runs, revoked in found if not runs and not revoked]) == 2
        assert len([1 for _, _, revoked in found if revoked]) == 1

    def test_holds_roles(self, seeded: Engine):
        held = rows(
            seeded,
            "SELECT split_part(u.email, '@', 1), array_agg(r.name ORDER BY r.name) FROM staff_member_roles h"
            " JOIN users u ON u.id = h.user_id JOIN staff_roles r ON r.id = h.role_id"
            " WHERE h.expires IS NULL GROUP BY 1",
        )
        assert dict(held) == {person.local_part: sorted(person.roles) for person in STAFF}
        assert dict(held)["staffer"] == ["admin", "finance"]

    def test_holds_one_role_for_some_days_only(self, seeded: Engine):
        ending = rows(
            seeded,
            "SELECT split_part(u.email, '@', 1), r.name, h.expires - :now FROM staff_member_roles h"
            " JOIN users u ON u.id = h.user_id JOIN staff_roles r ON r.id = h.role_id WHERE h.expires IS NOT NULL",
            now=NOW,
        )
        assert ending == [("maria.costa", "support", timedelta(days=5))]

    def test_root_is_the_only_super_admin_who_is_active(self, seeded: Engine):
        holders = rows(
            seeded,
            "SELECT u.email, m.is_active FROM staff_member_roles h JOIN staff_roles r ON r.id = h.role_id"
            " JOIN staff_members m ON m.user_id = h.user_id JOIN users u ON u.id = h.user_id"
            " WHERE r.name = 'super_admin' ORDER BY 2 DESC",
        )
        assert holders == [("root@penguinmails.example", True), ("henrik@penguinmails.example", False)]

    def test_the_first_tokens_of_everybody_active_are_in_force(self, seeded: Engine):
        for person in STAFF:
            assert (person.sessions == 0) == (person.left is not None)
            hashes = [token_hash(token_for(person.local_part, n + 1)) for n in range(person.sessions)]
            in_force = count(
                seeded,
                "sessions WHERE token_hash = ANY(CAST(:hashes AS text[])) AND kind = 'staff' AND revoked IS NULL"
                " AND expires > :now AND last_seen > CAST(:now AS timestamptz) - interval '30 minutes'",
                hashes=hashes,
                now=NOW,
            )
            assert in_force == person.sessions

    def test_two_share_a_given_name(self, seeded: Engine):
        assert count(seeded, "users u JOIN staff_members m ON m.user_id = u.id WHERE given_name = 'Maria'") == 2


class TestTraffic:
    @pytest.fixture
    def engine(self, server: EmbeddedPostgres) -> Iterator[Engine]:
        engine = empty(server, "traffic")
        with engine.begin() as connection:
            seed(connection, now=datetime.now(UTC) - timedelta(minutes=40))
        yield engine
        engine.dispose()
        server.drop_database("traffic")

    async def test_a_day_of_ticks_keeps_the_tables_within_bounds(self, engine: Engine):
        busy = create_async_engine(engine.url.set(drivername="postgresql+psycopg"))
        before = count(engine, "jobs WHERE status = 'completed'")
        generator = traffic.random.Random(1)
        for number in range(400):
            async with busy.begin() as connection:
                await traffic.tick(connection, number, generator)
        await busy.dispose()
        assert count(engine, "jobs WHERE status = 'completed'") > before
        assert 200 < count(engine, "jobs WHERE status = 'queued'") < 500
        assert count(engine, "jobs WHERE status = 'running'") < 100

    async def test_it_keeps_staff_signed_in_but_brings_nobody_back(self, engine: Engine):
        idle = "sessions WHERE kind = 'staff' AND last_seen < now() - interval '30 minutes' AND "
        unusable = count(engine, idle + "(revoked IS NOT NULL OR expires < now())")
        assert count(engine, idle + "revoked IS NULL AND expires > now()") > 0
        stop = asyncio.Event()
        running = asyncio.create_task(traffic.run(engine.url.render_as_string(hide_password=False), stop))
        await until(lambda: count(engine, idle + "revoked IS NULL AND expires > now()") == 0)
        stop.set()
        await asyncio.wait_for(running, 30)
        assert count(engine, idle + "(revoked IS NOT NULL OR expires < now())") == unusable
