"""A month in which the clocks change, with 200 alerts: what people see of it is exactly what the rules promise.

The engine, the deliveries and the digests go by the database's clock, which is set for the one connection that they
have here (`pm_demo.ahead`); a look is taken only where something happens. What each problem has to bring is counted
in `month.py`; what it brought, the local Slack has counted.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy
from bot.alerts import acknowledge, rules
from bot.alerts.cards import AlertCards
from bot.alerts.evaluate import Evaluator
from bot.alerts.metrics import base as metrics
from bot.alerts.metrics.base import Metric
from bot.alerts.thread import Thread
from bot.delivery.channels import Channels
from bot.delivery.deliver import Delivery
from bot.demo import clock
from bot.demo.world import World, slack_id, workspace
from bot.digests import feature as digests
from bot.digests.reports import Reports
from bot.drawing.render import Renderer
from bot.people import identity
from bot.people.identity import SlackPerson
from bot.permissions import Permission
from bot.store.database import Database
from localslack import moment
from tests.conftest import with_digests
from tests.promises.month import Episode, Seen, ended_unseen, episodes, seen_late, unseen

OPERATIONS = "C0OPERATIONS"
MADRID = ZoneInfo("Europe/Madrid")
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
MONTHS = {"autumn": dt.datetime(2026, 10, 10, tzinfo=dt.UTC), "spring": dt.datetime(2027, 3, 13, tzinfo=dt.UTC)}
DAYS, DOWN_ON = 30, 12  # in that night the bot is down, for two hours from a quarter of an hour before the digest
RULES = """
[rules.slow]
metric = "test.slow"
title = "{subject} is slow"
over = "{subject} was slow"
runbook = "Look at the database."
levels.high = { fires = 100, clears = 50, escalate = "never" }
levels.critical = { fires = 1000, clears = 500, escalate = "never" }

[rules.behind]
metric = "test.behind"
title = "{subject} is behind"
over = "{subject} was behind"
runbook = "Look at what it needs."
symptom_of = ["down"]
levels.high = { fires = 100, clears = 50, escalate = "never" }

[rules.urgent]
metric = "test.urgent"
title = "{subject} is slow"
over = "{subject} was slow"
runbook = "Look at it at once."
levels.critical = { fires = 1000, clears = 500 }

[rules.down]
metric = "test.down"
title = "{subject} is down"
over = "{subject} was down"
runbook = "Start it."
levels.high = { fires = 0.5, clears = 0.5, escalate = "never" }

[rules.storm]
metric = "alerts.together"
title = "Many problems at once"
over = "There were many problems at once"
runbook = "Look for what they have in common."
levels.critical = { fires = 19, clears = 1, escalate = "never" }
"""
POLICY = """
on_call = ["oncall@penguinmails.example", "tomasz@penguinmails.example", "kofi@penguinmails.example"]
[channels]
operations = "operations"
[digests.night]
at = "02:30"
days = "*"
zone = "Europe/Madrid"
report = "morning"
"""
WORK = """
INSERT INTO pmbot.maintenance_windows (id, scope, subject, reason, starts, ends, state, staff_id, announced)
SELECT gen_random_uuid(), 'service', %s, 'work', %s, %s, 'running', id, now() FROM users
WHERE email = 'tomasz@penguinmails.example'
"""
UNSENT = "SELECT id FROM pmbot.messages WHERE version > sent_version ORDER BY created, key"
TAKEN = "SELECT id, args FROM pmbot.procrastinate_jobs WHERE task_name = 'digest' AND id > %s ORDER BY id"
"""What the clock has asked a worker for."""


@dataclass
class Month:
    """Everything that looks, by a clock that the test sets."""

    around: World
    sql: Any
    database: Database
    evaluator: Evaluator
    delivery: Delivery
    thread: Thread
    reports: Reports
    measured: dict[str, dict[str, float]]
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    posted: int = 0

    async def move(self, to: dt.datetime) -> None:
        """It is that time, for the database's one session and for Slack."""
        ahead = to.timestamp() - (moment.time() - moment.ahead())
        async with self.database.transaction() as session:
            await session.execute(text("SELECT set_config('pm_demo.ahead', :ahead, false)"), {"ahead": f"{ahead} s"})
        moment.move(ahead)
        self.now = to

    async def look(self) -> None:
        """What the clock's round and the jobs that follow from it do, once."""
        await self.evaluator.sweep()
        await digests.take(self.reports)
        for number, args in self.sql(TAKEN, self.posted):
            day, time = dt.date.fromisoformat(args["local_date"]), dt.time.fromisoformat(args["local_time"])
            await self.reports.post(args["schedule"], day, time)
            self.posted = number
        await self.deliver()

    async def deliver(self) -> None:
        """Until nothing waits: the lines of a thread follow their message."""
        waiting = True
        while waiting:
            for (one,) in self.sql(UNSENT):
                await self.delivery.deliver(one, 1)
            waiting = bool(await self.thread._post_next()) or bool(self.sql(UNSENT))

    async def act(self, what: str, episode: Episode) -> None:
        """What somebody does about it."""
        if what == "maintain":
            self.sql(WORK, episode.name, self.now, self.now + 60 * MINUTE)
            return
        [(alert,)] = self.sql("SELECT id FROM pmbot.alerts WHERE subject = %s AND state <> 'resolved'", episode.name)
        async with self.database.transaction() as session:
            person = SlackPerson(workspace().team_id, slack_id("oncall"))
            does = getattr(acknowledge, what)
            await does(session, self.evaluator.rules, await identity.identify(session, person, person.team_id), alert)
        await self.deliver()


