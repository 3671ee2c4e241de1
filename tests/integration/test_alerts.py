"""Alerts: one message for a problem's life, a thread with what happened, and somebody who takes it on."""

import asyncio
import datetime as dt
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import acknowledge
from bot.alerts import thread as alert_thread
from bot.alerts.evaluate import Evaluator
from bot.alerts.metrics import base as metrics
from bot.alerts.metrics.base import Metric
from bot.alerts.metrics.queues import culprits
from bot.alerts.rules import Absent, Level, Rule, Severity
from bot.alerts.thread import Thread
from bot.app import build
from bot.demo import world
from bot.demo.data import uid
from bot.demo.world import World
from bot.errors import AlreadyDecided
from bot.people import identity
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.runtime import clock
from bot.store.database import Database
from bot.store.models import Alert
from tests.conftest import OPS, cards, running_bot, until, whispers

RULES = """
[rules.backlog]
metric = "test.value"
title = "Queue {subject} is backing up"
over = "Queue {subject} was backing up"
runbook = "Ask the tenant why."
[rules.backlog.levels]
high = { fires = 100, clears = 50, for = "30s" }
critical = { fires = 1000, clears = 200 }
[rules.backlog.helps]
verb = "pause"
[rules.backlog.helps.everybody]
label = "Pause {subject} …"
arguments = { what = "{subject}", duration = "2h", reason = "{subject} is backing up" }
"""
POLICY = """
on_call = ["oncall@penguinmails.example", "security@penguinmails.example", "root@penguinmails.example"]
[alerts]
rules = "rules.toml"
[channels]
operations = "operations"
security = "security"
[risks.high]
approvers = ["security", "super_admin"]
[actions."queue.pause"]
approvers = ["operations"]
self_approval = ["operations", "super_admin"]
"""
QUEUE = "email-sending"


BOTH = ("oncall", "security")


async def blocked(session: AsyncSession) -> bool:
    """Whether somebody waits for a lock."""
    waits = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())")
    return bool(await session.scalar(waits))


@dataclass
class Alerting:
    """A metric that the test sets, and a clock that it moves."""

    evaluator: Evaluator
    sql: Any
    values: dict[str, dict[str, Any]]
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    async def tick(
        self, value: float | None, seconds: float = 15, held: int = 0, last: dt.datetime | None = None
    ) -> None:
        """Some time later, with this value and so much more held back by a pause; none, and when there was the last."""
        self.now += dt.timedelta(seconds=seconds)
        self.values.clear()
        if value is not None:
            self.values[QUEUE] = {"value": value, "held": held}
        elif last is not None:
            self.values[QUEUE] = {"value": None, "last": last}
        async with self.evaluator.database.transaction() as session:
            await self.evaluator.evaluate(session, self.now)

    async def fire(self, value: float = 1500) -> None:
        await self.tick(value)

    def alert(self) -> tuple[str, str]:
        return self.sql("SELECT state, severity FROM pmbot.alerts ORDER BY since DESC LIMIT 1")[0]

    def happened(self) -> list[str]:
        return [what for (what,) in self.sql("SELECT what FROM pmbot.alert_events ORDER BY id")]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    (tmp_path / "policy.toml").write_text(POLICY, "utf-8")
    return tmp_path / "policy.toml"


@pytest.fixture
async def alerting(surroundings: World, policy: Path, sql, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Alerting]:
    """Rules on a made-up metric, with no bot running and no clock but the test's."""
    values: dict[str, dict[str, Any]] = {}

    async def source(session: AsyncSession) -> dict[str, Any]:
        return {name: {"subject": name, **row} for name, row in values.items()}

    metric = Metric(
        source,
        lambda row, _: row["value"],
        "Waiting",
        "Jobs.",
        lambda value: f"{value:,.0f}",
        Permission.QUEUE_READ,
        unit=" jobs",
        whole=lambda row, _: None if row["value"] is None else row["value"] + row["held"],
    )
    monkeypatch.setitem(metrics.METRICS, "test.value", metric)
    sql("UPDATE pmbot.alert_ticks SET at = 'infinity'")  # the bot's own clock leaves the evaluation to the test
    around = surroundings
    bot = build(world.settings(around.database_url, around.slack, around.slack_url, None, pm_policy=policy))
    yield Alerting(
        Evaluator(bot.core.database, bot.alerting, bot.core.policy, around.slack.workspace.team_id), sql, values
    )
    await bot.close()


