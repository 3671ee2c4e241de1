"""Flags, roles and accounts of the platform, read and written on a real PostgreSQL."""

import dataclasses
import datetime as dt
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.data import AI_COMPOSER, FLAGS, LENT_ROLES, STAFF, uid
from bot.platform import flags, staff, staff_roles, users
from bot.platform.flags import Flag, Override, Rule
from bot.platform.schema import CHANNEL
from bot.store.database import Database

KEY = AI_COMPOSER.key
IDS = {person.local_part: person.id for person in STAFF}
ACME, LABS = uid("tenant", "acme-corp"), uid("tenant", "acme-labs")
LISTED, LENT = uid("tenant", AI_COMPOSER.listed[0]), uid("tenant", AI_COMPOSER.lent)
NOW = dt.datetime(2026, 11, 20, 10, 30, tzinfo=dt.UTC)
BEFORE, LATER = NOW - dt.timedelta(seconds=1), NOW + dt.timedelta(hours=1)
MEMBER = "SELECT user_id FROM tenant_users JOIN users u ON u.id = user_id WHERE tenant_id = %s AND u.deleted IS NULL"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """One transaction, with the rights of the bot's role."""
    async with database.transaction() as session:
        yield session


@pytest.fixture
def heard(database_url: str, sql: Callable):
    """What was announced since the last look."""
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")

        def all_until_now() -> list[dict]:
            sql(f"NOTIFY {CHANNEL}, 'now'")
            notes = (note.payload for note in listener.notifies(timeout=30))
            return [json.loads(payload) for payload in itertools.takewhile(lambda payload: payload != "now", notes)]

        yield all_until_now


def a_flag(key: str = "x", *, enabled: bool = False, rollout: int = 0, **other: Any) -> Flag:
    values: dict[str, Any] = {"tenants": {}, "users": {}, "listed": {}} | other
    return Flag(key, None, enabled, rollout, updated=NOW, updated_by=None, at=NOW, **values)


def an_override(*, enabled: bool, expires: dt.datetime | None = None) -> Override:
    return Override(enabled, expires, None, None, NOW)


class TestEvaluation:
    def test_the_order_of_the_rules(self) -> None:
        """User, tenant, allowlist, rollout, default: each goes before those that follow."""
        user = uuid.uuid4()
        flag = a_flag(enabled=True)
        assert flag.for_user(user, ACME) == (True, Rule.DEFAULT)
        flag = dataclasses.replace(flag, enabled=False, rollout=100)
        assert flag.for_user(user, ACME) == (True, Rule.ROLLOUT)
        flag = dataclasses.replace(flag, listed={ACME: None})
        assert flag.for_user(user, ACME) == (True, Rule.ALLOWLIST)
        flag = dataclasses.replace(flag, tenants={ACME: an_override(enabled=False)})
        assert flag.for_user(user, ACME) == (False, Rule.TENANT)
        flag = dataclasses.replace(flag, users={user: an_override(enabled=True)})
        assert flag.for_user(user, ACME) == (True, Rule.USER)
        assert flag.for_tenant(ACME) == (False, Rule.TENANT)

    def test_without_a_tenant_there_is_the_users_own_value_or_the_default(self) -> None:
        user = uuid.uuid4()
        flag = a_flag(rollout=100, users={user: an_override(enabled=True)})
        assert flag.for_user(user, None) == (True, Rule.USER)
        assert flag.for_user(uuid.uuid4(), None) == (False, Rule.DEFAULT)

    @pytest.mark.parametrize(("expires", "counts"), [(BEFORE, False), (NOW, False), (LATER, True), (None, True)])
    def test_what_has_expired_does_not_count(self, expires: dt.datetime | None, *, counts: bool) -> None:
        """At its time it has."""
        user = uuid.uuid4()
        override = an_override(enabled=True, expires=expires)
        assert a_flag(tenants={ACME: override}).for_tenant(ACME)[0] is counts
        assert a_flag(listed={ACME: expires}).for_tenant(ACME)[0] is counts
        assert a_flag(users={user: override}).for_user(user, ACME)[0] is counts

    @given(st.text(max_size=20), st.uuids(), st.integers(0, 100), st.integers(0, 100), st.booleans())
    def test_raising_the_rollout_takes_it_from_nobody(self, key: str, tenant, one: int, other: int, enabled) -> None:
        low, high = sorted((one, other))
        has_it, _ = a_flag(key, enabled=enabled, rollout=low).for_tenant(tenant)
        keeps_it, _ = a_flag(key, enabled=enabled, rollout=high).for_tenant(tenant)
        assert keeps_it or not has_it

    @given(st.text(max_size=20), st.uuids())
    def test_nobody_is_in_at_0_and_everybody_at_100(self, key: str, tenant: uuid.UUID) -> None:
        assert a_flag(key, rollout=0).for_tenant(tenant) == (False, Rule.DEFAULT)
        assert a_flag(key, rollout=100).for_tenant(tenant) == (True, Rule.ROLLOUT)
        assert 0 <= flags.bucket(key, tenant) < 100

    def test_a_tenants_place_differs_from_flag_to_flag(self) -> None:
        """Not the same tenants try out everything; and a place once known stays."""
        assert flags.bucket(KEY, ACME) == 5
        assert len({flags.bucket(f"flag-{n}", ACME) for n in range(50)}) > 20


