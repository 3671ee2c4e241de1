"""Nobody waits for whoever waits for them: all locks are taken in one order (bot/store/locks.py)."""

import asyncio
import contextlib
import datetime as dt
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.audit.sealing import Sealer
from bot.demo import world
from bot.holds import engine
from bot.pipeline import linking, verify
from bot.pipeline.execute import execute
from bot.pipeline.jobs import chores
from bot.pipeline.propose import Ask, propose
from bot.pipeline.undo import undo
from bot.platform.queues import Scope
from bot.store.locks import Lock
from bot.store.models import Hold, Proposal, State, Verdict
from tests.conftest import until
from tests.integration.action_examples import BEFORE, WRITING, done, example
from tests.promises import healing
from tests.promises.asking_for_roles import ask_for_roles
from tests.promises.bench import IDS, Bench, pause

OWN = {
    "inbox": Lock.PAYLOAD,
    "staff_links": Lock.LINK,
    "maintenance_windows": Lock.WINDOW,
    "alerts": Lock.ALERT,
    "tickets": Lock.TICKET,
    "ticket_samples": Lock.TICKET,
    "proposals": Lock.PROPOSAL,
    "revisions": Lock.STEP,
    "decisions": Lock.STEP,
    "executions": Lock.STEP,
    "effects": Lock.STEP,
    "way_in": Lock.WAY_IN,
    "holds": Lock.PLATFORM,
    "held_switches": Lock.PLATFORM,
    "lost_trust": Lock.TRUST,
    "messages": Lock.MESSAGE,
}
NAMED = {"pmbot.read_only": Lock.READ_ONLY, "pmbot.healings": Lock.HEALING, "pmbot.audit_seal": Lock.SEAL}
# Rows that nobody else waits for: they are only ever added, or belong to the queue.
FREE = (
    "procrastinate",
    "audit_",
    "drafts",
    "followers",
    "slots",
    "schedules",
    "alert_ticks",
    "alert_events",
    "ticket_events",
)
WRITES = re.compile(r"\b(?:UPDATE|DELETE FROM|INSERT INTO) (?:pmbot\.)?(\w+)")
HOLDS_ROWS = re.compile(r"\bFROM (?:pmbot\.)?(\w+).*\bFOR (?:NO KEY )?(?:UPDATE|SHARE)", re.DOTALL)


def locked(statement: str) -> Lock | None:
    """What a statement locks; None: nothing that others wait for."""
    if "_advisory_" in statement:
        return next((lock for name, lock in NAMED.items() if name in statement), Lock.HOLDS)
    found = HOLDS_ROWS.search(statement) or WRITES.search(statement)
    if found is None:
        return None
    table = found.group(1)
    if table.startswith(FREE) or (statement.lstrip().startswith("INSERT") and "ON CONFLICT" not in statement):
        return None  # a new row is nobody's yet
    if table in ("users", "staff_members"):
        return Lock.ACCOUNT
    return OWN.get(table, Lock.PLATFORM)