@pytest.fixture
async def running(
    alerting: Alerting, surroundings: World, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The same with a bot that delivers."""
    monkeypatch.setattr(clock, "INTERVAL", 0.2)
    async with running_bot(surroundings, pm_policy=policy):
        yield surroundings


def root(around: World) -> dict[str, Any]:
    """The alert's message."""
    return next(one for one in cards(around) if not one.get("thread_ts") or one["thread_ts"] == one["ts"])


def thread(around: World) -> list[str]:
    """The lines below the alert."""
    top = root(around)["ts"]
    return [one["text"] for one in cards(around) if one.get("thread_ts") == top and one["ts"] != top]


def buttons(message: dict[str, Any]) -> list[str]:
    """What they say; the menu behind the dots is none."""
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row if one["type"] == "button"]


def saying(around: World, text: str) -> list[dict[str, Any]]:
    """Messages in the channel that say this."""
    return [one for one in cards(around) if text in one["text"]]


async def shown(around: World, text: str) -> dict[str, Any]:
    """The alert's message once it says this."""
    await until(lambda: cards(around) and text in root(around)["text"])
    return root(around)


async def click(around: World, who: str, action: str) -> None:
    await around.slack.click(world.slack_id(who), root(around)["ts"], OPS, action)


async def choose(around: World, who: str, entry: str) -> None:
    """One of the menu behind the dots."""
    await around.slack.click(world.slack_id(who), root(around)["ts"], OPS, "menu:alert_silence", option=entry)


class TestFiring:
    async def test_it_fires_after_its_time_and_clears_below(self, alerting: Alerting) -> None:
        """Above 100 for 30 s; between 50 and 100 it stays; below 50 it is over."""
        states = []
        for value in (150, 150, 150, 60, 99, 49):
            await alerting.tick(value)
            states.append(alerting.alert()[0])
        assert states == ["pending", "pending", "firing", "firing", "firing", "resolved"]
        assert alerting.happened() == ["fired", "resolved"]

    async def test_a_short_peak_leaves_no_trace(self, alerting: Alerting, sql) -> None:
        """Below the threshold before its time: nobody was told, nothing is kept."""
        await alerting.tick(150)
        await alerting.tick(20)
        assert sql("SELECT count(*) FROM pmbot.alerts") == [(0,)]
        assert sql("SELECT count(*) FROM pmbot.messages") == [(0,)]

    async def test_around_the_threshold_it_does_not_flap(self, alerting: Alerting, sql) -> None:
        """Up and down across 100 every tick, or between the two thresholds: at most one alert."""
        for _ in range(10):
            await alerting.tick(101)
            await alerting.tick(99)
        assert sql("SELECT count(*) FROM pmbot.alerts") == [(0,)]
        for value in (101, 101, 101, *([99, 101] * 10)):
            await alerting.tick(value)
        assert sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'alert'") == [(1,)]
        assert alerting.happened() == ["fired"]

    async def test_no_data_ends_nothing_and_is_told_after_its_time(self, alerting: Alerting, sql) -> None:
        """What fired goes on; what had not, alerts once nothing came for 15 minutes; data ends that."""
        name, rule = next(iter(alerting.evaluator.rules.items()))
        noticed = rule.model_copy(update={"absent": Absent.model_validate({"for": "15m"})})
        alerting.evaluator.rules[name] = noticed  # type: ignore[index]
        await alerting.fire()
        for _ in range(3):
            await alerting.tick(None, seconds=300, last=alerting.now)
        assert alerting.alert() == ("firing", "critical")
        await alerting.tick(10)
        last = alerting.now
        assert alerting.alert()[0] == "resolved"
        await alerting.tick(None, seconds=14 * 60, last=last)
        assert sql("SELECT count(*) FROM pmbot.alerts WHERE state <> 'resolved'") == [(0,)]
        await alerting.tick(None, seconds=60, last=last)
        assert alerting.alert() == ("firing", "high")
        await alerting.tick(70)
        assert alerting.alert() == ("resolved", "high")
        assert [one for one in alerting.happened() if one in ("fired", "resolved")] == ["fired", "resolved"] * 2

    async def test_two_clocks_evaluate_once(self, alerting: Alerting, sql) -> None:
        """Whoever claims the tick; the others find nothing to do."""
        alerting.values[QUEUE] = {"value": 1500, "held": 0}
        sql("UPDATE pmbot.alert_ticks SET at = 'epoch'")
        assert sum(await asyncio.gather(*(alerting.evaluator.sweep() for _ in range(5)))) == 1
        assert sql("SELECT count(*) FROM pmbot.alerts") == [(1,)]
        assert sql("SELECT count(*), max(version) FROM pmbot.messages") == [(1, 1)]

    async def test_a_rule_that_is_gone_ends_its_alerts(self, alerting: Alerting) -> None:
        """Nobody would evaluate them any more."""
        await alerting.fire()
        alerting.evaluator.rules.clear()  # type: ignore[attr-defined]
        await alerting.tick(1500)
        assert alerting.alert()[0] == "resolved"

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        walk=st.lists(
            st.tuples(st.one_of(st.floats(0, 2000), st.none()), st.integers(0, 2000)), min_size=1, max_size=15
        )
    )
    async def test_whatever_the_value_does_there_is_one_open_alert_at_most_and_each_ends(
        self, alerting: Alerting, sql, walk: list[tuple[float | None, int]]
    ) -> None:
        """A random walk, with jobs held back and let go; then it stays below. Every end has a beginning."""
        for value, held in walk:
            await alerting.tick(value, held=held)
            assert sql("SELECT count(*) FROM pmbot.alerts WHERE state <> 'resolved'")[0][0] <= 1
        await alerting.tick(10)
        await alerting.tick(10, seconds=15 * 60)  # where it came and went
        assert sql("SELECT count(*) FROM pmbot.alerts WHERE state <> 'resolved'") == [(0,)]
        fired = sql(
            "SELECT count(*) FILTER (WHERE what = 'fired'), (SELECT sum(returned) FROM pmbot.alerts),"
            " count(*) FILTER (WHERE what = 'resolved') FROM pmbot.alert_events"
        )[0]
        assert fired[0] + (fired[1] or 0) == fired[2]