class TestReading:
    async def test_the_demos_beta(self, session: AsyncSession) -> None:
        """Acme Corp has it by rollout, two by name, one for some days."""
        flag = await flags.load(session, KEY)
        assert (flag.enabled, flag.rollout, flag.description) == (False, 50, "Beta: AI Composer")
        assert flag.for_tenant(ACME) == (True, Rule.ROLLOUT)
        assert flag.for_tenant(LISTED) == (True, Rule.ALLOWLIST)
        assert flag.for_tenant(LENT) == (True, Rule.TENANT)
        assert flag.tenants[LENT].expires > flag.at

    async def test_a_key_that_nobody_knows(self, session: AsyncSession) -> None:
        assert await flags.load(session, "nothing") is None
        assert await flags.load(session, "nothing", hold=True) is None

    async def test_all_of_them_in_few_queries(self, session: AsyncSession, database: Database) -> None:
        """As many as for one, and the same flags."""
        asked: list[str] = []
        event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        everything = await flags.everything(session)
        assert len(asked) == 1
        assert [one.key for one in everything] == await flags.names(session) == sorted([KEY, *(f[0] for f in FLAGS)])
        single = await flags.load(session, KEY)
        found = next(one for one in everything if one.key == KEY)
        assert dataclasses.replace(found, at=single.at) == single

    async def test_a_held_flag_waits_for_whoever_holds_it(self, session: AsyncSession, sql: Callable) -> None:
        await flags.load(session, KEY, hold=True)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            sql("SELECT 1 FROM feature_flags WHERE key = %s FOR UPDATE NOWAIT", KEY)


