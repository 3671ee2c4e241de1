"""Promise 12: a digest slot is posted once: not twice with two clocks, not an hour off at daylight saving; after
downtime the newest missed one comes, late, and says so.
"""

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import policy
from bot.demo import world
from bot.demo.world import World
from bot.digests import slots
from bot.digests.reports import Reports
from bot.digests.schedule import Timetable, timetables
from bot.drawing.render import Renderer
from bot.store.database import Database
from tests.conftest import cards, running_bot, until, with_digests, without_digests
from tests.promises import dying_worker
from tests.promises.simulated_clock import Clocks

HALF_AN_HOUR = dt.timedelta(minutes=30)
DAY = dt.timedelta(days=1)
MORNING = timetables(policy.load())
OPEN_JOBS = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'tick'"
# Thirty days with each zone's change of clocks in them, and times in the very hour that goes missing or comes twice.
SPRING = (dt.datetime(2026, 3, 7, 20, tzinfo=dt.UTC), {"Europe/Madrid": "02:30", "America/New_York": "02:30", "Australia/Lord_Howe": "01:30"})  # fmt: skip  # noqa: E501
AUTUMN = (dt.datetime(2026, 10, 3, 8, tzinfo=dt.UTC), {"Europe/Madrid": "02:30", "America/New_York": "01:30", "Australia/Lord_Howe": "02:00"})  # fmt: skip  # noqa: E501


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    with_digests(database_url)
    database = Database(database_url)
    yield database
    await database.close()


def rules(zones: dict[str, str]) -> str:
    """A policy with two schedules for each zone: that time every day, and 08:30 on working days."""
    entries = []
    for number, (zone, at) in enumerate(zones.items()):
        entries.append(f'[digests.night{number}]\nat = "{at}"\ndays = "*"\nzone = "{zone}"\nreport = "morning"\n')
        entries.append(f'[digests.work{number}]\nat = "08:30"\nzone = "{zone}"\nreport = "morning"\n')
    return "\n".join(entries)


def by_the_wall(one: Timetable, begins: dt.datetime, ends: dt.datetime) -> set[tuple[str, str, dt.datetime]]:
    """What should have been: the first minutes at which the wall clock there has reached the time. Counted, not computed."""  # noqa: E501
    found: set[tuple[str, str, dt.datetime]] = set()
    reached: set[dt.date] = set()
    minute = begins - DAY
    while minute <= ends:
        local = minute.astimezone(one.zone).replace(tzinfo=None)
        meant = one.rule.days == "*" or local.weekday() < 5
        if meant and f"{local:%H:%M}" >= one.rule.at and local.date() not in reached:
            reached.add(local.date())
            if minute > begins:
                found.add((one.name, str(local.date()), minute))
        minute += dt.timedelta(minutes=1)
    return found


