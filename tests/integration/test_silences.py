# ruff: noqa: F401, F811 - fixtures are imported, and asked for by their names
"""Silences: for as long as a button or a form says, listed, told at both ends, and hiding no end of an alert."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.actions.alerts.parameters import Quiet
from bot.demo import world
from bot.demo.world import World
from bot.errors import InvalidParameter
from bot.parameters.base import Lookup
from bot.store.database import Database
from tests.conftest import OPS, until, whispers
from tests.integration.test_alerts import (
    QUEUE,
    Alerting,
    alerting,
    buttons,
    choose,
    click,
    policy,
    root,
    running,
    saying,
    shown,
    thread,
)

MADRID = ZoneInfo("Europe/Madrid")
IMPORT = f"/pm alert silence {QUEUE} for 4h because planned import"


async def fired(alerting: Alerting, running: World) -> None:
    await alerting.fire()
    await shown(running, "1,500 jobs")


async def opened(running: World) -> dict[str, Any]:
    """The form that somebody sees."""
    return (await until(lambda: running.slack.views(world.slack_id("oncall"))))[-1]


async def undone(running: World, card: dict[str, Any]) -> None:
    """The click on the card's button, and its form."""
    await running.slack.click(world.slack_id("oncall"), card["ts"], OPS, "undo")
    form = await opened(running)
    await running.slack.submit(world.slack_id("oncall"), form["id"], {"reason": {"reason": "not needed"}})


async def lasting(sql) -> list[tuple[float, str | None]]:
    """Hours of each silence, and its reason."""
    found = sql("SELECT until - since, reason FROM pmbot.alert_silences WHERE until > now() ORDER BY since")
    return [(round(time.total_seconds() / 3600, 1), reason) for time, reason in found]


class TestForHowLong:
    async def test_a_button_for_one_hour_and_one_for_four(self, alerting: Alerting, running: World, sql) -> None:
        await fired(alerting, running)
        assert [one for one in buttons(root(running)) if "Silence" in one] == ["Silence for 1 h"]
        await choose(running, "oncall", "Silence for 4 h")
        await shown(running, "silent until")
        assert await lasting(sql) == [(4.0, None)]

    async def test_any_other_time_is_typed_into_a_form(self, alerting: Alerting, running: World, sql) -> None:
        """A time that is over is told at its field."""
        await fired(alerting, running)
        await choose(running, "oncall", "Silence until …")
        form = await opened(running)
        assert form["title"]["text"] == "Silence an alert"
        assert f"Queue {QUEUE} is backing up" in str(form)
        oncall = world.slack_id("oncall")
        reply = await running.slack.submit(oncall, form["id"], {"until": {"until": "2020-01-01 10:00"}})
        assert "is in the past" in reply.body["errors"]["until"]
        await running.slack.submit(oncall, form["id"], {"until": {"until": "4h"}})
        await until(lambda: saying(running, "Silenced: Queue"))
        assert await lasting(sql) == [(4.0, None)]

    async def test_it_stands_in_the_alerts_thread(self, alerting: Alerting, running: World, sql) -> None:
        """Typed for the only alert on it, with its reason; taken back with one click."""
        await fired(alerting, running)
        await running.slack.command(world.slack_id("oncall"), OPS, IMPORT)
        [card] = await until(lambda: saying(running, f"Silenced: Queue {QUEUE} is backing up"))
        assert card["thread_ts"] == root(running)["ts"]
        assert await lasting(sql) == [(4.0, "planned import")]
        assert "silent until" in (await shown(running, "silent until"))["text"]
        assert not any("silenced it until" in line for line in thread(running))
        await undone(running, card)
        await until(lambda: "silent until" not in root(running)["text"])
        assert await lasting(sql) == []
        assert alerting.happened() == ["fired", "silenced", "unsilenced"]

    async def test_a_longer_one_takes_the_place_of_a_shorter(self, alerting: Alerting, running: World, sql) -> None:
        """And taking it back leaves the shorter one."""
        await fired(alerting, running)
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await running.slack.command(world.slack_id("oncall"), OPS, f"/pm alert silence {QUEUE} for 2d")
        [card] = await until(lambda: saying(running, "Silenced: Queue"))
        assert await lasting(sql) == [(48.0, None)]
        await undone(running, card)
        await until(lambda: len(sql("SELECT id FROM pmbot.alert_silences")) == 3)
        [(hours, _)] = await lasting(sql)
        assert hours == 1.0


