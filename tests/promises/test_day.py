"""A day at a hundred times its pace, with two clocks, three workers and kills: every slot and every transition once.

Digests are due each quarter of an hour, three things go wrong again and again, and somebody pauses queues whose pauses
end by themselves. Whoever does what is due is killed at random while they do it. Time moves on when nothing is under
way: a lease that ends early because time is quick, no real day has. PM_DAY_HOURS: two here, 24 in `make day`.
"""

import asyncio
import datetime as dt
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.demo.world import World, slack_id
from localslack import moment
from tests.conftest import OPS, cards, idle, until, with_digests
from tests.promises.played import MINUTE, SILENT, Sql, Stage, stage

HOURS = int(os.environ.get("PM_DAY_HOURS", "2"))
STEP = 4  # minutes; of the real ones, two and a half seconds
SETTLED = 2.2  # seconds: every chore of a clock has had a round
AFTERWARDS = 3 * STEP  # minutes in which the last of it ends
QUARTER = 15  # minutes
KILLED = 0.4  # of the steps
QUEUES = ("email-sending", "bounce:process", "analytics:daily-aggregate")

FIRST = "(SELECT id FROM smtp_ip_addresses ORDER BY ip_address LIMIT 1)"
# What begins it and what ends it, by rule: each at its worst at once, so that it fires once and gets no worse.
PROBLEMS = {
    "service-state": (
        "UPDATE service_health SET status = 'down' WHERE service = 'SMTP service'",
        "UPDATE service_health SET status = 'healthy' WHERE service = 'SMTP service'",
    ),
    "host-disk": (
        "UPDATE host_health SET disk = 0.97 WHERE host = 'worker-01'",
        "UPDATE host_health SET disk = 0.4 WHERE host = 'worker-01'",
    ),
    "ip-listed": (
        f"UPDATE smtp_ip_addresses SET provider_blacklist_status = '{{\"spamlist.example\": true}}' WHERE id = {FIRST}",
        "UPDATE smtp_ip_addresses SET provider_blacklist_status = '{}'",
    ),
}
# Minutes. What lasts less than the longest `for` and a step may be over before it fires; less apart, it would be the
# same alert that is back.
LASTS, APART, PAUSED = (16, 40), (24, 60), (16, 36)
LOOKED = "SELECT max(at) > to_timestamp(%s) FROM pmbot.alert_ticks"
SLOTS = "SELECT due, outcome FROM pmbot.slots"
ALERTS = "SELECT rule, state, extract(epoch FROM fired)::float FROM pmbot.alerts WHERE fired IS NOT NULL"
EVENTS = "SELECT alert_id, what, staff_id FROM pmbot.alert_events"
ENDED = "SELECT extract(epoch FROM ended - ends)::float, cause FROM pmbot.holds"
NOTED = "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_ended'"
MESSAGES = "SELECT id::text FROM pmbot.messages WHERE key LIKE %s AND coalesce(projection = %s, true)"
FAILED = "SELECT task_name FROM pmbot.procrastinate_jobs WHERE status NOT IN ('succeeded', 'todo', 'doing')"


@dataclass
class Day:
    """What happens in it, and what of it has happened."""

    played: Stage
    rng: random.Random
    paused: int = 0
    killed: int = 0
    problems: list[tuple[str, int, int]] = field(default_factory=list)
    """Each with its rule, and from which minute until which."""

    @property
    def sql(self) -> Sql:
        return self.played.sql

    def planned(self) -> dict[int, list[str]]:
        """By minute what begins or ends then: a rule's problem, or a pause. What would outlast the day is left out."""
        plan: dict[int, list[str]] = {}
        for rule in PROBLEMS:
            for begins, ends in self._spans():
                self.problems.append((rule, begins, ends))
                plan.setdefault(begins, []).append(f"begins {rule}")
                plan.setdefault(ends, []).append(f"ends {rule}")
        for minute in range(STEP, HOURS * 60 - PAUSED[1], 7 * STEP):
            plan.setdefault(minute, []).append("pause")
        return plan

    def _spans(self) -> Iterator[tuple[int, int]]:
        minute = self._steps(STEP, LASTS[1])
        while (ends := minute + self._steps(*LASTS)) < HOURS * 60:
            yield minute, ends
            minute = ends + self._steps(*APART)

    def _steps(self, least: int, most: int) -> int:
        return self.rng.randrange(least, most + 1, STEP)

    def goes_wrong(self, what: str) -> None:
        """A problem begins or ends."""
        verb, _, rule = what.partition(" ")
        if rule:
            self.sql(PROBLEMS[rule][verb == "ends"])

    async def pause(self) -> None:
        """Somebody pauses a queue for a while, which ends by itself."""
        queue = QUEUES[self.paused % len(QUEUES)]
        typed = f"/pm pause {queue} for {self._steps(*PAUSED)}m because a test of it"
        await self.played.around.slack.command(slack_id("oncall"), OPS, typed)
        # A digest may come in between.
        waiting = await until(lambda: [one for one in cards(self.played.around) if "'approve'" in str(one["blocks"])])
        await self.played.around.slack.click(slack_id("oncall"), waiting[-1]["ts"], OPS, "approve")
        self.paused += 1

    async def kill(self) -> None:
        """One of them dies, whatever it does right now, and another one comes in its place."""
        await asyncio.sleep(self.rng.uniform(0, SETTLED))
        those = self.rng.choice([self.played.processes, self.played.clocks])
        victim = those.pop(self.rng.randrange(len(those)))
        await asyncio.to_thread(victim.kill)
        await asyncio.to_thread(victim.join)
        self.played.start("clock" if those is self.played.clocks else "worker")
        self.sql(SILENT)  # those that live say the next second that they do
        self.killed += 1

    def posted(self, key: str, projection: str | None = None) -> Counter[str]:
        """How often each message of such a key stands in the channel or in a thread of it."""
        ids = {one for (one,) in self.sql(MESSAGES, key, projection)}
        seen = Counter(one["metadata"]["event_payload"]["id"] for one in cards(self.played.around))
        return Counter({one: seen[one] for one in ids})

    async def goes_on(self, minute: int, happening: list[str]) -> None:
        """Until that minute of the day; what is due then is done, and whoever looks for problems has looked."""
        for what in happening:
            self.goes_wrong(what)
        await self.played.at(minute)
        jumped = moment.time()
        dying = asyncio.create_task(self.kill()) if self.rng.random() < KILLED else None
        if "pause" in happening:
            await self.pause()
        await asyncio.sleep(SETTLED)
        await until(lambda: self.sql(LOOKED, jumped - MINUTE) == [(True,)])
        if dying:
            await dying
        await self.played.quiet()


