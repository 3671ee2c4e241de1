"""Alerts that Alertmanager or Grafana evaluate: a group is one alert here, however often it is told."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.types.json import Json

from bot import app, policy, systems
from bot.alerts.outside.feature import NAME, RULE
from bot.alerts.outside.groups import Groups
from bot.alerts.outside.payload import read
from bot.config import Settings
from bot.demo import world
from bot.demo.world import slack_id
from bot.doctor import outside as doctor
from bot.drawing.render import Renderer
from bot.oncall.paging import Paging
from bot.outside import OutsideRoute, OutsideSettings
from bot.runtime import clock
from bot.store.database import Database
from tests.conftest import OPS, cards, running_bot, until, whispers

SECRET = "between-alertmanager-and-the-bot"
BEGAN = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)


def one(instance: str, status: str = "firing", severity: str = "warning", **labels: str) -> dict[str, Any]:
    """An alert of a group, as Alertmanager 0.25 sends it."""
    return {
        "status": status,
        "labels": {"alertname": "HighErrorRate", "instance": instance, "severity": severity, **labels},
        "annotations": {"summary": f"{instance} fails"},
        "startsAt": BEGAN.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph",
        "fingerprint": "a4f5",
    }


def told(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    firing = any(each["status"] == "firing" for each in alerts)
    return {
        "version": "4",
        "groupKey": '{}:{alertname="HighErrorRate"}',
        "status": "firing" if firing else "resolved",
        "receiver": "penguinmails",
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": {"alertname": "HighErrorRate"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com",
        "truncatedAlerts": 0,
        "alerts": list(alerts),
        **more,
    }


class Sender:
    """What posts to the bot."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/webhooks/alerts"

    async def __call__(self, body: object, *, secret: str = SECRET, path: str = "") -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(self.url + path, json=body, headers=headers)).status_code


@pytest.fixture
async def tell(surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sender]:
    """With the whole bot beside it, and no rules of its own."""
    (tmp_path / "rules.toml").write_text("[rules]\n", "utf-8")
    (tmp_path / "policy.toml").write_text('[alerts]\nrules = "rules.toml"\n', "utf-8")
    monkeypatch.setattr(clock, "INTERVAL", 0.2)
    around = running_bot(surroundings, pm_policy=tmp_path / "policy.toml", alerts_webhook_secret=SECRET)
    async with around as url:
        yield Sender(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    one = Database(database_url)
    yield one
    await one.close()


def shown(around: Any) -> str:
    return next((each["text"] for each in cards(around) if each["text"].startswith("HighErrorRate")), "")


def thread(around: Any) -> list[str]:
    return [each["text"] for each in cards(around) if each.get("thread_ts") not in (None, each["ts"])]


def read_as_markup(part: Any) -> list[str]:
    """The texts of blocks in which Slack looks for mentions and links."""
    if isinstance(part, list):
        return [text for one in part for text in read_as_markup(one)]
    if not isinstance(part, dict):
        return []
    return (
        [part["text"]]
        if part.get("type") == "mrkdwn"
        else [text for one in part.values() for text in read_as_markup(one)]
    )


async def test_a_group_is_one_message_for_its_life(tell: Sender, surroundings, sql) -> None:
    """It fires, is told again, grows, is acknowledged and silenced as any other, gets worse, and is over."""
    assert await tell(told(one("web-1"), one("web-2"))) == 200
    await until(lambda: "instance web-1 (medium)" in shown(surroundings))
    assert "2 medium" in shown(surroundings)
    assert "web-2 fails" in shown(surroundings)
    before = sql("SELECT count(*) FROM pmbot.alert_events")
    for _ in range(3):
        assert await tell(told(one("web-1"), one("web-2"))) == 200
    await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'alerts' AND handled IS NOT NULL") == [(4,)])
    assert sql("SELECT count(*) FROM pmbot.alert_events") == before
    await tell(told(one("web-1"), one("web-2"), one("web-3")))
    await until(lambda: "3 medium" in shown(surroundings))
    [card] = [each for each in cards(surroundings) if each["text"].startswith("HighErrorRate")]
    await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "alert:acknowledge")
    await until(lambda: "acknowledged by" in shown(surroundings))
    await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "alert:why")
    await until(lambda: any("alertname HighErrorRate" in each for each in whispers(surroundings, "oncall")))
    await tell(told(one("web-1", severity="page"), one("web-2", "resolved")))
    await until(lambda: "1 critical" in shown(surroundings))
    assert "not acknowledged" in shown(surroundings)
    assert "1 over" in shown(surroundings)
    await tell(told(one("web-1", "resolved"), status="resolved"))
    await until(lambda: "resolved" in shown(surroundings))
    happened = sql("SELECT what FROM pmbot.alert_events ORDER BY id")
    assert happened == [("fired",), ("acknowledged",), ("worse",), ("resolved",)]
    assert len([each for each in cards(surroundings) if each["text"].startswith("HighErrorRate")]) == 1


