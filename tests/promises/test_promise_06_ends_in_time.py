"""Promise 6: whatever is temporary ends within 30 s of its time, or of the restart, however holds overlap."""

import asyncio
import datetime as dt
import signal
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.demo import world
from bot.demo.data import uid
from bot.demo.world import World
from bot.holds import engine
from bot.integrations.platform.probe import PlatformProbe, QueueAnswer
from bot.pipeline import verify
from bot.platform.queues import Scope
from bot.store.models import Hold, HoldCause
from tests.conftest import OPS, Processes, asked, cards, free_port, until
from tests.promises import dying_worker
from tests.promises.bench import IDS, Bench, pause
from tests.promises.dying_worker import ended

ACME = uid("tenant", "acme-corp")
QUEUE, TENANT = Scope("email-sending", None), Scope(None, ACME)
IN_TIME = 30.0  # seconds
STARTING = 60.0  # seconds that a process may take until it runs, beside all that a test machine does
HOUR = dt.timedelta(hours=1)
OVERDUE = """
    UPDATE pmbot.holds SET ends = now() - interval '1 s'
    WHERE proposal_id = (SELECT id FROM pmbot.proposals WHERE number = %s)
"""
ACTIVE = "SELECT is_active FROM job_queues WHERE name = 'email-sending'"
ENDS = "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_ended'"
OPEN_PAUSES = "SELECT count(*) FROM queue_pauses WHERE lifted IS NULL"


async def place(bench: Bench, scope: Scope = QUEUE, lasts: dt.timedelta | None = HOUR) -> Hold:
    async with bench.database.transaction() as session:
        return await pause(session, scope, lasts=lasts)


async def expire(bench: Bench, *ones: Hold) -> None:
    """Their time is over."""
    async with bench.database.transaction() as session:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await session.execute(update(Hold).where(Hold.id.in_([one.id for one in ones])).values(ends=past))


async def resume(bench: Bench, hold: Hold) -> None:
    async with bench.database.transaction() as session:
        await engine.lock(session)
        found = await session.get_one(Hold, hold.id)
        if found.ended is None:
            await engine.end(session, found, HoldCause.RESUMED, IDS["tomasz"])


async def active(bench: Bench) -> bool:
    return (await bench.sql(ACTIVE)) == [(True,)]


class TestOverlapping:
    async def test_overlapping_holds_do_not_cancel_each_other(self, bench: Bench) -> None:
        """The queue runs again with the end of the last, whichever that is, as it was before the first."""
        first, second, third = [await place(bench) for _ in range(3)]
        for ending in (second, first):
            await expire(bench, ending)
            await engine.sweep(bench.database)
            assert not await active(bench)
        await resume(bench, third)
        assert await active(bench)
        assert await bench.sql(OPEN_PAUSES) == [(0,)]

    async def test_a_queue_that_was_off_before_overlapping_holds_is_off_after_them(self, bench: Bench) -> None:
        """What comes back is the base, not "on"."""
        await bench.sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        first, second = [await place(bench) for _ in range(2)]
        await expire(bench, first, second)
        await engine.sweep(bench.database)
        assert not await active(bench)
        assert await bench.sql("SELECT \"after\"->'switched_off' FROM pmbot.holds ORDER BY starts") == [
            (False,),
            (True,),
        ]

    async def test_a_base_is_read_anew_once_all_have_ended(self, bench: Bench) -> None:
        """What was stored for holds of last week is no base of today's overlap."""
        await resume(bench, await place(bench))
        await bench.sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        await resume(bench, await place(bench))
        assert not await active(bench)
        await bench.sql("UPDATE job_queues SET is_active = true WHERE name = 'email-sending'")
        await resume(bench, await place(bench))
        assert await active(bench)

    async def test_what_somebody_switched_on_between_two_pauses_is_off_during_the_second(self, bench: Bench) -> None:
        """Nothing was held back when they did: it is where the second one begins, and what it leaves."""
        await bench.sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        await resume(bench, await place(bench))
        await bench.sql("UPDATE job_queues SET is_active = true WHERE name = 'email-sending'")
        second = await place(bench)
        assert not await active(bench)
        await resume(bench, second)
        assert await active(bench)
        assert await bench.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_changed'") == [(0,)]


class TestChangedOutside:
    async def test_a_switch_set_outside_is_left_as_it_is(self, bench: Bench) -> None:
        """Switched on and off again by somebody else while two pauses last: nobody overwrites their last word."""
        first, second = [await place(bench) for _ in range(2)]
        for on in (True, False):
            await bench.sql(f"UPDATE job_queues SET is_active = {on} WHERE name = 'email-sending'")
            await engine.sweep(bench.database)
        await expire(bench, first, second)
        await engine.sweep(bench.database)
        assert not await active(bench)
        assert await bench.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_changed'") == [(2,)]

    async def test_one_that_nobody_had_noticed_is_found_at_the_end(self, bench: Bench) -> None:
        """The switch is read under lock when the last pause ends, and what was set outside stays."""
        await bench.sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        hold = await place(bench)
        await bench.sql("UPDATE job_queues SET is_active = true WHERE name = 'email-sending'")
        await resume(bench, hold)
        assert await active(bench)
        assert await bench.sql("SELECT \"after\"->'changed_outside' FROM pmbot.holds") == [(True,)]

    async def test_a_second_pause_does_not_take_a_switch_back_that_was_set_outside(self, bench: Bench) -> None:
        """The pause itself holds the jobs back; the switch is theirs."""
        await place(bench)
        await bench.sql("UPDATE job_queues SET is_active = true WHERE name = 'email-sending'")
        await place(bench)
        assert await active(bench)


