"""What the clock wakes: proposals expire, lost messages and stalled jobs get another chance."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from bot.app import build
from bot.delivery.unsent import resend
from bot.demo import world
from bot.demo.world import World
from bot.pipeline import sweep
from bot.pipeline.core import Core
from bot.runtime import clock, jobs
from bot.store import outbox
from tests.conftest import OPS, asked, card, cards, idle, until, whispers

EXPIRE = "UPDATE pmbot.proposals SET expires = now() - interval '1 s' WHERE number = %s"
ENDED = "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'ended' AND action = 'pipeline.expire'"


@pytest.fixture
async def core(surroundings: World) -> AsyncIterator[Core]:
    """The parts that a clock needs, with nothing running."""
    settings = world.settings(
        surroundings.database_url, surroundings.slack, surroundings.slack_url, surroundings.platform_url
    )
    bot = build(settings)
    yield bot.core
    await bot.close()


@pytest.fixture(autouse=True)
def in_our_schema(sql) -> None:
    """procrastinate's triggers find their tables by the search path."""
    sql("SET search_path = pmbot, public")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "INTERVAL", 0.3)


def store_pending(sql, *, reason: str = "laptop stolen") -> uuid.UUID:
    """An open proposal whose time is over, as the pipeline would have stored it."""
    proposal, revision = uuid.uuid4(), uuid.uuid4()
    requester = sql("SELECT id FROM users WHERE email = 'oncall@penguinmails.example'")[0][0]
    sql(
        "INSERT INTO pmbot.proposals (id, requester_id, state, revision_id, requirement, reason, channel, expires)"
        " VALUES (%s, %s, 'pending', %s, '{}', %s, 'operations', now() - interval '1 s')",
        proposal,
        requester,
        revision,
        reason,
    )
    sql(
        "INSERT INTO pmbot.revisions (id, proposal_id, number, plan, impacts, digest)"
        " VALUES (%s, %s, 1, '[]', '[]', '')",
        revision,
        proposal,
    )
    return proposal


