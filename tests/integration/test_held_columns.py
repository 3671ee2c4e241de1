"""Columns that are held: a suspension for a time, beside others, beside what somebody sets on the platform."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from bot.demo.data import uid
from bot.errors import NothingToDo
from bot.holds import engine
from bot.holds.kinds import kind_of
from bot.holds.reads import open_holds
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.store.database import Database
from bot.store.models import HeldSwitch, Hold, HoldKind
from tests.integration.action_examples import BEFORE, ON_PLATFORM, WHO, done, example

STAFFER = uid("user", WHO)
STATUS = "SELECT status, status_reason FROM users WHERE id = %s"
# Those that need nothing before that another one of them trips over.
HOLDING = [one for one in ON_PLATFORM if one not in BEFORE] + ["tenant.policy", "tenant.set_setting", "setting.promote"]
IN_FORCE = "SELECT count(*) FROM sessions WHERE user_id = %s AND revoked IS NULL AND expires > now()"
OVER = "UPDATE pmbot.holds SET ends = now() - interval '1 second' WHERE reason = %s"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_whatever_is_held_and_set_by_somebody_else_is_found_for_all_at_once(database: Database, sql) -> None:
    """And nothing else is: every action that holds something, as its example does, looked at by its kind."""
    found = set()
    for name in HOLDING:
        sql(BEFORE.get(name, "SELECT"))
        with contextlib.suppress(NothingToDo):  # for what another example needs is so already
            found |= await _found_changed(database, name)
    assert found >= set(HoldKind) - {HoldKind.READ_ONLY, HoldKind.SANDBOX, HoldKind.QUEUE_PAUSE}


async def _found_changed(database: Database, name: str) -> set[HoldKind]:
    found = set()
    async with database.transaction() as session:
        outcome = await done(await example(name, session), session)
        for hold in await open_holds(session, Hold.id.in_(outcome.holds)):
            kind = kind_of(hold)
            assert hold.id not in await kind.unlike(session), name
            for key in kind.wants(hold):
                switch = await session.get_one(HeldSwitch, key)
                if kind.differs(switch.seen, switch.base):
                    await kind.write(session, key, switch.base, by=None)
                    assert hold.id in await kind.unlike(session), (name, key)
                    found.add(kind.name)
        await session.rollback()
    return found


async def _suspended(database: Database, reason: str, hours: int | None = 1) -> None:
    async with database.transaction() as session:
        lasting = Term(dt.timedelta(hours=hours)) if hours else None
        await done(await example("staff.suspend", session, duration=lasting, reason=Reason(reason)), session)


async def _reinstated(database: Database) -> None:
    async with database.transaction() as session:
        await done(await example("staff.reinstate", session), session)


async def test_a_suspension_ends_by_itself_and_its_sessions_do_not_come_back(database: Database, sql) -> None:
    await _suspended(database, "lost laptop")
    assert sql(STATUS, STAFFER) == [("suspended", "lost laptop")]
    sql(OVER, "lost laptop")
    assert await engine.sweep(database) == 1
    assert sql(STATUS, STAFFER) == [("active", None)]
    assert sql(IN_FORCE, STAFFER) == [(0,)]


async def test_whoever_is_reinstated_is_held_by_nothing_any_more(database: Database, sql) -> None:
    """Also where the account was suspended for a time: nobody has to end that as well."""
    await _suspended(database, "lost laptop")
    await _reinstated(database)
    assert sql(STATUS, STAFFER)[0][0] == "active"
    assert sql("SELECT cause FROM pmbot.holds") == [("resumed",)]
    await _suspended(database, "again", hours=None)
    await _reinstated(database)
    assert sql(STATUS, STAFFER)[0][0] == "active"


async def test_what_somebody_else_set_meanwhile_stays(database: Database, sql) -> None:
    """An account that was deleted on the platform is not brought back by the end of a suspension."""
    await _suspended(database, "lost laptop")
    sql("UPDATE users SET status = 'deleted' WHERE id = %s", STAFFER)
    await engine.sweep(database)
    sql(OVER, "lost laptop")
    await engine.sweep(database)
    assert sql(STATUS, STAFFER)[0][0] == "deleted"
    assert sql("SELECT after ->> 'changed_outside' FROM pmbot.holds") == [("true",)]