class TestOnce:
    @pytest.mark.parametrize(("begins", "zones"), [SPRING, AUTUMN], ids=["spring", "autumn"])
    async def test_two_clocks_three_workers_and_random_kills(
        self, surroundings: World, database_url: str, sql, tmp_path: Path, begins: dt.datetime, zones: dict[str, str]
    ) -> None:
        """Thirty days over each change of clocks: every slot is posted once, at the right local time."""
        file = tmp_path / "policy.toml"
        file.write_text(rules(zones))
        schedules, ends = timetables(policy.load(file)), begins + 30 * DAY
        rng = random.Random(12)
        surroundings.slack.limits = None  # thirty days pass in seconds, and so do their posts
        chosen = world.settings(
            surroundings.database_url, surroundings.slack, surroundings.slack_url, None, pm_policy=file
        ).model_dump()
        workers = [dying_worker.start(chosen) for _ in range(3)]
        clocks = Clocks(database_url, schedules, rng)

        def now_and_then() -> None:
            if rng.random() < 0.003:
                victim = rng.randrange(3)
                workers[victim].kill()
                workers[victim] = dying_worker.start(chosen)

        try:
            killed = await asyncio.to_thread(clocks.run, begins, ends, HALF_AN_HOUR, now_and_then)
            await until(lambda: sql(OPEN_JOBS) == [(0,)], 60)
        finally:
            clocks.end()
            for worker in workers:
                worker.kill()
                worker.join()
        assert killed > 3
        expected = set().union(*(by_the_wall(one, begins, ends) for one in schedules))
        taken = sql("SELECT schedule, local_date::text, due, taken, outcome FROM pmbot.slots")
        assert {(name, date, due) for name, date, due, *_ in taken} == expected
        assert all(due == moment and outcome == "taken" for *_, due, moment, outcome in taken)
        posted = Counter(item["metadata"]["event_payload"]["id"] for item in cards(surroundings))
        assert len(posted) == len(expected)
        assert set(posted.values()) == {1}

    async def test_clocks_that_find_it_due_at_the_same_moment(self, database: Database, sql, monkeypatch) -> None:
        """Each has read that nobody took it; one of them does."""
        await slots.take(database, MORNING, monday(7))
        together = asyncio.Barrier(3)
        known_since = slots._known_since

        async def read_together(*arguments: Any) -> Any:
            found = await known_since(*arguments)
            await together.wait()
            return found

        monkeypatch.setattr(slots, "_known_since", read_together)
        assert sum(await asyncio.gather(*(slots.take(database, MORNING, monday(9)) for _ in range(3)))) == 1
        assert sql("SELECT task_name, args ->> 'local_date' FROM pmbot.procrastinate_jobs") == [
            ("digest", "2026-03-02")
        ]

    async def test_a_job_that_runs_twice_says_it_once(self, database: Database, sql) -> None:
        """A worker that died after its commit, or was only thought to be dead."""
        await slots.take(database, MORNING, monday(7))
        await slots.take(database, MORNING, monday(9))
        reports = Reports(database, Renderer(), policy.load())
        for _ in range(2):
            await reports.post("morning", dt.date(2026, 3, 2), dt.time(8, 30))
        assert sql("SELECT count(*) FROM pmbot.messages") == [(1,)]

    async def test_taking_and_deferring_are_one_transaction(self, database: Database, sql, monkeypatch) -> None:
        """A clock that dies in between leaves the slot to the next."""
        await slots.take(database, MORNING, monday(7))

        async def dies(*_: Any, **__: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as dying:
            dying.setattr(slots, "defer", dies)
            with pytest.raises(ConnectionError):
                await slots.take(database, MORNING, monday(9))
        assert sql("SELECT count(*) FROM pmbot.slots") == [(0,)]
        assert await slots.take(database, MORNING, monday(9)) == 1


def monday(hour: float) -> dt.datetime:
    """On Monday, 2 March 2026, in Madrid."""
    return dt.datetime(2026, 3, 2, tzinfo=ZoneInfo("Europe/Madrid")) + dt.timedelta(hours=hour)


class TestAfterDowntime:
    async def test_the_newest_comes_late_and_names_the_missed_one(self, surroundings: World, sql) -> None:
        """All clocks down from Thursday's slot to Monday noon: one post, not three."""
        with_digests(surroundings.database_url)
        database = Database(surroundings.database_url)
        await slots.take(database, MORNING, monday(-4 * 24 + 9))
        looks = (slots.take(database, MORNING, monday(12)) for _ in range(4))
        assert sum(await asyncio.gather(*looks)) == 1
        await database.close()
        without_digests(surroundings.database_url)  # the bot's own clock leaves today's to others
        async with running_bot(surroundings):
            await until(lambda: cards(surroundings))
            await until(lambda: sql(OPEN_JOBS) == [(0,)])
        [message] = cards(surroundings)
        assert (
            "posted late: the scheduler (pm clock) was not running. Also missed: 2026-02-27 08:30." in message["text"]
        )
        assert sql("SELECT local_date::text, outcome FROM pmbot.slots ORDER BY 1") == [
            ("2026-02-27", "missed"),
            ("2026-03-02", "taken"),
        ]

    async def test_a_late_one_without_others_names_none(self, surroundings: World, sql) -> None:
        with_digests(surroundings.database_url)
        database = Database(surroundings.database_url)
        await slots.take(database, MORNING, monday(8))
        await slots.take(database, MORNING, monday(9))
        await database.close()
        without_digests(surroundings.database_url)
        async with running_bot(surroundings):
            await until(lambda: cards(surroundings))
        [message] = cards(surroundings)
        assert "posted late: the scheduler (pm clock) was not running." in message["text"]
        assert "Missed" not in message["text"]

    async def test_a_first_start_posts_nothing_that_was_due_before(self, database: Database, sql) -> None:
        """A schedule begins with the first clock that sees it, and so does one whose time was changed."""
        assert await slots.take(database, MORNING, monday(12)) == 0
        assert await slots.take(database, MORNING, monday(13)) == 0
        earlier = [Timetable("morning", MORNING[0].rule.model_copy(update={"at": "12:30"}))]
        assert await slots.take(database, earlier, monday(13)) == 0
        assert await slots.take(database, earlier, monday(37)) == 1

    async def test_a_rule_that_changes_after_its_slot_was_taken_posts_nothing_more_that_day(
        self, database: Database, sql
    ) -> None:
        """Neither moved to an hour that has passed already, nor moved back; the next day at the new time, once."""
        later = [replace(one, rule=one.rule.model_copy(update={"at": "09:00"})) for one in MORNING]
        await slots.take(database, MORNING, monday(0))
        assert await slots.take(database, MORNING, monday(12)) == 1
        for schedules in (later, later, MORNING, later):
            assert await slots.take(database, schedules, monday(13)) == 0
        assert await slots.take(database, later, monday(24 + 12)) == 1
        assert await slots.take(database, MORNING, monday(24 + 13)) == 0
        assert sql("SELECT count(*) FROM pmbot.slots WHERE outcome = 'taken'") == [(2,)]

    async def test_one_that_moves_to_later_the_same_day_is_posted_then_as_well(self, database: Database, sql) -> None:
        """A slot is a day and a time."""
        noon = [replace(one, rule=one.rule.model_copy(update={"at": "12:00"})) for one in MORNING]
        await slots.take(database, MORNING, monday(0))
        assert await slots.take(database, MORNING, monday(9)) == 1
        await slots.take(database, noon, monday(10))
        assert await slots.take(database, noon, monday(13)) == 1
        reports = Reports(database, Renderer(), policy.load())
        for date, time in sql("SELECT local_date, local_time FROM pmbot.slots"):
            await reports.post("morning", date, time)
        assert sql("SELECT count(*) FROM pmbot.messages") == [(2,)]

    async def test_what_is_due_goes_by_the_databases_clock(self, database: Database, monkeypatch) -> None:
        """A machine whose own is a week ahead posts nothing."""

        class Ahead(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
                return dt.datetime.now(tz) + 7 * DAY

        await slots.take(database, MORNING)
        monkeypatch.setattr(slots, "dt", SimpleNamespace(datetime=Ahead, UTC=dt.UTC))
        assert await slots.take(database, MORNING) == 0

    async def test_it_goes_on_the_next_day(self, database: Database, sql) -> None:
        """A late one today is no reason to be late tomorrow."""
        await slots.take(database, MORNING, monday(-4 * 24 + 9))
        assert await slots.take(database, MORNING, monday(12)) == 1
        assert await slots.take(database, MORNING, monday(24 + 8.5)) == 1
        assert sql("SELECT missed FROM pmbot.slots WHERE local_date = '2026-03-03'") == [([],)]