def quarters(begins: float, ends: float) -> Iterator[dt.datetime]:
    """Each quarter of an hour in between."""
    whole = QUARTER * MINUTE
    for at in range(int(begins // whole + 1) * whole, int(ends) + 1, whole):
        yield dt.datetime.fromtimestamp(at, dt.UTC)


def policy(folder: Path) -> Path:
    """The package's own, with a digest at each quarter of the day."""
    package = (Path(__file__).parents[2] / "bot/policy.toml").read_text("utf-8").partition("[digests.morning]")[0]
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 24 * 60, QUARTER)]
    digests = [
        f'[digests.at{at[:2]}{at[3:]}]\nat = "{at}"\ndays = "*"\nzone = "UTC"\nreport = "morning"' for at in times
    ]
    (folder / "policy.toml").write_text("\n".join([package, *digests]), "utf-8")
    return folder / "policy.toml"


@pytest.fixture
async def day(surroundings: World, sql: Sql, tmp_path: Path) -> AsyncIterator[Day]:
    with_digests(surroundings.database_url)
    surroundings.slack.limits = None  # hours pass in minutes, and so do their posts
    async with stage(surroundings, sql, tmp_path, pm_policy=policy(tmp_path)) as played:
        for part in ("worker", "clock"):
            played.start(part)
        await until(lambda: sql("SELECT count(*) FROM pmbot.schedules") == [(24 * 60 // QUARTER,)])
        yield Day(played, random.Random(5))


async def test_every_slot_and_every_transition_comes_once(day: Day) -> None:
    """Whoever dies of it: posted once, told once, ended once and in time."""
    plan = day.planned()
    for minute in range(0, HOURS * 60 + AFTERWARDS, STEP):
        await day.goes_on(minute, plan.get(minute, []))
    ends = moment.time()
    await idle(day.sql)
    assert day.killed > HOURS * 60 / STEP * KILLED / 2
    every_slot_once(day, ends)
    every_alert_once(day)
    every_pause_once(day)
    assert day.sql(FAILED) == []


def every_slot_once(day: Day, ends: float) -> None:
    taken = Counter(day.sql(SLOTS))
    assert taken == Counter((due, "taken") for due in quarters(day.played.begins - MINUTE, ends))
    posted = day.posted("slot:%")
    assert len(posted) == taken.total()
    assert set(posted.values()) == {1}


def every_alert_once(day: Day) -> None:
    alerts = day.sql(ALERTS)
    fired = [(rule, (at - day.played.begins) / MINUTE) for rule, _, at in alerts]
    told = {one: [at for rule, at in fired if rule == one[0] and one[1] <= at < one[2] + STEP] for one in day.problems}
    assert {one: at for one, at in told.items() if len(at) != 1} == {}
    assert len(fired) == len(day.problems), fired
    assert {state for _, state, _ in alerts} == {"resolved"}
    happened = Counter(day.sql(EVENTS))
    assert set(happened.values()) == {1}
    for once in ("fired", "resolved"):
        assert sum(what == once for _, what, _ in happened) == len(day.problems)
    shown, lines = day.posted("alert:%", "alert"), day.posted("alert:%:line:%")
    assert len(shown) == len(day.problems)
    assert len(lines) == len(happened)
    assert {*shown.values(), *lines.values()} == {1}


def every_pause_once(day: Day) -> None:
    ended = day.sql(ENDED)
    assert len(ended) == day.paused
    assert {cause for _, cause in ended} == {"planned"}
    assert all(0 <= late <= 2 * STEP * MINUTE for late, _ in ended)
    assert day.sql(NOTED) == [(day.paused,)]
    told = day.posted("hold:%:ended")
    assert (len(told), set(told.values())) == (day.paused, {1})