class TestWriting:
    async def test_each_change_is_read_again_and_announced(self, database: Database, heard) -> None:
        async with database.transaction() as session:
            user = (await a_member(session)).id
        heard()
        by = IDS["kofi"]

        async def changed(table: str, write: Callable, rule: Rule, *, enabled: bool) -> Flag:
            async with database.transaction() as session:
                await write(session)
            assert table in {note["table"] for note in heard()}
            async with database.transaction() as session:
                flag = await flags.load(session, KEY)
            assert flag.for_user(user, LABS) == (enabled, rule)
            return flag

        def default(enabled: bool, rollout: int) -> Callable:  # noqa: FBT001
            return lambda session: flags.set_default(session, KEY, enabled=enabled, rollout=rollout, by=by)

        def listed(on: bool) -> Callable:  # noqa: FBT001
            return lambda session: flags.set_listed(session, KEY, LABS, on, expires=None, by=by)

        def override(write: Callable, whose: uuid.UUID, on: bool | None) -> Callable:  # noqa: FBT001
            return lambda session: write(session, KEY, whose, on, expires=None, reason="Pilot", by=by)

        await changed("feature_flags", default(enabled=True, rollout=0), Rule.DEFAULT, enabled=True)
        flag = await changed("feature_flags", default(enabled=False, rollout=100), Rule.ROLLOUT, enabled=True)
        assert flag.updated_by == by
        await changed("feature_flag_allowlist", listed(on=True), Rule.ALLOWLIST, enabled=True)
        flag = await changed(
            "tenant_feature_flags", override(flags.set_tenant, LABS, on=False), Rule.TENANT, enabled=False
        )
        assert (flag.tenants[LABS].reason, flag.tenants[LABS].by) == ("Pilot", by)
        await changed("tenant_feature_flags", override(flags.set_tenant, LABS, on=True), Rule.TENANT, enabled=True)
        await changed("user_feature_flags", override(flags.set_user, user, on=False), Rule.USER, enabled=False)
        await changed("user_feature_flags", override(flags.set_user, user, on=None), Rule.TENANT, enabled=True)
        await changed("tenant_feature_flags", override(flags.set_tenant, LABS, on=None), Rule.ALLOWLIST, enabled=True)
        await changed("feature_flag_allowlist", listed(on=False), Rule.ROLLOUT, enabled=True)

    async def test_a_new_end_replaces_the_old_one(self, session: AsyncSession) -> None:
        """There is one row, whatever was there; one that is not there may be taken away."""
        for expires in (LATER, None, LATER):
            await flags.set_tenant(session, KEY, LABS, override_enabled=True, expires=expires, reason=None, by=None)
            await flags.set_listed(session, KEY, LABS, listed=True, expires=expires, by=None)
            flag = await flags.load(session, KEY)
            assert (flag.tenants[LABS].expires, flag.listed[LABS]) == (expires, expires)
        for _ in range(2):
            await flags.set_tenant(session, KEY, LABS, None, expires=None, reason=None, by=None)
            await flags.set_listed(session, KEY, LABS, listed=False, expires=None, by=None)
        flag = await flags.load(session, KEY)
        assert LABS not in flag.tenants
        assert LABS not in flag.listed


class TestReach:
    async def test_whom_a_rollout_reaches(self, session: AsyncSession, sql: Callable) -> None:
        """Those who have it already are not reached again; the churned are none."""
        before = await flags.load(session, KEY)
        reached = await flags.reach(session, before, dataclasses.replace(before, rollout=100))
        ((there,),) = sql("SELECT count(*) FROM tenants WHERE status <> 'churned'")
        assert (reached.total, reached.after) == (there, there)
        assert len(reached.on) == there - reached.before > 0
        assert "Acme Corp" not in reached.on
        assert list(reached.on) == sorted(reached.on, key=str.lower)
        assert (reached.off, reached.off_users) == ((), 0)
        ((users,),) = sql(
            "SELECT count(*) FROM tenant_users JOIN tenants t ON t.id = tenant_id WHERE t.name = ANY(%s)",
            list(reached.on),
        )
        assert reached.on_users == users > 0

    async def test_whom_turning_it_off_reaches(self, session: AsyncSession) -> None:
        """An override stays what it is."""
        before = await flags.load(session, KEY)
        reached = await flags.reach(session, before, dataclasses.replace(before, rollout=0, listed={}))
        assert "Acme Corp" in reached.off
        assert "Coral Freight" in reached.off
        assert "Quartz Energy" not in reached.off
        assert (reached.on, reached.on_users, reached.after) == ((), 0, 1)

    async def test_nothing_changes(self, session: AsyncSession) -> None:
        flag = await flags.load(session, KEY)
        reached = await flags.reach(session, flag, flag)
        assert (reached.on, reached.off, reached.before) == ((), (), reached.after)


async def a_member(session: AsyncSession) -> users.UserRecord:
    """Somebody of Acme Labs."""
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    row = await (await connection.execute(MEMBER, [LABS])).fetchone()
    return await users.load(session, row[0])


