"""Promise 13: silence is noticed within five minutes, by a second route; once when it begins, once when it is over."""

import asyncio
import datetime as dt

import psycopg
import pytest

from bot.demo.world import World
from bot.watch import notices, silence
from bot.watch.away import Away
from bot.watch.routes.base import Notice, NotTold
from tests.conftest import until
from tests.promises.watching import PASSED, Watched, watched

MINUTE = 60
SENT = "SELECT version = sent_version FROM pmbot.messages WHERE key = 'watch:canary'"


@pytest.fixture
async def watching(surroundings: World, sql):
    """The bot, well for two minutes."""
    async with watched(surroundings, sql) as made:
        await made.beat()
        await until(lambda: sql("SELECT sent_version FROM pmbot.messages WHERE key = 'watch:canary'") == [(1,)])
        await made.let_pass(2 * MINUTE)
        yield made


async def test_the_canary_goes_round(surroundings: World, sql) -> None:
    """Through the clock, a worker and Slack, and back by the door and a worker; what is stored of it says nothing."""
    async with watched(surroundings, sql) as made:
        await made.beat()
        await until(lambda: sql(SENT) == [(True,)])
        sql(PASSED.format(by="interval '1 minute'"))
        await made.beat()
        await until(lambda: sql("SELECT returned > sent FROM pmbot.pulse") == [(True,)], seconds=10)
    assert sql("SELECT count(*) FROM pmbot.inbox WHERE payload::text LIKE '%%Self-test of the bot%%'") == [(0,)]


async def test_show_6_slack_refuses_everything_for_five_minutes(watching: Watched, sql) -> None:
    """One message by each second route within them, and one when it is over; two processes look all the time."""
    watching.around.slack.faults.switch("server_errors", share=1.0)
    await watching.let_pass(2 * MINUTE)
    assert watching.listener.told == []
    await watching.let_pass(3 * MINUTE)
    assert watching.listener.events == ["silence.began"]
    assert [one for one in watching.letters if "silent since" in one] == watching.letters
    assert len(watching.letters) == 1
    assert "Slack has accepted no message from the bot" in watching.listener.told[0]["text"]
    watching.around.slack.faults.clear()
    await came_back(watching)
    await watching.let_pass(3 * MINUTE)
    assert watching.listener.events == ["silence.began", "silence.over"]
    assert watching.letters[1:] == ["The PenguinMails bot works again"]
    assert len({one["group"] for one in watching.listener.told}) == 1
    assert sql("SELECT count(*), count(over) FROM pmbot.silences") == [(1, 1)]


BACK = """
    SELECT returned > sent AND NOT EXISTS (
        SELECT FROM pmbot.messages WHERE failing IS NOT NULL AND undeliverable IS NULL
    ) FROM pmbot.pulse
"""


async def came_back(watching: Watched) -> None:
    """Slack takes again all that it refused, and tells of it."""

    async def later() -> bool:
        watching.sql(PASSED.format(by="interval '1 second'"))
        return watching.sql(BACK) == [(True,)]

    await until(later, every=0.2)


async def test_while_all_is_well_nobody_is_told_and_the_switch_is_held(watching: Watched) -> None:
    """Each minute one of the two processes calls the dead man's switch."""
    before = watching.listener.pings
    await watching.let_pass(10 * MINUTE)
    assert watching.listener.told == [] == watching.letters
    assert 9 <= watching.listener.pings - before <= 11


async def test_the_switch_is_let_go_when_something_is_wrong(watching: Watched) -> None:
    """As soon as it is noticed; then whoever waits for the calls tells of it, too."""
    await watching.let_pass(4 * MINUTE, clock_runs=False)
    assert watching.listener.events == ["silence.began"]
    before = watching.listener.pings
    await watching.let_pass(3 * MINUTE, clock_runs=False)
    assert watching.listener.pings == before


async def test_events_that_do_not_arrive_are_silence(watching: Watched) -> None:
    """Slack takes what the bot says, and what people say does not arrive."""
    watching.around.slack.request_url = "http://127.0.0.1:9/slack/events"
    watching.settled = lambda: until(lambda: watching.sql(SENT) == [(True,)])  # nothing comes back
    await watching.let_pass(5 * MINUTE)
    assert watching.listener.events == ["silence.began"]
    assert "no event from Slack" in watching.listener.told[0]["text"]


async def test_a_clock_that_stopped_is_told_of_by_the_others(watching: Watched) -> None:
    await watching.let_pass(5 * MINUTE, clock_runs=False)
    assert watching.listener.events == ["silence.began"]
    assert "The clock process (pm clock) has not run" in watching.listener.told[0]["text"]