class Locks:
    """What each transaction on an engine took, by the class of lock, the first time each."""

    def __init__(self, bench: Bench) -> None:
        self._engine = bench.database.engine.sync_engine
        self._now: dict[int, tuple[list[Lock], set[Lock]]] = {}
        self.taken: list[list[Lock]] = []

    def _statement(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        taken, had = self._now.setdefault(id(connection), ([], set()))
        lock = locked(statement)
        if lock is None or lock in had:
            return
        had.add(lock)
        if "SKIP LOCKED" not in statement:  # which waits for nobody
            taken.append(lock)

    def _over(self, connection: Any) -> None:
        taken, _ = self._now.pop(id(connection), ([], set()))
        self.taken.append(taken)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        hooks = (("before_cursor_execute", self._statement), ("commit", self._over), ("rollback", self._over))
        for name, hook in hooks:
            event.listen(self._engine, name, hook)
        try:
            yield
        finally:
            for name, hook in hooks:
                event.remove(self._engine, name, hook)
        for taken in self.taken:
            assert taken == sorted(taken), [one.name for one in taken]


@pytest.fixture
def locks(bench: Bench) -> Locks:
    return Locks(bench)


async def proposed(bench: Bench, name: str) -> Proposal:
    """The example of an action, asked for by somebody who may."""
    operator = await bench.operator("root")
    async with bench.database.transaction() as session:
        return await propose(bench.core, session, operator, [await example(name, session)], Ask("operations", "x"))


async def decided(bench: Bench, proposal: Proposal) -> Proposal:
    for name in ("root", "security", "nadia", "tomasz", "dmitri", "finance", "kofi", "hana"):
        proposal = await bench.read(proposal.id)
        if proposal.state == State.PENDING:
            with contextlib.suppress(Exception):
                await bench.decide(name, proposal)
    return await bench.read(proposal.id)


class TestTheOrder:
    @pytest.mark.parametrize("name", WRITING)
    async def test_every_action_takes_its_locks_in_order(self, bench: Bench, sql, locks: Locks, name: str) -> None:
        """From the question to its undo, with all the jobs that follow."""
        if name in BEFORE:
            sql(BEFORE[name])
        with locks.watched():
            proposal = await decided(bench, await proposed(bench, name))
            assert (await bench.execute(proposal)).state == State.SUCCEEDED
            await verify.verify(bench.core, proposal.id, 0, 0)
            operator = await bench.operator("security")
            async with bench.database.transaction() as session:
                with contextlib.suppress(Exception):
                    await undo(bench.core, session, operator, proposal.id, "a mistake")
            for (undoing,) in sql("SELECT id FROM pmbot.proposals WHERE undoes_id = %s", proposal.id):
                await bench.execute(await decided(bench, await bench.read(undoing)))
        seen = {lock for taken in locks.taken for lock in taken}
        assert {Lock.PROPOSAL, Lock.MESSAGE} < seen  # the recorder sees what there is to see

    async def test_every_sweep_takes_its_locks_in_order(self, bench: Bench, sql, locks: Locks) -> None:
        """With something to do for each: a hold to end, a request to expire, one that is no longer true."""
        await lent(bench)
        async with bench.database.transaction() as session:
            await pause(session, Scope("email-sending", None), lasts=dt.timedelta(hours=2))
        async with bench.database.transaction() as session:
            await done(await example("user.suspend", session), session)
        sql("UPDATE pmbot.holds SET ends = now() - interval '1 second'")
        old = await bench.ask("oncall")
        await bench.ask("tomasz", about="finance")
        sql("UPDATE pmbot.proposals SET expires = now() WHERE id = %s", old.id)
        sql("UPDATE pmbot.proposals SET looked = now() - interval '1 hour'")
        sql("UPDATE pmbot.executions SET verification = 'unconfirmed', asked = now() - interval '2 days'")
        with locks.watched():
            for chore in chores(bench.core).values():
                await chore()
            await bench.follow()
        assert sql("SELECT count(*) FROM pmbot.holds WHERE ended IS NULL") == [(0,)]
        assert Lock.HOLDS in {lock for taken in locks.taken for lock in taken}

    async def test_self_healing_does(self, bench: Bench, locks: Locks) -> None:
        """Of two alerts one is healed and one left to people, and what was asked for runs."""
        await healing.fire(bench, healing.QUEUES[:2])
        healer = healing.healer(bench.core)
        with locks.watched():
            assert await healer.sweep() == 2
            for (asked,) in await bench.sql("SELECT id FROM pmbot.proposals"):
                await execute(healer.core, asked)
            await bench.follow()
        assert await healing.healed(bench) == [True, False]
        assert Lock.HEALING in {lock for taken in locks.taken for lock in taken}

    async def test_sealing_does(self, bench: Bench, locks: Locks) -> None:
        """Alone, and before it writes anything."""
        await bench.ask("oncall")
        with locks.watched():
            assert await Sealer(bench.database, None).sweep() > 0
        assert [Lock.SEAL] in locks.taken

    async def test_breaking_the_glass_and_linking_do(self, bench: Bench, database_url: str, locks: Locks) -> None:
        with locks.watched():
            proposal = await bench.decide("oncall", await bench.ask("tomasz"), Verdict.BREAK_GLASS)
            await bench.execute(proposal)
            await linking.confirm(
                database_url, world.workspace().team_id, world.slack_id("nadia"), "tomasz@penguinmails.example"
            )
            await bench.follow()


# Crossing


@contextlib.asynccontextmanager
async def gate(bench: Bench, statement: str) -> AsyncIterator[None]:
    """Somebody else holds a lock for as long as it takes until others wait for it."""
    async with bench.database.transaction() as session:
        await session.execute(text(statement))
        yield


async def cross(bench: Bench, statement: str, *crossing: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Start all of them, the next once the one before waits for the lock that is held; then let go of it."""
    waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    started: list[asyncio.Task[Any]] = []
    async with gate(bench, statement):
        for number, one in enumerate(crossing, start=1):
            started.append(asyncio.ensure_future(one()))
            await until(lambda least=number: _at_least(bench, waiting, least))
    return await asyncio.gather(*started)


async def _at_least(bench: Bench, query: str, least: int) -> bool:
    return (await bench.sql(query))[0][0] >= least


async def lent(bench: Bench, who: str = "kofi") -> Hold:
    """A role for two hours."""
    proposal = await ask_for_roles(bench, "maria.costa", "add", who, "operations", "7200s")
    await bench.decide("security", proposal)
    await bench.execute(proposal)
    async with bench.database.transaction() as session:
        return await session.get_one(Hold, (await bench.sql("SELECT id FROM pmbot.holds"))[0][0])


WAY_IN = "SELECT * FROM pmbot.way_in FOR UPDATE"
HOLDS = str(engine.LOCK)


class TestCrossing:
    async def test_two_who_take_access_from_whoever_asked_for_the_other(self, bench: Bench) -> None:
        """Each makes the other's request void: the first does, the second finds it so."""
        first = await bench.decide("security", await bench.ask("oncall", "staff.suspend", "tomasz"))
        second = await bench.decide("security", await bench.ask("tomasz", "staff.suspend", "oncall"))
        await cross(bench, WAY_IN, lambda: bench.execute(first), lambda: bench.execute(second))
        states = {(await bench.read(one.id)).state for one in (first, second)}
        assert states == {State.SUCCEEDED, State.CANCELLED}

    async def test_two_who_sign_out_whoever_approved_the_other(self, bench: Bench) -> None:
        """One of them happens: the other rests on the word of somebody who is no longer trusted with it."""
        first = await bench.decide("security", await bench.ask("oncall", about="nadia"))
        second = await bench.decide("nadia", await bench.ask("oncall", about="security"))
        smaller = min(IDS["nadia"], IDS["security"])
        account = f"SELECT id FROM users WHERE id = '{smaller}' FOR UPDATE"
        await cross(bench, account, lambda: bench.execute(first), lambda: bench.execute(second))
        await bench.follow()
        states = sorted([(await bench.read(one.id)).state for one in (first, second)])
        assert states == [State.PENDING, State.SUCCEEDED]

    async def test_a_role_that_runs_out_while_its_holder_is_suspended(self, bench: Bench) -> None:
        """Both make what they asked for void; neither waits for the other."""
        await lent(bench)
        asked = await bench.ask("kofi", about="finance")
        leaving = await bench.decide("security", await bench.ask("oncall", "staff.suspend", "kofi"))
        await bench.sql("UPDATE pmbot.holds SET ends = clock_timestamp()")
        _, ended = await cross(
            bench,
            f"SELECT id FROM users WHERE id = '{IDS['kofi']}' FOR UPDATE",
            lambda: bench.execute(leaving),
            lambda: engine.sweep(bench.database),
        )
        assert ended == 1
        await bench.follow()
        assert (await bench.read(leaving.id)).state == State.SUCCEEDED
        assert (await bench.read(asked.id)).state == State.CANCELLED

    async def test_a_sweep_while_what_rests_on_the_hold_runs(self, bench: Bench) -> None:
        """The one ends the role that the other was asked for with."""
        await lent(bench)
        pausing = await paused(bench, "kofi")
        await bench.sql("UPDATE pmbot.holds SET ends = clock_timestamp()")
        _, ended = await cross(bench, HOLDS, lambda: bench.execute(pausing), lambda: engine.sweep(bench.database))
        assert ended == 1
        assert (await bench.read(pausing.id)).state == State.SUCCEEDED  # it was first

    async def test_an_undo_while_the_original_is_verified(self, bench: Bench) -> None:
        """Both want the original."""
        proposal = await bench.decide("security", await bench.ask("oncall", "staff.suspend"))
        await bench.execute(proposal)
        operator = await bench.operator("security")
        async with bench.database.transaction() as session:
            back = await undo(bench.core, session, operator, proposal.id, "a mistake")
        back = await bench.decide("nadia", back)
        row = f"SELECT id FROM pmbot.proposals WHERE id = '{proposal.id}' FOR UPDATE"
        await cross(bench, row, lambda: bench.execute(back), lambda: verify.verify(bench.core, proposal.id, 0, 0))
        assert (await bench.read(proposal.id)).state == State.UNDONE


async def paused(bench: Bench, by: str) -> Proposal:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        proposal = await propose(
            bench.core, session, operator, [await example("queue.pause", session)], Ask("operations", "x")
        )
    return await bench.decide(by, proposal)