class TestOneMessage:
    async def test_it_changes_in_place_until_it_is_resolved(self, alerting: Alerting, running: World) -> None:
        """Numbers, acknowledgement and end in the same message; no buttons in the end; the thread tells it in order."""
        await alerting.fire(1500)
        first = await shown(running, "1,500 jobs (fires above 1,000, clears below 200)")
        assert buttons(first) == [
            "Acknowledge",
            f"Pause {QUEUE} …",
            "Open incident",
            "Silence for 1 h",
            "Why did this fire?",
        ]
        assert "critical" in first["text"]
        assert "not acknowledged" in first["text"]
        await click(running, "oncall", "alert:acknowledge")
        assert "Acknowledge" not in buttons(await shown(running, "acknowledged by Óscar Peñalver"))
        await alerting.tick(1900)
        await shown(running, "1,900 jobs")
        await alerting.tick(10, seconds=60)
        last = await shown(running, "resolved")
        assert last["ts"] == first["ts"]
        assert buttons(last) == ["It was a false alarm"]
        assert "Peaked at 1,900 jobs · lasted 1 min" in last["text"]
        assert "acknowledged by Óscar Peñalver after" in last["text"]
        await until(lambda: len(thread(running)) == 3)
        told = [line.partition(" · ")[2] for line in thread(running)]
        assert told == ["Fired as critical: 1,500 jobs.", "Óscar Peñalver acknowledged it.", "Resolved: 10 jobs."]

    async def test_its_thread_is_told_in_one_round_of_the_clock(
        self, alerting: Alerting, surroundings: World, policy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However much happened at once: in its order, and nothing waits for the next round."""
        monkeypatch.setattr(clock, "INTERVAL", 3600.0)
        monkeypatch.setattr(alert_thread, "LOOKS", 200)  # on a slow machine, too
        async with running_bot(surroundings, pm_policy=policy):
            for value in (1500, 150, 1500, 10):
                await alerting.tick(value)
            await shown(surroundings, "resolved")
            await Thread(alerting.evaluator.database, alerting.evaluator.rules).sweep()
            await until(lambda: len(thread(surroundings)) == 4)
        told = [line.partition(" · ")[2].split()[0] for line in thread(surroundings)]
        assert told == ["Fired", "Got", "Got", "Resolved:"]

    async def test_who_took_it_on_or_silenced_it_stands_in_the_trail(
        self, alerting: Alerting, running: World, sql
    ) -> None:
        """Once each, with the rule and no name."""
        await alerting.fire(1500)
        await shown(running, "1,500 jobs")
        trail = "SELECT action, facts ->> 'rule' FROM pmbot.audit_log WHERE kind = 'responded' ORDER BY id"
        for number, name in enumerate(("acknowledge", "silence", "unsilence"), start=1):
            await until(lambda name=name: f"alert:{name}" in str(root(running)["blocks"]))
            await click(running, "oncall", f"alert:{name}")
            await until(lambda number=number: len(sql(trail)) == number)
        rule = sql("SELECT rule FROM pmbot.alerts")[0][0]
        assert sql(trail) == [("alert.acknowledged", rule), ("alert.silenced", rule), ("alert.unsilenced", rule)]

    async def test_no_data_is_said_as_such(self, alerting: Alerting, running: World) -> None:
        """Not as a zero, and not as an end; the figure comes back into the same message."""
        await alerting.fire(1500)
        first = await shown(running, "1,500 jobs")
        last = alerting.now
        await alerting.tick(None, last=last)
        await shown(running, f"No data from {QUEUE} (waiting)")
        assert "nobody knows how it is now" in root(running)["text"]
        assert "1,500" not in root(running)["text"]
        await alerting.tick(1600)
        assert (await shown(running, "1,600 jobs"))["ts"] == first["ts"]

    async def test_small_changes_are_not_drawn(self, alerting: Alerting, sql) -> None:
        """Only what differs enough to matter."""
        await alerting.fire(1500)
        for value in (1510, 1490, 1530):
            await alerting.tick(value)
        assert sql("SELECT version FROM pmbot.messages") == [(1,)]

    async def test_why_is_said_in_private(self, alerting: Alerting, running: World) -> None:
        """The rule in words, the numbers, the runbook."""
        await alerting.fire()
        await shown(running, "1,500 jobs")
        await click(running, "oncall", "alert:why")
        await until(lambda: whispers(running, "oncall"))
        said = whispers(running, "oncall")[0]
        assert (
            "fires above 1,000, clears below 200; "
            "if nobody acknowledges it within 10 min, the next person on call is told" in said
        )
        assert "Ask the tenant why." in said

    async def test_why_is_for_those_who_may_read_what_it_measures(
        self, alerting: Alerting, running: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The metric says which permission that is; support may read queues, and no money."""
        await alerting.fire()
        await shown(running, "1,500 jobs")
        await click(running, "support", "alert:why")
        await until(lambda: whispers(running, "support"))
        assert "Why: Queue" in whispers(running, "support")[0]
        money = replace(metrics.METRICS["test.value"], permission=Permission.BILLING_AMOUNTS)
        monkeypatch.setitem(metrics.METRICS, "test.value", money)
        await click(running, "oncall", "alert:why")
        await until(lambda: whispers(running, "oncall"))
        assert "You can't see these details (your roles: operations)." in whispers(running, "oncall")[0]

    async def test_the_action_that_would_help_is_asked_for_filled_in(self, alerting: Alerting, running: World) -> None:
        """Its own card, once however often the button is clicked; the alert's history tells what was paused."""
        await alerting.tick(None, seconds=-60)  # pauses are placed at the real time, after it fired
        await alerting.fire()
        await shown(running, "1,500 jobs")
        for _ in range(2):
            await click(running, "oncall", "alert:help:everybody")
        await until(lambda: saying(running, f"Pause {QUEUE} for 2 h") and whispers(running, "oncall"))
        [(number,)] = alerting.sql("SELECT number FROM pmbot.proposals")
        assert f"That button was already used, for request {number}" in whispers(running, "oncall")[0]
        [asked] = saying(running, f"Pause {QUEUE} for 2 h")
        assert f"{QUEUE} is backing up" in asked["text"]
        await running.slack.click(world.slack_id("oncall"), asked["ts"], OPS, "approve")
        await until(lambda: alerting.sql("SELECT count(*) FROM pmbot.holds") == [(1,)])
        alerting.now = dt.datetime.now(dt.UTC)
        await alerting.tick(10)
        await shown(running, f"Óscar Peñalver paused {QUEUE}")
        assert alerting.happened() == ["fired", "paused", "resolved"]


class TestContained:
    """What a pause holds back is not over."""

    async def test_it_is_over_only_when_nothing_is_held_back(self, alerting: Alerting, running: World) -> None:
        """The card says how much is held back; nobody is asked to acknowledge it; it ends when that is done."""
        await alerting.fire()
        first = await shown(running, "1,500 jobs")
        await alerting.tick(10, held=12_684)
        card = await shown(running, "not resolved")
        assert "not resolved: a pause holds its jobs back" in card["text"]
        assert "12,684 jobs. When the pause ends, they start, the oldest job first" in card["text"]
        assert buttons(card) == ["Open incident", "Silence for 1 h", "Why did this fire?"]
        await alerting.tick(90)
        assert alerting.alert()[0] == "contained"
        await shown(running, "Nothing is held back any more: the waiting jobs run now.")
        await alerting.tick(40)
        assert (await shown(running, "resolved"))["ts"] == first["ts"]
        assert alerting.happened() == ["fired", "contained", "resolved"]

    async def test_it_fires_again_when_the_jobs_come_back(self, alerting: Alerting, running: World) -> None:
        """For everybody: who acknowledged it before may be asleep by now."""
        await alerting.fire()
        await shown(running, "1,500 jobs")
        await click(running, "oncall", "alert:acknowledge")
        await shown(running, "acknowledged by")
        await alerting.tick(10, held=1_500)
        await shown(running, "not resolved")
        await alerting.tick(1_510)
        assert alerting.alert() == ("firing", "critical")
        assert "not acknowledged" in (await shown(running, "1,510 jobs"))["text"]
        await until(lambda: any("Fires again as critical: 1,510 jobs." in line for line in thread(running)))
        assert alerting.happened() == ["fired", "acknowledged", "contained", "again"]

    async def test_nobody_is_told_that_it_waits_for_them(self, alerting: Alerting, sql) -> None:
        """The database holds that; once it fires again they are."""
        await alerting.fire()
        await alerting.tick(10, held=2_000)
        with pytest.raises(psycopg.errors.CheckViolation):
            sql("UPDATE pmbot.alerts SET waiting_since = now()")
        for _ in range(3):
            await alerting.tick(10, held=2_000, seconds=15 * 60)
        assert alerting.happened() == ["fired", "contained"]
        await alerting.tick(2_010)
        await alerting.tick(2_010, seconds=11 * 60)
        assert alerting.happened() == ["fired", "contained", "again", "told"]

    async def test_a_silence_lasts_over_it(self, alerting: Alerting, running: World) -> None:
        """What was silenced is silent also when it fires again as bad as before."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await alerting.tick(10, held=2_000)
        await alerting.tick(2_010)
        await alerting.tick(2_010, seconds=11 * 60)
        assert "told" not in alerting.happened()

    async def test_a_click_on_what_it_was_before_is_answered(self, alerting: Alerting, running: World) -> None:
        """The card was about to change."""
        await alerting.fire()
        await shown(running, "critical")
        alerting.sql("UPDATE pmbot.alerts SET state = 'contained', contained = now(), waiting_since = NULL")
        await click(running, "oncall", "alert:acknowledge")
        await until(lambda: whispers(running, "oncall"))
        assert "a pause holds its jobs back" in whispers(running, "oncall")[0]

    async def test_what_holds_it_and_what_comes_then_is_said_before_its_end(
        self, alerting: Alerting, running: World
    ) -> None:
        """Whose pause, until when; a while before it ends the thread says how many jobs start."""
        await alerting.tick(None, seconds=-60)  # pauses are placed at the real time, after it fired
        await alerting.fire()
        await shown(running, "1,500 jobs")
        await click(running, "oncall", "alert:help:everybody")
        [asked] = await until(lambda: saying(running, f"Pause {QUEUE} for 2 h"))
        await running.slack.click(world.slack_id("oncall"), asked["ts"], OPS, "approve")
        await until(lambda: alerting.sql("SELECT count(*) FROM pmbot.holds") == [(1,)])
        alerting.now = dt.datetime.now(dt.UTC)
        await alerting.tick(0, held=1_500)
        card = await shown(running, "not resolved")
        assert re.search(rf"Paused +{QUEUE}, request \d+ by Óscar Peñalver, until <!date", card["text"])
        assert buttons(card)[:2] == ["Extend the pause by 1 h", "End the pause"]
        alerting.sql("UPDATE pmbot.holds SET noticed = clock_timestamp()")
        await alerting.tick(0, held=1_500)
        await alerting.tick(0, held=1_500)
        assert alerting.happened() == ["fired", "paused", "contained", "ends_soon"]
        await until(lambda: any("1,500 jobs are held back. They start then" in line for line in thread(running)))


class TestMentions:
    """Slack notifies of a mention in what is posted, and of no edit."""

    ONCALL = f"<@{world.slack_id('oncall')}>"

    async def test_what_fires_as_critical_mentions_whoever_is_on_call(self, alerting: Alerting, running: World) -> None:
        """From its first version on; the thread's first line does not say it once more."""
        await alerting.fire()
        assert self.ONCALL in (await shown(running, "1,500 jobs"))["text"]
        await until(lambda: thread(running))
        assert self.ONCALL not in thread(running)[0]

    async def test_what_becomes_critical_says_so_in_a_new_line(self, alerting: Alerting, running: World) -> None:
        """The message is only edited; when it fires again after a pause, too. What is milder mentions nobody."""
        for _ in range(3):
            await alerting.tick(150)
        assert self.ONCALL not in (await shown(running, "high"))["text"]
        await alerting.tick(1_500)
        await alerting.tick(10, held=1_500)
        await alerting.tick(1_510)
        await until(lambda: len(thread(running)) == 4)
        assert [self.ONCALL in line for line in thread(running)] == [False, True, False, True]


class TestAcknowledging:
    async def test_it_lapses_when_it_gets_worse(self, alerting: Alerting, running: World) -> None:
        """What was taken on was something milder."""
        for _ in range(3):
            await alerting.tick(150)
        await shown(running, "high")
        await click(running, "oncall", "alert:acknowledge")
        await shown(running, "acknowledged by")
        await alerting.tick(1500)
        worse = await shown(running, "not acknowledged")
        assert "critical" in worse["text"]
        assert alerting.alert() == ("firing", "critical")
        await until(lambda: any("needs a new acknowledgement" in line for line in thread(running)))

    async def test_it_stays_when_it_gets_better(self, alerting: Alerting, running: World) -> None:
        """The same person still looks after it."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:acknowledge")
        await shown(running, "acknowledged by")
        await alerting.tick(150)
        assert alerting.alert()[0] == "acknowledged"

    async def test_a_second_click_is_answered(self, alerting: Alerting, running: World) -> None:
        """By whom it was taken, or that it is over."""
        await alerting.fire()
        await shown(running, "critical")
        await asyncio.gather(*(click(running, who, "alert:acknowledge") for who in BOTH))
        answered = await until(lambda: [text for who in BOTH for text in whispers(running, who)])
        assert len(answered) == 1
        assert "has acknowledged it already." in answered[0]
        assert alerting.happened() == ["fired", "acknowledged"]

    async def test_whoever_clicks_while_it_is_being_taken_waits_and_hears_by_whom(self, alerting: Alerting) -> None:
        """Of two at the same instant one has it, however slow the first one's transaction is."""
        await alerting.fire()
        database, rules = alerting.evaluator.database, alerting.evaluator.rules
        async with database.transaction() as first:
            alert_id = (await first.scalars(select(Alert.id))).one()
            people = [await identity.operator_by_id(first, uid("user", f"{one}@penguinmails.example")) for one in BOTH]
            one, other = [person for person in people if person]
            await acknowledge.acknowledge(first, rules, one, alert_id)
            second = asyncio.create_task(self.acknowledged(database, rules, other, alert_id))
            async with database.transaction() as looking:
                await until(lambda: blocked(looking))
        with pytest.raises(AlreadyDecided, match=f"{one.name} has acknowledged it already"):
            await second
        assert alerting.happened() == ["fired", "acknowledged"]

    async def acknowledged(
        self, database: Database, rules: Mapping[str, Rule], operator: Operator, alert_id: uuid.UUID
    ) -> None:
        async with database.transaction() as session:
            await acknowledge.acknowledge(session, rules, operator, alert_id)

    async def test_a_click_on_one_that_is_over_changes_nothing(self, alerting: Alerting, running: World, sql) -> None:
        """The message was about to change when they clicked."""
        await alerting.fire()
        await shown(running, "critical")
        sql("UPDATE pmbot.alerts SET state = 'resolved', resolved = now()")
        for action in ("alert:acknowledge", "alert:silence", "alert:help:everybody"):
            await click(running, "oncall", action)
        await until(lambda: len(whispers(running, "oncall")) == 3)
        assert all("This alert is over" in text for text in whispers(running, "oncall"))
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]

    @pytest.mark.parametrize("action", ["alert:acknowledge", "alert:silence", "alert:help:everybody"])
    async def test_who_may_not_is_told_so(self, alerting: Alerting, running: World, action: str) -> None:
        """Checked when they click."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "support", action)
        await until(lambda: whispers(running, "support"))
        assert re.search(r"[Yy]our roles(: support| \(support\))", whispers(running, "support")[0])
        assert alerting.alert()[0] == "firing"


class TestSilence:
    async def test_nothing_new_is_said_until_it_is_over(self, alerting: Alerting, running: World, sql) -> None:
        """Neither escalated nor posted anew; afterwards what is still so is said."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:silence")
        assert "End the silence" in buttons(await shown(running, "silent until"))
        await alerting.tick(10)
        assert alerting.alert()[0] == "resolved"
        await alerting.tick(1600, seconds=16 * 60)
        await alerting.tick(1600, seconds=30 * 60)
        assert sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'alert'") == [(1,)]
        await alerting.tick(1600, seconds=40 * 60)
        assert sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'alert'") == [(2,)]
        assert "told" not in alerting.happened()
        assert "silence_over" in alerting.happened()

    async def test_what_begins_and_ends_in_silence_is_never_posted(
        self, alerting: Alerting, running: World, sql
    ) -> None:
        """It stays on record."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        for value, seconds in ((10, 15), (1600, 16 * 60), (10, 15)):
            await alerting.tick(value, seconds)
        assert sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'alert'") == [(1,)]
        assert sql("SELECT count(*) FROM pmbot.alerts WHERE state = 'resolved'") == [(2,)]

    async def test_what_comes_back_in_silence_calls_nobody(self, alerting: Alerting, running: World) -> None:
        """Its message and its thread say so; nobody's name is in it."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await alerting.tick(10)
        await alerting.tick(1600)
        await until(lambda: any("Fires again as critical" in line for line in thread(running)))
        assert not any("Fires again" in line and "<@" in line for line in thread(running))
        assert "came back once · silent until" in root(running)["text"]

    async def test_anything_worse_breaks_it(self, alerting: Alerting, running: World) -> None:
        """It was silenced while it was high."""
        for _ in range(3):
            await alerting.tick(150)
        await shown(running, "high")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await alerting.tick(1500)
        assert "silent" not in (await shown(running, "critical"))["text"]

    async def test_it_is_of_what_was_so_when_it_began(self, alerting: Alerting, running: World, sql) -> None:
        """Silenced as high: one that fires as critical afterwards is told, also where this one had been critical."""
        await alerting.fire()
        await alerting.tick(150)
        await shown(running, "high")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await alerting.tick(10)
        await alerting.tick(1500)
        assert sql("SELECT state, silenced_until FROM pmbot.alerts ORDER BY since DESC LIMIT 1") == [("firing", None)]

    async def test_ending_one_leaves_those_of_other_queues(self, alerting: Alerting, running: World, sql) -> None:
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        sql(
            "INSERT INTO pmbot.alert_silences (id, rule, subject, severity, staff_id, since, until)"
            " SELECT gen_random_uuid(), rule, 'bounce:process', severity, staff_id, since, until"
            " FROM pmbot.alert_silences"
        )
        await click(running, "oncall", "alert:unsilence")
        await until(lambda: "unsilenced" in alerting.happened())
        assert sql("SELECT subject FROM pmbot.alert_silences WHERE until > now()") == [("bounce:process",)]

    async def test_it_can_be_ended(self, alerting: Alerting, running: World) -> None:
        """By a click."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await click(running, "oncall", "alert:unsilence")
        await until(lambda: "silent" not in root(running)["text"])
        assert alerting.happened() == ["fired", "silenced", "unsilenced"]


class TestEscalation:
    async def test_the_next_on_the_list_is_told_in_order(self, alerting: Alerting, running: World) -> None:
        """After 10 and 20 minutes, by direct message and in the thread; then nobody is left."""
        await alerting.fire()
        await alerting.tick(1500, seconds=9 * 60)
        assert alerting.happened() == ["fired"]
        for _ in range(6):
            await alerting.tick(1500, seconds=6 * 60)
        assert alerting.happened() == ["fired", "told", "told", "nobody_left"]
        await until(lambda: len(thread(running)) == 4)
        assert f"I told <@{world.slack_id('security')}>, next on call, by direct message." in thread(running)[1]
        direct = alerting.sql("SELECT channel FROM pmbot.messages WHERE projection = 'alert_told' ORDER BY created")
        assert direct == [(world.slack_id("security"),), (world.slack_id("root"),)]

    async def test_each_has_as_long_as_the_one_before(self, alerting: Alerting) -> None:
        """Ten minutes from one to the next, however often one looks."""
        await alerting.fire()
        told = []
        for minutes in (11, 4, 4, 2):
            await alerting.tick(1500, seconds=minutes * 60)
            told.append(alerting.happened().count("told"))
        assert told == [1, 1, 1, 2]

    async def test_what_got_worse_is_told_from_the_first_on_the_list_again(self, alerting: Alerting, sql) -> None:
        """They were told of something milder."""
        for _ in range(3):
            await alerting.tick(150)
        await alerting.tick(150, seconds=11 * 60)
        await alerting.tick(1500)
        await alerting.tick(1500, seconds=11 * 60)
        assert alerting.happened() == ["fired", "told", "worse", "told"]
        told = sql("SELECT channel FROM pmbot.messages WHERE projection = 'alert_told'")
        assert told == [(world.slack_id("security"),)]

    async def test_whoever_cannot_be_reached_costs_no_time(self, alerting: Alerting, running: World, sql) -> None:
        """Suspended, or without Slack: the next one is told at once, and nobody who is not there."""
        sql(
            "UPDATE staff_members SET is_active = false WHERE user_id ="
            " (SELECT id FROM users WHERE email = 'security@penguinmails.example')"
        )
        await alerting.fire()
        await shown(running, "critical")
        await alerting.tick(1500, seconds=11 * 60)
        assert alerting.happened() == ["fired", "told", "told"]
        direct = sql("SELECT channel FROM pmbot.messages WHERE projection = 'alert_told'")
        assert direct == [(world.slack_id("root"),)]
        await until(lambda: len(thread(running)) == 3)
        assert "is not active staff, so I skip them" in thread(running)[1]

    async def test_an_acknowledged_one_is_told_to_nobody(self, alerting: Alerting, running: World) -> None:
        """Somebody looks after it."""
        await alerting.fire()
        await shown(running, "critical")
        await click(running, "oncall", "alert:acknowledge")
        await shown(running, "acknowledged by")
        for _ in range(5):
            await alerting.tick(1500, seconds=10 * 60)
        assert "told" not in alerting.happened()

    async def test_one_of_an_incident_that_somebody_commands_is_told_to_nobody(self, alerting: Alerting, sql) -> None:
        """Until they step back: then whoever is next hears of it at once."""
        await alerting.fire()
        sql(
            "WITH it AS (INSERT INTO pmbot.incidents (id, title, severity, declared_by)"
            " SELECT gen_random_uuid(), 'x', 'P2', id FROM users WHERE email LIKE 'oncall@%%'"
            " RETURNING id, declared_by),"
            " role AS (INSERT INTO pmbot.incident_roles (incident_id, role, staff_id)"
            " SELECT id, 'commander', declared_by FROM it)"
            " INSERT INTO pmbot.incident_alerts (incident_id, alert_id) SELECT it.id, alerts.id FROM it, pmbot.alerts"
        )
        for _ in range(3):
            await alerting.tick(1500, seconds=10 * 60)
        assert "told" not in alerting.happened()
        sql("DELETE FROM pmbot.incident_roles")
        await alerting.tick(1500)
        assert alerting.happened()[-1] == "told"


class TestMetrics:
    """On the seeded platform, by the statements that the packaged rules use."""

    async def load(self, alerting: Alerting) -> dict[str, Any]:
        async with alerting.evaluator.database.transaction() as session:
            return await metrics.METRICS["queue.waiting"].source(session)

    def flood(self, sql, number: int, tenant: str = "Acme Corp") -> None:
        sql(
            "INSERT INTO jobs (queue_name, tenant_id, payload)"
            " SELECT %s, (SELECT id FROM tenants WHERE name = %s), '{}' FROM generate_series(1, %s)",
            QUEUE,
            tenant,
            number,
        )

    async def test_what_a_pause_holds_back_does_not_count(self, alerting: Alerting, sql) -> None:
        """Of a tenant, of a queue, by the queue's own switch; nor what is not due yet."""
        before = (await self.load(alerting))[QUEUE]["waiting"]
        self.flood(sql, 300)
        sql("INSERT INTO jobs (queue_name, payload, run_at) VALUES (%s, '{}', now() + interval '1 h')", QUEUE)
        assert (await self.load(alerting))[QUEUE]["waiting"] == before + 300
        sql("INSERT INTO queue_pauses (tenant_id) SELECT id FROM tenants WHERE name = 'Acme Corp'")
        row = (await self.load(alerting))[QUEUE]
        assert row["waiting"] <= before
        assert row["held"] >= 300
        sql("UPDATE job_queues SET is_active = false WHERE name = %s", QUEUE)
        row = (await self.load(alerting))[QUEUE]
        assert (row["waiting"], row["oldest"]) == (0, None)

    async def test_the_pause_of_one_tenant_holds_back_no_other(self, alerting: Alerting, sql) -> None:
        """What waits of the others still counts."""
        self.flood(sql, 300, "Acme Labs")
        sql("INSERT INTO queue_pauses (tenant_id) SELECT id FROM tenants WHERE name = 'Acme Corp'")
        assert (await self.load(alerting))[QUEUE]["waiting"] >= 300

    async def test_a_tenant_with_an_unusual_share_is_named(self, alerting: Alerting, sql) -> None:
        """Much of what waits is theirs, and usually it is not; nobody stands out otherwise."""
        async with alerting.evaluator.database.transaction() as session:
            assert await culprits(session, {QUEUE}) == {}
        self.flood(sql, 300)
        async with alerting.evaluator.database.transaction() as session:
            found = await culprits(session, {QUEUE})
        assert found[QUEUE].name == "Acme Corp"
        assert found[QUEUE].share > 0.7
        assert found[QUEUE].usual < 0.1

    async def test_a_failure_rate_needs_enough_jobs(self, alerting: Alerting, sql) -> None:
        """One failed of three says nothing; one in ten of a hundred does."""
        metric = metrics.METRICS["queue.failure_rate"]
        sql("DELETE FROM jobs")
        sql(
            "INSERT INTO jobs (queue_name, payload, status, completed, failed)"
            " SELECT %s, '{}', CASE WHEN n > 10 THEN 'completed' ELSE 'failed' END,"
            " CASE WHEN n > 10 THEN now() END, CASE WHEN n <= 10 THEN now() END FROM generate_series(1, 100) AS n",
            QUEUE,
        )
        async with alerting.evaluator.database.transaction() as session:
            rows = await metric.source(session)
        assert metric.value(rows[QUEUE], QUEUE) == 0.1
        assert metric.value(rows["bounce:process"], "bounce:process") is None

    async def test_a_thousand_rules_ask_each_source_once(self, alerting: Alerting, sql) -> None:
        """Nothing is written while all is well."""
        high = Level.model_validate({"fires": 1_000_000, "clears": 1})
        one = Rule(metric="queue.waiting", title="x", over="y", runbook="z", levels={Severity.HIGH: high})
        for number in range(1000):
            alerting.evaluator.rules[f"rule-{number}"] = one.model_copy(update={"name": f"rule-{number}"})  # type: ignore[index]
        started = asyncio.get_running_loop().time()
        await alerting.tick(None)
        print(f"1,000 rules: {asyncio.get_running_loop().time() - started:.3f} s")  # noqa: T201 - measured, not asserted
        assert sql("SELECT count(*) FROM pmbot.alerts") == [(0,)]