class TestManyClocks:
    async def test_clocks_at_once_end_each_hold_once(self, bench: Bench) -> None:
        """One audit entry and one message for each, however many sweep and however often."""
        many = [await place(bench, Scope(None, ACME) if number % 2 else QUEUE) for number in range(30)]
        await expire(bench, *many)
        ended = await asyncio.gather(*(engine.sweep(bench.database) for _ in range(5)))
        assert sum(ended) == 30
        assert await engine.sweep(bench.database) == 0
        assert await bench.sql(ENDS) == [(30,)]
        assert await bench.sql("SELECT count(*), max(version) FROM pmbot.messages WHERE key LIKE 'hold:%'") == [(30, 1)]
        assert await active(bench)

    async def test_clocks_at_once_while_others_pause(self, bench: Bench) -> None:
        """A pause placed while the last one ends is in force afterwards."""
        for _ in range(10):
            ending = await place(bench)
            await expire(bench, ending)
            _, _, fresh = await asyncio.gather(engine.sweep(bench.database), engine.sweep(bench.database), place(bench))
            assert not await active(bench)
            await resume(bench, fresh)
            assert await active(bench)

    async def test_one_that_is_extended_while_a_clock_waits_for_its_turn_goes_on(self, bench: Bench) -> None:
        """The clock had found it due; what counts is when it ends once its turn has come."""
        hold = await place(bench)
        await expire(bench, hold)
        async with bench.database.transaction() as session:
            await engine.lock(session)
            extended = await session.get_one(Hold, hold.id)
            await engine.extend(session, extended, hold.starts + 2 * HOUR)
            sweeping = asyncio.create_task(engine.sweep(bench.database))
            await until(lambda: bench.sql("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"))
        assert await sweeping == 0
        assert not await active(bench)

    async def test_one_that_cannot_end_keeps_none_waiting(self, bench: Bench, sql) -> None:
        """Each ends in a transaction of its own."""
        broken, fine = await place(bench), await place(bench, TENANT)
        await expire(bench, broken, fine)
        sql("DELETE FROM pmbot.held_switches")
        sql("ALTER TABLE queue_pauses ADD CONSTRAINT broken CHECK (queue_name IS NULL OR lifted IS NULL)")
        assert await engine.sweep(bench.database) == 1
        sql("ALTER TABLE queue_pauses DROP CONSTRAINT broken")


class Remembering(PlatformProbe):
    """A platform that answers what it knew some time ago."""

    def __init__(self, ago: dt.timedelta) -> None:
        self.ago = ago

    async def queue(self, queue: str | None, tenant_id: uuid.UUID | None) -> QueueAnswer:
        return QueueAnswer(dt.datetime.now(dt.UTC) - self.ago, paused=False, until=None)


async def test_an_answer_from_before_its_end_confirms_none(bench: Bench, sql) -> None:
    """From before anybody had ended it: the jobs may have run then for whatever reason."""
    hold = await place(bench)
    await resume(bench, hold)
    sql("UPDATE pmbot.holds SET starts = now() - interval '2 hours'")
    for ago, state in ((dt.timedelta(minutes=5), "not_yet"), (dt.timedelta(0), "confirmed")):
        await verify.verify_end(replace(bench.core, platform=Remembering(ago)), hold.id, 0)
        assert sql("SELECT verification FROM pmbot.holds") == [(state,)]


async def test_an_end_that_was_never_confirmed_is_asked_about_once_a_day(bench: Bench, sql) -> None:
    """However long ago it ended."""
    await resume(bench, await place(bench))
    sql("UPDATE pmbot.holds SET verification = 'unconfirmed', starts = now() - interval '3 days'")
    sql("UPDATE pmbot.holds SET ended = now() - interval '2 days', asked = now() - interval '1 hour'")
    assert await verify.ask_again(bench.core) == 0
    sql("UPDATE pmbot.holds SET asked = now() - interval '25 hours'")
    assert await verify.ask_again(bench.core) == 1
    assert await verify.ask_again(bench.core) == 0