class TestExpiry:
    async def test_a_proposal_expires_and_its_card_says_so(self, bot_world: World, sql) -> None:
        """Nothing was done, the buttons go, and a click on the old card is answered."""
        pending = await asked(bot_world)
        sql(EXPIRE, 1)
        await until(lambda: "expired, nothing was done" in card(bot_world)["text"])
        assert "Nobody decided in time." in card(bot_world)["text"]
        assert not [block for block in card(bot_world)["blocks"] if block["type"] == "actions"]
        assert sql("SELECT state, ended IS NOT NULL FROM pmbot.proposals") == [("expired", True)]
        assert sql("SELECT count(*) FROM pmbot.executions") == [(0,)]
        assert len(cards(bot_world)) == 1
        assert card(bot_world)["ts"] == pending["ts"]

    async def test_a_click_before_the_clock_noticed_is_refused_too(
        self, bot_world: World, sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Expiry is a matter of time, not of whether a clock runs."""
        monkeypatch.setattr(sweep, "expire", _nothing)
        pending = await asked(bot_world)
        sql(EXPIRE, 1)
        await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
        await until(lambda: whispers(bot_world, "security"))
        assert "This request has expired, so nothing was done." in whispers(bot_world, "security")[0]
        assert sql("SELECT count(*) FROM pmbot.decisions") == [(0,)]

    async def test_one_that_is_not_due_stays(self, core: Core, sql) -> None:
        """An open one with time left, and one that was decided, are none of the clock's business."""
        due, later, decided = (store_pending(sql) for _ in range(3))
        sql("UPDATE pmbot.proposals SET expires = now() + interval '1 h' WHERE id = %s", later)
        sql("UPDATE pmbot.proposals SET state = 'approved' WHERE id = %s", decided)
        assert await sweep.expire(core) == 1
        states = dict(sql("SELECT id, state FROM pmbot.proposals"))
        assert states == {due: "expired", later: "pending", decided: "approved"}

    async def test_two_clocks_at_once_expire_once(self, core: Core, sql) -> None:
        """Each proposal ends once: one audit entry, one new version of its card."""
        for _ in range(20):
            store_pending(sql)
        expired = await asyncio.gather(*(sweep.expire(core) for _ in range(4)))
        expired.append(await sweep.expire(core))
        assert sum(expired) == 20
        assert sql(ENDED) == [(20,)]
        assert sql("SELECT count(*), max(version) FROM pmbot.messages WHERE projection = 'proposal'") == [(20, 1)]
        assert sql("SELECT count(*), max(version) FROM pmbot.messages WHERE projection = 'told'") == [(20, 1)]


class TestUnsent:
    async def test_a_message_whose_job_is_lost_gets_a_new_one(self, core: Core, sql) -> None:
        """After half a minute; what was just asked for, and what was sent, is left alone."""
        async with core.database.transaction() as session:
            for key in ("lost", "sent", "fresh"):
                await outbox.post(session, key, {"text": key}, channel="operations")
        sql("DELETE FROM pmbot.procrastinate_jobs")
        sql("UPDATE pmbot.messages SET changed = now() - interval '31 s' WHERE key <> 'fresh'")
        sql("UPDATE pmbot.messages SET sent_version = version WHERE key = 'sent'")
        assert await resend(core.database) == 1
        [(lost,)] = sql("SELECT id::text FROM pmbot.messages WHERE key = 'lost'")
        assert sql("SELECT task_name, args FROM pmbot.procrastinate_jobs") == [("deliver", {"message_id": lost})]
        assert await resend(core.database) == 0

    async def test_two_clocks_give_one_job(self, core: Core, sql) -> None:
        """However many clocks look at the same moment."""
        async with core.database.transaction() as session:
            await outbox.post(session, "lost", {"text": "lost"}, channel="operations")
        sql("DELETE FROM pmbot.procrastinate_jobs")
        sql("UPDATE pmbot.messages SET changed = now() - interval '31 s'")
        assert sum(await asyncio.gather(*(resend(core.database) for _ in range(4)))) == 1
        assert sql("SELECT count(*) FROM pmbot.procrastinate_jobs") == [(1,)]

    async def test_the_message_then_gets_there(self, bot_world: World, sql) -> None:
        """With everything running, a card whose job was lost appears by itself."""
        await asked(bot_world)
        sql("UPDATE pmbot.messages SET version = version + 1, changed = now() - interval '31 s'")
        await until(lambda: sql("SELECT bool_and(version = sent_version) FROM pmbot.messages") == [(True,)])


def chores(core: Core) -> dict[str, clock.Chore]:
    """What looks after proposals, messages and jobs; the other sweeps have tests of their own."""
    return {
        "expire": lambda: sweep.expire(core),
        "resend": lambda: resend(core.database),
        "rescue": lambda: jobs.rescue(core.database),
    }


class TestTick:
    async def test_one_tick_does_all_of_it(self, core: Core, sql) -> None:
        """Expiry, unsent messages, and the jobs of workers that are gone."""
        store_pending(sql)
        async with core.database.transaction() as session:
            await outbox.post(session, "lost", {"text": "lost"}, channel="operations")
        sql("UPDATE pmbot.messages SET changed = now() - interval '31 s'")
        sql("UPDATE pmbot.procrastinate_jobs SET status = 'doing'")
        await clock.tick(chores(core))
        assert sql(ENDED) == [(1,)]
        # The stalled one, those for the card of the expired proposal and its requester, and the lost message's new one.
        assert sql("SELECT status::text, count(*) FROM pmbot.procrastinate_jobs GROUP BY 1") == [("todo", 4)]

    async def test_a_database_that_is_away_ends_no_clock(self, core: Core, sql) -> None:
        """The next tick tries again."""
        sql("ALTER SCHEMA pmbot RENAME TO away")
        await clock.tick(chores(core))
        sql("ALTER SCHEMA away RENAME TO pmbot")
        store_pending(sql)
        await clock.tick(chores(core))
        assert sql(ENDED) == [(1,)]

    async def test_it_stops_when_told(self, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
        """However long the interval; the round that is under way is not cut off."""
        ticks = []

        async def chore() -> None:
            ticks.append("begun")
            await asyncio.sleep(0.2)
            ticks.append("ended")

        monkeypatch.setattr(clock, "INTERVAL", 0.05)
        stop = asyncio.Event()
        running = asyncio.create_task(clock.run({"chore": chore}, stop))
        await until(lambda: ticks == ["begun", "ended", "begun"])
        stop.set()
        await asyncio.wait_for(running, 10)
        assert ticks[-1] == "ended"

    async def test_a_chore_that_hangs_or_breaks_keeps_no_other_from_its_time(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One waits for ever, one raises what nobody foresaw: the third goes on, and so does the one that raised.

        That the first one's next round is left out, as it should be, fills no log.
        """
        monkeypatch.setattr(clock, "INTERVAL", 0.05)
        rounds = Counter[str]()

        async def hangs() -> None:
            rounds["hangs"] += 1
            await asyncio.Event().wait()

        async def breaks() -> None:
            rounds["breaks"] += 1
            raise ZeroDivisionError

        async def works() -> None:
            rounds["works"] += 1

        stop = asyncio.Event()
        running = asyncio.create_task(clock.run({"hangs": hangs, "breaks": breaks, "works": works}, stop))
        await until(lambda: rounds["works"] > 3 and rounds["breaks"] > 3)
        assert rounds["hangs"] == 1
        assert "running instances" not in caplog.text
        stop.set()
        await asyncio.wait_for(running, 10)

    async def test_a_round_that_hangs_is_ended_and_the_next_one_comes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A chore that hung once is not left undone until somebody restarts the clock."""
        monkeypatch.setattr(clock, "LONGEST", 0.1)
        rounds = Counter[str]()

        async def hangs() -> None:
            rounds["hangs"] += 1
            await asyncio.Event().wait()

        stop = asyncio.Event()
        running = asyncio.create_task(clock.run({"hangs": hangs}, stop))
        await until(lambda: rounds["hangs"] > 2)
        stop.set()
        await asyncio.wait_for(running, 10)


async def _nothing(core: Core) -> int:
    return 0


async def test_the_requester_is_told_that_nobody_decided(
    bot_world: World, sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By direct message, once: the card may be far up in its channel by then."""
    sweeps, expire = [], sweep.expire

    async def counted(core: Core) -> int:
        sweeps.append(await expire(core))
        return sweeps[-1]

    monkeypatch.setattr(sweep, "expire", counted)
    await asked(bot_world)
    sql("UPDATE pmbot.proposals SET expires = now() - interval '1 s'")

    def told() -> list[str]:
        sent = [call for call in bot_world.slack.calls if call.method == "chat.postMessage"]
        return [str(call.args["text"]) for call in sent if "Nobody decided in time. If still" in str(call.args["text"])]

    await until(told)
    await until(lambda: "expired, nothing was done" in card(bot_world)["text"])
    before = len(sweeps)
    await until(lambda: len(sweeps) >= before + 3)
    await idle(sql)
    assert len(told()) == 1
    assert "Sign out Priya Raghunathan everywhere" in told()[0]


async def test_payloads_and_drafts_are_forgotten_after_seven_days(core: Core, sql) -> None:
    """They hold tokens and what people typed; younger ones stay, and what came of them stays."""
    for key, days in (("old", 8), ("young", 6)):
        sql(
            "INSERT INTO pmbot.inbox (key, kind, payload, received, handled) "
            "VALUES (%s, 'command', '{}', now() - make_interval(days => %s), now())",
            key,
            days,
        )
        sql(
            "INSERT INTO pmbot.drafts (id, verb, arguments, origin, created) "
            "VALUES (gen_random_uuid(), %s, '{}', '{}', now() - make_interval(days => %s))",
            key,
            days,
        )
    assert await sweep.forget(core) == 2
    assert sql("SELECT key FROM pmbot.inbox") == [("young",)]
    assert sql("SELECT verb FROM pmbot.drafts") == [("young",)]
    assert await sweep.forget(core) == 0


async def test_what_answers_said_is_forgotten_after_seven_days(core: Core, sql) -> None:
    """Names and response urls go, once it is sent; that it was said stays, so that it is not said again."""
    rows = (("old", 8, 1), ("unsent", 8, 0), ("young", 6, 1))
    for key, days, sent in rows:
        sql(
            "INSERT INTO pmbot.messages (id, key, channel, projection, content, response_url, version, sent_version,"
            " sent_channel, ts, created) VALUES (gen_random_uuid(), %s, 'C1', 'static', '{\"text\": \"Priya\"}',"
            " 'https://hooks', 1, %s, 'C1', %s, now() - make_interval(days => %s))",
            key,
            sent,
            key,
            days,
        )
    assert await sweep.forget(core) == 1
    kept = sql("SELECT key FROM pmbot.messages WHERE content IS NOT NULL AND response_url IS NOT NULL ORDER BY key")
    assert kept == [("unsent",), ("young",)]
    assert await sweep.forget(core) == 0
    async with core.database.transaction() as session:
        assert not await outbox.post(session, "old", {"text": "again"}, channel="C1")
        assert not await outbox.restore(session, channel="C1", ts="old")
        assert await outbox.restore(session, channel="C1", ts="young")


async def test_a_round_that_is_late_is_run_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """A process that gets no processor for seconds, or is stopped and resumed, leaves nothing out."""
    stop = asyncio.Event()

    async def busy() -> None:
        time.sleep(1.5)  # noqa: ASYNC251 - nothing else in this process gets its turn

    async def counted() -> None:
        stop.set()

    await asyncio.wait_for(clock.run({"busy": busy, "counted": counted}, stop), 30)
    assert "missed" not in caplog.text