async def test_it_is_silenced_becomes_an_incident_and_pages_as_any_other(
    tell: Sender, surroundings, database: Database, sql
) -> None:
    """By its own buttons; what is silent is over on its message all the same."""
    await tell(told(one("web-1", severity="page"), commonAnnotations={"runbook_url": "https://wiki.example.com/x"}))
    await until(lambda: "1 critical" in shown(surroundings))
    assert "https://wiki.example.com/x" in shown(surroundings)
    await Paging(database, {NAME: RULE}).sweep()
    assert sql("SELECT wanted FROM pmbot.pages") == [("trigger",)]
    [card] = [each for each in cards(surroundings) if each["text"].startswith("HighErrorRate")]
    await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "incident:declare")
    declared = "SELECT severity FROM pmbot.incidents WHERE title = 'HighErrorRate'"
    assert await until(lambda: sql(declared)) == [("P1",)]
    await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "alert:silence")
    await until(lambda: "silent until" in shown(surroundings))
    await Paging(database, {NAME: RULE}).sweep()
    assert sql("SELECT wanted FROM pmbot.pages") == [("acknowledge",)]
    assert sql("SELECT rule, severity FROM pmbot.alert_silences") == [(NAME, "critical")]
    await tell(told(one("web-1", "resolved")))
    await until(lambda: "resolved" in shown(surroundings))


async def test_whoever_has_no_secret_is_not_heard(tell: Sender, sql) -> None:
    """Nor what is no notification; nothing of it is stored."""
    assert await tell(told(one("web-1")), secret="another") == 401
    assert await tell(told(one("web-1")), path="/EU!") == 404
    for body in ([], {}, {**told(), "alerts": 3}, told({**one("x"), "startsAt": "yesterday"}), told(one(3))):  # type: ignore[arg-type]
        assert await tell(body) == 422
    assert sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'alerts'") == [(0,)]


async def test_what_is_written_in_labels_stays_text(tell: Sender, surroundings, sql) -> None:
    """However long, however many, whatever Slack would read in it."""
    evil = "<!channel> *x* <https://evil.example|here> \u0000\u202e\n# done ✅ " + "x" * 500
    crowd = [one(f"{evil}{number}", **{f"label{each}": evil for each in range(45)}) for number in range(12)]
    body = told(*crowd, groupKey="x" * 5000, groupLabels={"alertname": "HighErrorRate", "cluster": evil})
    assert await tell(body, path="/eu") == 200
    await until(lambda: "12 medium" in shown(surroundings))
    [card] = [each for each in cards(surroundings) if each["text"].startswith("HighErrorRate")]
    for each in [card["text"], *read_as_markup(card["blocks"])]:
        assert "<!" not in each.replace("<!date", "")
        assert "<https" not in each
    [(size,)] = sql("SELECT max(length(facts::text)) FROM pmbot.outside_groups")
    assert size < 200_000
    await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "alert:parts")
    await until(lambda: any("(medium) · since" in each for each in whispers(surroundings, "oncall")))


class TestTaking:
    """Stored notifications, taken by any worker in any order."""

    async def store(self, sql: Any, *bodies: dict[str, Any], sender: str = "") -> list[int]:
        found = []
        for number, body in enumerate(bodies):
            said = read(json.dumps(body).encode()).model_dump(mode="json")
            row = {"sender": sender, "said": said}
            add = "INSERT INTO pmbot.inbox (key, kind, payload) VALUES (%s, 'alerts', %s) RETURNING id"
            found.append(sql(add, f"{sender}{number}", Json(row))[0][0])
        return found

    async def test_the_newest_word_counts(self, database: Database, sql) -> None:
        """Also where an older one is taken after it, and where many are taken at once."""
        groups = Groups(database, Renderer(), OutsideSettings())
        ids = await self.store(sql, told(one("a")), told(one("a", "resolved")), told(one("a"), one("b")))
        for each in reversed(ids):
            await groups.handle(each)
        assert sql("SELECT firing, heard, changed FROM pmbot.outside_groups") == [(2, ids[2], ids[2])]
        more = await self.store(
            sql, *(told(one("a"), left_out=0, truncatedAlerts=number) for number in range(6)), sender="x"
        )
        await asyncio.gather(*(groups.handle(each) for each in more for _ in range(2)))
        assert sql("SELECT firing, heard FROM pmbot.outside_groups WHERE heard > %s", ids[2]) == [(6, more[-1])]

    async def test_it_goes_where_the_policy_says(self, database: Database, sql) -> None:
        """By its labels; and it stays there while it fires."""
        route = OutsideRoute(match={"team": "sec*"}, channel="security")
        groups = Groups(
            database, Renderer(), OutsideSettings(routes=(route,), severities={"s1": "critical", "*": "low"})
        )
        both = told(one("a", severity="S1"), commonLabels={"team": "secops"}), told(one("a", severity="?"))
        for each in await self.store(sql, *both):
            await groups.handle(each)
        assert sql("SELECT channel, severity FROM pmbot.outside_groups") == [("security", "low")]


async def test_what_nobody_speaks_of_any_more_is_over(tell: Sender, surroundings, sql) -> None:
    """After a day, so that nothing fires for ever; and the line says that nobody has said so."""
    await tell({**told(one("web-1")), "orgId": 1, "title": "[FIRING:1]", "state": "alerting", "message": "x"})
    await until(lambda: "Grafana" in shown(surroundings))
    sql("UPDATE pmbot.outside_groups SET until = now()")
    sql("UPDATE pmbot.alert_ticks SET at = 'epoch'")
    await until(lambda: "resolved" in shown(surroundings))
    await until(lambda: any("Grafana has not reported it" in each for each in thread(surroundings)))


def test_without_a_secret_nobody_is_listened_to(surroundings) -> None:
    """The address is not there, and doctor says that it is off."""
    settings: Settings = world.settings(surroundings.database_url, surroundings.slack, surroundings.slack_url, None)
    bot = app.build(settings)
    assert systems.routes(settings, bot.core.database, bot.intake) == []
    assert "off" in doctor.alerts(settings).says
    assert policy.load().alerts.outside.channel({"team": "x"}) == "operations"