class TestAtTheField:
    """What is wrong with a time is said where it is typed."""

    NIGHT = dt.datetime(2026, 10, 24, 20, 0, tzinfo=MADRID)  # the clocks go back at 03:00

    async def said(self, typed: str, database: Database, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> str:
        async def clock(lookup: Lookup) -> dt.datetime:
            return now.astimezone(dt.UTC)

        monkeypatch.setattr(Quiet, "clock", staticmethod(clock))
        async with database.snapshot() as session:
            try:
                found = await Quiet.resolve(
                    "until", typed, Lookup(session, "", 500, "alert silence", {}, zone=str(MADRID))
                )
            except InvalidParameter as error:
                return " ".join([str(error), *(one.label for one in error.suggestions)])
        return f"{found.until.astimezone(MADRID):%d %H:%M %Z}" if found.until else str(found.lasts)

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ("23:00", "24 23:00 CEST"),
            ("until 23:00", "24 23:00 CEST"),
            ("tomorrow 9:00", "25 09:00 CET"),
            ("2026-11-23 18:00", "23 18:00 CET"),
            ("4h", "4:00:00"),
            ("18:00", "is in the past: it is 20:00 now"),
            ("2026-01-31 10:00", "is in the past"),
            ("2026-11-24 20:00", "too long: it can last from 1 min to 30 d"),
            ("31d", "too long"),
            ("tomorrow 2:30", "the time 02:30 comes twice, because the clocks go back"),
            ("tomorrow 2:30", "until 02:30 CEST"),
            ("tomorrow 2:30", "until 02:30 CET"),
            ("2026-10-25T02:30:00+02:00", "25 02:30 CEST"),
            ("2026-10-25T02:30:00+01:00", "25 02:30 CET"),
            ("when it suits", "I can't read “when it suits” as a time"),
        ],
    )
    async def test_past_too_far_and_twice(
        self, typed: str, says: str, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = Database(database_url)
        assert says in await self.said(typed, database, self.NIGHT, monkeypatch)
        await database.close()

    async def test_what_a_night_skips(self, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        database = Database(database_url)
        now = dt.datetime(2027, 3, 27, 20, 0, tzinfo=MADRID)
        assert "There is no 02:30 on that night" in await self.said("tomorrow 2:30", database, now, monkeypatch)
        await database.close()


class TestListed:
    async def test_who_why_until_when_with_a_button_to_end_it(self, alerting: Alerting, running: World, sql) -> None:
        await running.slack.command(world.slack_id("oncall"), OPS, "/pm silences")
        await until(lambda: any("Nothing is silenced" in one for one in whispers(running, "oncall")))
        await fired(alerting, running)
        await running.slack.command(
            world.slack_id("oncall"), OPS, f"/pm alert silence {QUEUE} for 4h because planned import"
        )
        await until(lambda: saying(running, "Silenced: Queue"))
        await running.slack.command(world.slack_id("oncall"), OPS, "/pm silences")
        said = await until(lambda: next((one for one in whispers(running, "oncall") if "planned import" in one), None))
        assert re.search(
            rf"Queue {QUEUE} is backing up \(critical, alert still open\) · by Óscar Peñalver · until <!date", said
        )
        await running.slack.command(world.slack_id("oncall"), OPS, f"/pm alert silence end {QUEUE}")
        await until(lambda: saying(running, "Silence ended: Queue"))
        assert await lasting(sql) == []
        await until(lambda: "silent until" not in root(running)["text"])

    async def test_open_alerts_worst_first(self, alerting: Alerting, running: World) -> None:
        """With the way to its message, who has it, and until when it is silent."""
        await running.slack.command(world.slack_id("oncall"), OPS, "/pm alerts")
        await until(lambda: any("No open alerts" in one for one in whispers(running, "oncall")))
        await fired(alerting, running)
        await click(running, "oncall", "alert:acknowledge")
        await shown(running, "acknowledged by")
        await running.slack.command(world.slack_id("oncall"), OPS, "/pm alerts")
        said = await until(lambda: next((one for one in whispers(running, "oncall") if "Open alerts" in one), None))
        assert "critical" in said
        assert "acknowledged by Óscar Peñalver" in said
        assert f"p{root(running)['ts'].replace('.', '')}" in said


class TestBothEnds:
    async def test_its_end_is_told_though_the_alert_was_over(self, alerting: Alerting, running: World) -> None:
        """In the thread, once; that it was over was told in between."""
        await fired(alerting, running)
        await click(running, "oncall", "alert:silence")
        await shown(running, "silent until")
        await alerting.tick(10)
        await shown(running, "resolved")
        for _ in range(3):
            await alerting.tick(10, seconds=3600)
        await until(
            lambda: any("The silence has ended. The alert had already ended" in line for line in thread(running))
        )
        assert alerting.happened() == ["fired", "silenced", "resolved", "silence_over"]

    async def test_what_fired_in_silence_is_posted_when_somebody_ends_it(
        self, alerting: Alerting, running: World, sql
    ) -> None:
        """It had no message until then."""
        await fired(alerting, running)
        await choose(running, "oncall", "Silence for 4 h")
        await shown(running, "silent until")
        await alerting.tick(10)
        await alerting.tick(1600, seconds=16 * 60)
        messages = "SELECT count(*) FROM pmbot.messages WHERE projection = 'alert'"
        assert sql(messages) == [(1,)]
        await running.slack.command(world.slack_id("oncall"), OPS, f"/pm alert silence end {QUEUE}")
        await until(lambda: saying(running, "Silence ended: Queue"))
        await alerting.tick(1600)
        assert sql(messages) == [(2,)]


async def test_what_comes_back_is_found_by_an_index(database_url: str, sql) -> None:
    """Also with a year of alerts."""
    sql(
        "INSERT INTO pmbot.alerts (id, rule, subject, state, severity, breached, value, peak, measured, facts, since,"
        " fired, resolved, shown) SELECT gen_random_uuid(), 'rule-' || n % 40, 'subject-' || n % 30, 'resolved', 'low',"
        " '{}', 1, 1, at, '{}', at, at, at, at FROM generate_series(1, 70000) AS n,"
        " LATERAL (SELECT now() - n * interval '450 seconds' AS at) AS moment"
    )
    sql("ANALYZE pmbot.alerts")
    database = Database(database_url)
    async with database.snapshot() as session:
        plan = await session.scalars(
            text(
                "EXPLAIN SELECT * FROM pmbot.alerts WHERE rule = 'rule-7' AND subject = 'subject-7'"
                " AND state = 'resolved' AND resolved > now() - interval '15 minutes' AND shown IS NOT NULL"
                " ORDER BY resolved DESC LIMIT 1 FOR UPDATE"
            )
        )
        said = "\n".join(plan)
    await database.close()
    assert "ix_alerts_rule_subject_resolved" in said
    assert "Seq Scan" not in said