async def test_work_that_nobody_takes_is_told_of(watching: Watched, sql) -> None:
    sql(
        "INSERT INTO pmbot.procrastinate_jobs (queue_name, task_name, scheduled_at)"
        " VALUES ('nobody', 'handle', now() - interval '2 minutes')"
    )
    await watching.let_pass(2 * MINUTE)
    assert watching.listener.events == ["silence.began"]
    assert "no worker (pm worker) does it" in watching.listener.told[0]["text"]


async def test_a_night_without_any_process_is_no_silence_of_now(watching: Watched, sql) -> None:
    """The dead man's switch told of that. Whoever wakes begins to count anew."""
    sql(PASSED.format(by="interval '8 hours'"))
    await watching.look()
    await watching.let_pass(2 * MINUTE)
    assert watching.listener.told == []


async def test_a_route_that_is_away_is_told_later_and_in_order(watching: Watched) -> None:
    """Nobody reads that it is over before they read that it began."""
    watching.listener.status = 503
    await watching.let_pass(5 * MINUTE, clock_runs=False)
    assert (len(watching.letters), watching.listener.told) == (1, [])
    await watching.let_pass(4 * MINUTE)
    watching.listener.status = 200
    await watching.let_pass(2 * MINUTE)
    assert watching.listener.events == ["silence.began", "silence.over"]
    assert len(watching.letters) == 2


async def test_two_processes_at_the_same_notice_send_it_once(watching: Watched, sql) -> None:
    await watching.let_pass(5 * MINUTE, clock_runs=False)
    sql("UPDATE pmbot.silence_notices SET told = NULL, claimed = NULL")
    one, other = watching.watchers
    await asyncio.gather(*(notices.tell(each.database, each.routes) for each in (one, other, one, other)))
    assert watching.listener.events == ["silence.began"] * 2


async def test_a_process_that_died_after_sending_repeats_the_same_key(watching: Watched, sql) -> None:
    """Being told is worth more than being told once; whoever knows the key is told once."""
    await watching.let_pass(5 * MINUTE, clock_runs=False)
    sql("UPDATE pmbot.silence_notices SET told = NULL")
    await watching.let_pass(2 * MINUTE, clock_runs=False)
    first, again = watching.listener.told
    assert first["idempotency"] == again["idempotency"] == first["key"]


async def test_the_database_holds_one_silence_at_a_time(sql) -> None:
    """Whoever else would begin one finds it there."""
    new = (
        "INSERT INTO pmbot.silences (id, began, noticed, reasons) VALUES (gen_random_uuid(), now(), now(), '{}')"
        " ON CONFLICT DO NOTHING"
    )
    sql(new)
    sql(new)
    assert sql("SELECT count(*) FROM pmbot.silences") == [(1,)]


class Remembered:
    """A route that takes what it is told, or does not."""

    name = "remembered"

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.up = True

    async def tell(self, notice: Notice) -> None:
        if not self.up:
            raise NotTold("down")
        self.told.append(notice)

    async def close(self) -> None: ...


async def test_without_the_database_each_process_tells_once() -> None:
    """After three minutes; once when it is back; and the route may be away, too."""
    route, moment = Remembered(), dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    away = Away({"remembered": route}, lambda: moment)
    for _ in range(35):
        await away.gone("OperationalError")
        moment += dt.timedelta(seconds=5)
    assert route.told == []
    route.up = False
    for _ in range(12):
        await away.gone("OperationalError")
        moment += dt.timedelta(seconds=5)
    route.up = True
    for _ in range(60):
        await away.gone("OperationalError")
        moment += dt.timedelta(seconds=5)
    await away.back()
    await away.back()
    assert [one.over for one in route.told] == [False, True]
    assert route.told[0].at - route.told[0].since < dt.timedelta(minutes=5)
    assert len({one.group for one in route.told}) == 1


async def test_a_database_that_does_not_answer_is_noticed_by_the_watch(watching: Watched, monkeypatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise psycopg.OperationalError

    watcher = watching.watchers[0]
    monkeypatch.setattr(silence, "look", refuse)
    await watcher.look()
    assert watcher.away.since is not None
    watcher.away.since -= dt.timedelta(minutes=3)
    await watcher.look()
    await watcher.look()
    monkeypatch.undo()
    await watcher.look()
    assert watching.listener.events == ["silence.began", "silence.over"]