class TestConstraints:
    async def test_a_second_end_or_a_second_hold_of_one_step_is_refused(self, bench: Bench, sql) -> None:
        """By the database: whoever runs a step or an end again fails, with all that it changed."""
        hold = await place(bench)
        proposal = await bench.ask("oncall")
        sql("UPDATE pmbot.holds SET proposal_id = %s, step = 0", proposal.id)
        await resume(bench, hold)
        sql("UPDATE pmbot.holds SET ended = NULL, cause = NULL")
        with pytest.raises(IntegrityError, match="uq_audit_log_hold_ended"):
            await resume(bench, hold)
        twin = await place(bench)
        with pytest.raises(Exception, match="uq_holds_proposal_id_step_target"):
            sql("UPDATE pmbot.holds SET proposal_id = %s, step = 0 WHERE id = %s", proposal.id, twin.id)

    async def test_what_has_ended_has_a_cause(self, bench: Bench, sql) -> None:
        await place(bench)
        with pytest.raises(Exception, match="ck_holds_ended"):
            sql("UPDATE pmbot.holds SET ended = now()")


POINTS = [f"commit of engine._alone: {when} #{number}" for number in (1, 2) for when in ("before", "after")]


@pytest.mark.parametrize("point", POINTS)
async def test_kill_9_of_a_clock_at_every_commit(surroundings: World, bench: Bench, tmp_path: Path, point: str) -> None:
    """The next clock finishes what is left; each end is there once."""
    held = [await place(bench), await place(bench)]
    await expire(bench, *held)
    chosen = world.settings(
        surroundings.database_url, surroundings.slack, surroundings.slack_url, surroundings.platform_url
    ).model_dump()
    with ended(dying_worker.start(chosen, part="clock", notes=tmp_path / "points", at=point)) as dying:
        await until(lambda: not dying.is_alive())
        assert dying.exitcode == -signal.SIGKILL
    done = point.startswith("commit of engine._alone: after") + (point.endswith("#2"))
    assert await bench.sql(ENDS) == [(done,)]
    assert await active(bench) is (done == 2)
    with ended(dying_worker.start(chosen, part="clock")):
        await until(lambda: ended_all(bench), IN_TIME)
    assert await active(bench)
    assert await bench.sql("SELECT count(*), max(version) FROM pmbot.messages WHERE key LIKE 'hold:%'") == [(2, 1)]


async def ended_all(bench: Bench) -> bool:
    return await bench.sql(ENDS) == [(2,)]


async def test_show_4_two_people_pause_a_tenant(surroundings: World, processes: Processes, sql) -> None:
    """For 1 h and for 2 h, with kills and restarts between: paused until the last ends, and both ends are said."""
    port = free_port()
    serving = processes.start("serve", PORT=port)
    worker, one, other = processes.start("worker"), processes.start("clock"), processes.start("clock")
    surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    await until(lambda: ready(port), 60)
    await paused_for(surroundings, "oncall", "1h")
    await paused_for(surroundings, "tomasz", "2h")
    assert await paused(surroundings)

    one.kill()
    serving.kill()
    worker.kill()  # what it had taken goes to the next one
    sql(OVERDUE, 1)
    worker = processes.start("worker")
    first = await said(surroundings, "by Óscar Peñalver (request 1) ended as planned", STARTING + IN_TIME)
    assert "Still paused: request 2 by Tomasz Wiśniewski holds back" in first
    assert await paused(surroundings)

    other.kill()
    other.wait()
    sql(OVERDUE, 2)
    await asyncio.sleep(2.5)  # no clock: nothing ends, and nothing is lost
    assert await paused(surroundings)
    processes.start("clock")
    processes.start("clock")
    second = await said(surroundings, "runs again: the pause by Tomasz Wiśniewski (request 2)", STARTING + IN_TIME)
    assert "ended as planned" in second
    await until(lambda: free(surroundings), IN_TIME)
    assert sql(ENDS) == [(2,)]
    # Lines and cards, each of them delivered by a job of its own.
    await until(lambda: len([card for card in cards(surroundings) if "ended as planned" in card["text"].lower()]) == 4)
    assert sql("SELECT count(*) FROM pmbot.messages WHERE key LIKE 'hold:%%'") == [(2,)]


async def paused_for(around: World, who: str, lasts: str) -> None:
    shown = await asked(around, f'/pm pause "Acme Corp" for {lasts} because spam', who)
    index = len(cards(around)) - 1
    await around.slack.click(world.slack_id(who), shown["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in cards(around)[index]["text"], IN_TIME)


async def said(around: World, text: str, seconds: float = IN_TIME) -> str:
    return await until(lambda: next((one["text"] for one in cards(around) if text in one["text"]), None), seconds)


async def ready(port: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        except httpx.TransportError:
            return False


async def paused(around: World) -> bool:
    """What the platform's workers would be told."""
    async with httpx.AsyncClient(trust_env=False) as client:
        headers: dict[str, Any] = {"Authorization": f"Bearer {world.SERVICE_TOKEN}"}
        answer = await client.get(
            f"{around.platform_url}/internal/queues", params={"tenant": str(uuid.UUID(str(ACME)))}, headers=headers
        )
    return bool(answer.json()["paused"])


async def free(around: World) -> bool:
    return not await paused(around)
