"""One problem, one message: what comes back, what a greater problem explains, and what comes all at once."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy
from bot.alerts import rules
from bot.alerts.cards import AlertCards
from bot.alerts.evaluate import Evaluator
from bot.alerts.metrics import base as metrics
from bot.alerts.metrics.base import Metric
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.permissions import Permission
from bot.store.database import Database

RULES = """
[rules.slow]
metric = "test.slow"
title = "{subject} is slow"
over = "{subject} was slow"
runbook = "Look at the database."
symptom_of = ["down:database", "down:{subject}"]
levels.high = { fires = 100, clears = 50 }
levels.critical = { fires = 1000, clears = 500 }

[rules.down]
metric = "test.down"
title = "{subject} is down"
over = "{subject} was down"
runbook = "Start it."
levels.high = { fires = 0.5, clears = 0.5, for = "30s" }

[rules.patient]
metric = "test.patient"
title = "{subject}"
over = "{subject}"
runbook = "Wait."
keep = "5m"
levels.low = { fires = 1, clears = 1 }

[rules.storm]
metric = "alerts.together"
title = "Many problems at once"
over = "There were many problems at once"
runbook = "Look for what they have in common."
levels.critical = { fires = 19, clears = 1 }
"""


@dataclass
class Platform:
    """What a test says is measured, and a clock that it moves."""

    evaluator: Evaluator
    sql: Any
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    async def look(self, seconds: float = 15, **values: dict[str, float]) -> None:
        """Some time later, with these values by metric and subject; what is not named stays."""
        self.now += dt.timedelta(seconds=seconds)
        self.measured |= values
        async with self.evaluator.database.transaction() as session:
            await self.evaluator.evaluate(session, self.now)

    def posted(self) -> list[str]:
        """The subjects with a message, in the order in which they were first shown."""
        return [
            subject
            for (subject,) in self.sql(
                "SELECT alerts.subject FROM pmbot.messages JOIN pmbot.alerts ON key = 'alert:' || alerts.id"
                " WHERE projection = 'alert' ORDER BY messages.created, alerts.subject"
            )
        ]

    def happened(self, subject: str) -> list[str]:
        told = "SELECT what FROM pmbot.alert_events e JOIN pmbot.alerts a ON a.id = alert_id WHERE subject = %s"
        return [what for (what,) in self.sql(f"{told} ORDER BY e.id", subject)]

    async def card(self, subject: str) -> str:
        """What the newest message of a subject says."""
        [(alert,)] = self.sql("SELECT id FROM pmbot.alerts WHERE subject = %s ORDER BY since DESC LIMIT 1", subject)
        drawing = AlertCards(
            Renderer(), self.evaluator.rules, Channels({}, {}), self.evaluator.policy, self.evaluator.team_id
        )
        async with self.evaluator.database.snapshot() as session:
            return str((await drawing.card(session, str(alert)))["text"])


@pytest.fixture
async def platform(database_url: str, sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Platform]:
    measured: dict[str, dict[str, float]] = {}

    def metric(name: str) -> Metric:
        async def source(session: AsyncSession) -> dict[str, Any]:
            return {subject: {"value": value} for subject, value in measured.get(name, {}).items()}

        shown = "{:,.0f}".format
        return Metric(source, lambda row, _: row["value"], "Value", "A value.", shown, Permission.QUEUE_READ)

    for name in ("slow", "down", "patient"):
        monkeypatch.setitem(metrics.METRICS, f"test.{name}", metric(name))
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    watched = rules.load(tmp_path / "rules.toml", frozenset(metrics.METRICS), {})
    database = Database(database_url)
    yield Platform(Evaluator(database, watched, policy.load(), "T0"), sql, measured)
    await database.close()


class TestReturning:
    async def test_what_comes_back_soon_keeps_its_message(self, platform: Platform, sql) -> None:
        """No second message; whoever took it on has to look again."""
        await platform.look(slow={"api": 200})
        await platform.look(60, slow={"api": 10})
        assert sql("SELECT state FROM pmbot.alerts") == [("resolved",)]
        await platform.look(600, slow={"api": 300})
        assert sql("SELECT state, returned, resolved IS NULL, peak FROM pmbot.alerts") == [("firing", 1, True, 300.0)]
        assert platform.happened("api") == ["fired", "resolved", "again"]
        assert platform.posted() == ["api"]
        assert "came back once" in await platform.card("api")

    async def test_a_new_problem_has_a_new_message(self, platform: Platform) -> None:
        """Long after the last one was over."""
        await platform.look(slow={"api": 200})
        await platform.look(60, slow={"api": 10})
        await platform.look(16 * 60, slow={"api": 200})
        assert platform.posted() == ["api", "api"]

    async def test_what_comes_and_goes_is_over_once_it_was_quiet(self, platform: Platform, sql) -> None:
        """From its third return on: for fifteen minutes without a break."""
        for _ in range(4):
            await platform.look(60, slow={"api": 200})
            await platform.look(60, slow={"api": 10})
        assert sql("SELECT state, returned FROM pmbot.alerts") == [("firing", 3)]
        assert "came back 3 times, so it ends only after 15 min without the problem" in await platform.card("api")
        await platform.look(14 * 60)
        await platform.look(30, slow={"api": 200})
        await platform.look(30, slow={"api": 10})
        await platform.look(14 * 60)
        assert sql("SELECT state FROM pmbot.alerts") == [("firing",)]
        await platform.look(60)
        assert sql("SELECT state FROM pmbot.alerts") == [("resolved",)]
        ends = [what for what in platform.happened("api") if what not in ("told", "nobody_left")]
        assert ends == ["fired", *["resolved", "again"] * 3, "resolved"]
        assert platform.posted() == ["api"]
        assert "came back 3 times" in await platform.card("api")

    async def test_nobody_is_woken_by_what_is_quiet_now(self, platform: Platform) -> None:
        """While it only waits to be over, the next on call sleeps on."""
        for _ in range(4):
            await platform.look(60, slow={"api": 200})
            await platform.look(60, slow={"api": 10})
        await platform.look(13 * 60)
        assert "told" not in platform.happened("api")

    async def test_a_rule_may_want_quiet_before_an_end(self, platform: Platform, sql) -> None:
        await platform.look(patient={"x": 2})
        await platform.look(299, patient={"x": 0})
        await platform.look(299)
        assert sql("SELECT state FROM pmbot.alerts") == [("firing",)]
        await platform.look(1)
        assert sql("SELECT state FROM pmbot.alerts") == [("resolved",)]


class TestSymptoms:
    async def test_what_a_problem_explains_is_told_with_it(self, platform: Platform, sql) -> None:
        """One message; the next on call hears of the problem and not of its symptoms."""
        await platform.look(down={"database": 1})
        await platform.look(30, slow={"api": 200, "web": 300})
        assert platform.posted() == ["database"]
        assert platform.happened("database") == ["fired", "joined", "joined"]
        card = await platform.card("database")
        assert "api is slow (high)" in card
        assert "web is slow (high)" in card
        await platform.look(11 * 60)
        told = sql(
            "SELECT subject FROM pmbot.alert_events e JOIN pmbot.alerts a ON a.id = alert_id WHERE what = 'told'"
        )
        assert told == [("database",)]
        await platform.look(15, slow={"api": 10})
        assert platform.happened("database")[-1] == "left"
        assert "api" not in await platform.card("database")
        await platform.look(15, slow={"web": 10}, down={"database": 0})
        assert sql("SELECT DISTINCT state FROM pmbot.alerts") == [("resolved",)]
        assert platform.posted() == ["database"]
        assert sql("SELECT count(*) FROM pmbot.alert_events e JOIN pmbot.alerts a ON a.id = alert_id"
                   " WHERE subject <> 'database' AND posted IS NULL") == [(0,)]  # fmt: skip

    async def test_it_waits_for_a_cause_that_is_not_yet_sure(self, platform: Platform) -> None:
        """A cause that has to last before it fires explains from its first moment on."""
        await platform.look(down={"database": 1}, slow={"api": 200})
        assert platform.posted() == []
        await platform.look(30)
        assert platform.posted() == ["database"]
        assert "api is slow" in await platform.card("database")

    async def test_a_cause_that_was_none_lets_go(self, platform: Platform) -> None:
        """Above its threshold for a moment only: what it explained is told at once."""
        await platform.look(down={"database": 1}, slow={"api": 200})
        await platform.look(down={"database": 0})
        assert platform.posted() == ["api"]
        assert platform.happened("api") == ["fired", "alone"]

    async def test_what_outlasts_its_cause_is_a_problem_of_its_own(self, platform: Platform, sql) -> None:
        """A little after it, since things take time to recover; from then on somebody has to acknowledge it."""
        await platform.look(down={"database": 1})
        await platform.look(30, slow={"api": 200})
        await platform.look(15, down={"database": 0})
        await platform.look(90)
        assert platform.posted() == ["database"]
        await platform.look(30)
        assert platform.posted() == ["database", "api"]
        assert platform.happened("api") == ["fired", "alone"]
        assert sql("SELECT waiting_since FROM pmbot.alerts WHERE subject = 'api'") == [(platform.now,)]

    async def test_what_is_worse_than_its_cause_is_told_alone(self, platform: Platform) -> None:
        """At once, or when it gets worse."""
        await platform.look(down={"database": 1})
        await platform.look(30, slow={"api": 2000, "web": 200})
        assert platform.posted() == ["api", "database"]
        await platform.look(15, slow={"api": 2000, "web": 2000})
        assert platform.posted() == ["api", "database", "web"]
        assert platform.happened("web") == ["fired", "worse"]

    async def test_another_subject_explains_nothing(self, platform: Platform) -> None:
        await platform.look(down={"cache": 1, "web": 1})
        await platform.look(30, slow={"api": 200, "web": 200})
        assert sorted(platform.posted()) == ["api", "cache", "web"]
        assert "web is slow" in await platform.card("web")


class TestStorm:
    async def test_twenty_at_once_are_one_message(self, platform: Platform, sql) -> None:
        """With counts; nothing is dropped, and it is over when all of them are."""
        await platform.look(slow={f"s{n}": 200.0 for n in range(20)})
        assert platform.posted() == ["platform"]
        assert sql("SELECT count(*) FROM pmbot.alerts WHERE state = 'firing'") == [(21,)]
        card = await platform.card("platform")
        assert "20" in card
        assert "and 15 more" in card
        await platform.look(30, slow={f"s{n}": 200.0 for n in range(25)})
        assert platform.posted() == ["platform"]
        await platform.look(300, slow={f"s{n}": 200.0 for n in range(3)})
        assert "s2 is slow" in await platform.card("platform")
        await platform.look(60, slow={})
        assert sql("SELECT DISTINCT state FROM pmbot.alerts") == [("resolved",)]
        assert platform.posted() == ["platform"]

    async def test_what_comes_later_is_told_alone(self, platform: Platform) -> None:
        """A storm that has blown over for a minute takes nothing more in, though it is not over."""
        storm = {f"s{n}": 200.0 for n in range(20)}
        await platform.look(slow=storm)
        await platform.look(61)
        await platform.look(15, slow={**storm, "later": 200})
        assert platform.posted() == ["platform", "later"]

    async def test_nineteen_are_nineteen(self, platform: Platform) -> None:
        await platform.look(slow={f"s{n}": 200.0 for n in range(19)})
        assert len(platform.posted()) == 19