@pytest.fixture
async def month(surroundings: World, sql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Month]:
    measured: dict[str, dict[str, float]] = defaultdict(dict)

    def metric(name: str) -> Metric:
        async def source(session: AsyncSession) -> dict[str, Any]:
            return {subject: {"value": value} for subject, value in measured[name].items()}

        return Metric(source, lambda row, _: row["value"], "Value", "A value.", "{:,.0f}".format, Permission.QUEUE_READ)

    for name in ("slow", "behind", "urgent", "down"):
        monkeypatch.setitem(metrics.METRICS, f"test.{name}", metric(name))
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    (tmp_path / "policy.toml").write_text(POLICY, "utf-8")
    watched = rules.load(tmp_path / "rules.toml", frozenset(metrics.METRICS), {})
    theirs, team = policy.load(tmp_path / "policy.toml"), workspace().team_id
    clock.install(surroundings.database_url)
    with_digests(surroundings.database_url)
    surroundings.slack.limits = None  # a month passes in seconds
    database = Database(surroundings.database_url, pool_size=1)
    url = f"{surroundings.slack_url}/api/"
    client = AsyncWebClient(token=surroundings.slack.workspace.bot_token, base_url=url, retry_handlers=[])
    channels, renderer = Channels(client, theirs.channels), Renderer()
    drawn = AlertCards(renderer, watched, channels, theirs, team).projections()
    yield Month(
        surroundings, sql, database, Evaluator(database, watched, theirs, team),
        Delivery(database, client, channels, drawn), Thread(database, watched),
        Reports(database, renderer, theirs, team), measured,
    )  # fmt: skip
    await database.close()
    moment.move(0.0)


@dataclass(frozen=True)
class Calendar:
    """What happens when."""

    begins: dt.datetime
    down: tuple[dt.datetime, dt.datetime]
    starts: Mapping[str, dt.datetime]
    """By episode."""
    episodes: Mapping[str, Episode]
    digests: Sequence[dt.datetime]

    def instants(self) -> dict[dt.datetime, list[tuple[Episode, float]]]:
        """In order: every moment at which something happens, and of what."""
        found: dict[dt.datetime, list[tuple[Episode, float]]] = {at: [] for at in (*self.digests, self.down[1])}
        for name, one in self.episodes.items():
            for minute in one.minutes:
                found.setdefault(self.starts[name] + minute * MINUTE, []).append((one, minute))
        return dict(sorted(found.items()))