class TestUsers:
    async def test_a_customer_is_found_by_address_in_any_case(self, session: AsyncSession) -> None:
        one = await a_member(session)
        assert (one.tenant_ids, one.tenant_names) == ((LABS,), ("Acme Labs",))
        assert await users.by_email(session, f" {one.email.upper()} ") == one

    async def test_staff_strangers_and_the_deleted_are_none(self, session: AsyncSession, sql: Callable) -> None:
        """But whoever knows the id of a deleted account still reads what it was."""
        one = await a_member(session)
        sql("UPDATE users SET deleted = now(), status = 'deleted' WHERE id = %s", one.id)
        assert await users.by_email(session, one.email) is None
        session.expire_all()
        assert (await users.load(session, one.id)).status == "deleted"
        assert await users.by_email(session, "root@penguinmails.example") is None
        assert await users.load(session, IDS["root"]) is None
        assert await users.load(session, uuid.uuid4()) is None


class TestRoles:
    async def test_who_holds_what_and_until_when(self, session: AsyncSession) -> None:
        """The demo's lent role has its end; those who have left hold nothing."""
        held = await staff_roles.held_roles(session, IDS[LENT_ROLES[0].local_part])
        assert [one.role for one in held] == ["support", "user_manager"]
        assert held[0].expires is not None
        assert (held[1].expires, held[1].granted_by) == (None, IDS["root"])
        everybody = await staff_roles.holders(session)
        assert list(everybody) == await staff_roles.role_names(session)
        assert [(one.name, end) for one, end in everybody["support"]] == [
            ("Léa Marchand", None),
            ("Maria Costa", held[0].expires),
        ]
        assert [one.name for one, _ in everybody["super_admin"]] == ["Ingrid Sørensen"]

    async def test_an_expired_role_is_held_no_more_and_its_row_is_still_there(self, session, sql: Callable) -> None:
        sql("UPDATE staff_member_roles SET expires = now() WHERE expires IS NOT NULL")
        assert [one.role for one in await staff_roles.held_roles(session, IDS["maria.costa"])] == ["user_manager"]
        assert [one.name for one, _ in (await staff_roles.holders(session))["support"]] == ["Léa Marchand"]
        assert (await staff_roles.grant_row(session, IDS["maria.costa"], "support")).expires is not None

    async def test_a_role_is_given_prolonged_and_taken(self, database: Database, heard) -> None:
        """What is held keeps its beginning; what was taken begins anew."""
        who = IDS["tomasz"]

        async def put(*, held: bool, expires: dt.datetime | None = None) -> staff_roles.HeldRole | None:
            async with database.transaction() as session:
                await staff_roles.set_grant(session, who, "admin", held=held, expires=expires, by=IDS["root"])
                row = await staff_roles.grant_row(session, who, "admin")
            assert heard() == [{"table": "staff_member_roles", "user_id": str(who)}]
            return row

        far = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
        first = await put(held=True, expires=far)
        assert (first.expires, first.granted_by) == (far, IDS["root"])
        assert await put(held=True) == dataclasses.replace(first, expires=None)
        await put(held=True, expires=BEFORE - dt.timedelta(days=9000))
        again = await put(held=True, expires=far)
        assert again.granted > first.granted
        assert await put(held=False) is None
        async with database.transaction() as session:
            assert (await staff.load(session, who)).roles == {"operations"}

    async def test_a_held_row_waits_for_whoever_holds_it(self, session: AsyncSession, sql: Callable) -> None:
        await staff_roles.grant_row(session, IDS["tomasz"], "operations", hold=True)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            sql("SELECT 1 FROM staff_member_roles WHERE user_id = %s FOR UPDATE NOWAIT", IDS["tomasz"])

    async def test_a_role_that_nobody_knows_is_not_given(self, session: AsyncSession) -> None:
        await staff_roles.set_grant(session, IDS["tomasz"], "king", held=True, expires=None, by=None)
        assert await staff_roles.grant_row(session, IDS["tomasz"], "king") is None