def calendar(begins: dt.datetime) -> Calendar:
    """Three problems at a time, a few minutes apart; while the bot is down, those alone that are about that."""
    late = dt.datetime.combine((begins + DOWN_ON * DAY).date(), dt.time(2, 15), MADRID).astimezone(dt.UTC)
    down = late, late + 120 * MINUTE
    own = (unseen("unseen"), seen_late("seen-late"), ended_unseen("ended-unseen"))
    starts = dict.fromkeys((one.name for one in own), late)
    others = episodes()
    for number, one in enumerate(others):
        at = begins + ((number // 3) * 900 + (number % 3) * 7 + 11) * MINUTE
        beside = late - 200 * MINUTE < at < late + 200 * MINUTE
        starts[one.name] = at + (430 * MINUTE if beside else 0 * MINUTE)
    return Calendar(begins, down, starts, {one.name: one for one in (*own, *others)}, nights(begins))


def nights(begins: dt.datetime) -> list[dt.datetime]:
    """The first minute of each day at which the clock on a wall in Madrid shows the digest's time, or a later one."""
    found: dict[dt.date, dt.datetime] = {}
    for number in range(1, DAYS * 24 * 60):
        minute = begins + number * MINUTE
        local = minute.astimezone(MADRID)
        if f"{local:%H:%M}" >= "02:30":
            found.setdefault(local.date(), minute)
    return list(found.values())


@pytest.mark.parametrize("season", MONTHS)
async def test_every_message_of_a_month_is_expected(month: Month, season: str) -> None:
    """Each problem brings what it has to, and nothing else does; each digest comes once, at its hour."""
    planned = calendar(MONTHS[season])
    month.sql("UPDATE pmbot.alert_ticks SET at = %s", planned.begins - DAY)
    await month.move(planned.begins)
    await month.look()
    for at, happening in planned.instants().items():
        for episode, minute in happening:
            for what, value in episode.values.get(minute, {}).items():
                rule, _, subject = what.partition(":")
                month.measured[rule][subject] = value
        if planned.down[0] < at < planned.down[1]:
            continue
        await month.move(at)
        await month.look()
        for episode, minute in happening:
            if minute in episode.acts:
                await month.act(episode.acts[minute], episode)
    seen, posted = brought(month, planned)
    assert seen == {name: one.seen for name, one in planned.episodes.items()}
    expected = {planned.down[1] if planned.down[0] < at < planned.down[1] else at for at in planned.digests}
    assert posted == expected
    [(number,)] = month.sql("SELECT count(*) FROM pmbot.alerts WHERE rule = ANY(%s)", list(month.evaluator.rules))
    assert number == sum(one.alerts for one in planned.episodes.values()) >= 200


def brought(month: Month, planned: Calendar) -> tuple[dict[str, Seen], set[dt.datetime]]:
    """What the local Slack was told of each episode, and when digests were posted."""
    owners = owners_of(month, planned)
    seen = dict.fromkeys(planned.episodes, Seen())
    slots: list[dt.datetime] = []
    for call in month.around.slack.calls:
        if call.method not in ("chat.postMessage", "chat.update") or not call.answer.get("ok"):
            continue
        ts = call.answer["ts"]
        owner = owners[call.answer["channel"], ts]
        if owner == "digest":
            slots.append(dt.datetime.fromtimestamp(float(ts) // 60 * 60, dt.UTC))
        else:
            seen[owner] += told(call)
    assert len(slots) == len(set(slots))
    return seen, set(slots)


def told(call: Any) -> Seen:
    """What one call lets people see."""
    direct, changed = call.answer["channel"].startswith("D"), call.method == "chat.update"
    if direct:
        return Seen(direct_updates=1) if changed else Seen(direct=1)
    if changed:
        return Seen(updates=1)
    return Seen(lines=1) if call.args.get("thread_ts") else Seen(posts=1)


def owners_of(month: Month, planned: Calendar) -> dict[tuple[str, str], str]:
    """By place in Slack, the episode that a message is about, or that it is a digest."""
    rows = month.sql(
        "SELECT m.sent_channel, m.ts, m.key, a.subject FROM pmbot.messages m"
        " LEFT JOIN pmbot.alerts a ON m.key LIKE 'alert:' || a.id || '%%' WHERE m.ts IS NOT NULL"
    )
    storms = [
        key
        for _, _, key, subject in sorted(rows, key=lambda row: row[1])
        if subject == "platform" and key.count(":") == 1
    ]
    found = {}
    for channel, ts, key, subject in rows:
        if key.startswith("slot:"):
            found[channel, ts] = "digest"
        elif subject == "platform":
            found[channel, ts] = f"storm-{next(n for n, one in enumerate(storms) if key.startswith(one))}"
        else:
            found[channel, ts] = subject if subject in planned.episodes else subject.rpartition("-")[0]
    return found
