"""The real Prometheus and Alertmanager, end to end: each problem is told once, whoever of the three is killed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import build, running
from bot.demo.world import World, settings, slack_id
from localslack import hosting
from tests.conftest import OPS, Processes, cards, free_port, until
from tests.prometheus_servers import ALERTMANAGER, LACKING, PROMETHEUS, Exporter, Servers, found

SECRET = "between-alertmanager-and-the-bot"
HEARD = "SELECT count(*) FROM pmbot.inbox WHERE kind = 'alerts'"
HAPPENED = "SELECT what FROM pmbot.alert_events ORDER BY id"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    if not (found(PROMETHEUS) and found(ALERTMANAGER)):
        pytest.skip(LACKING)
    running = Servers(tmp_path)
    yield running
    running.end()


def own_rules(folder: Path) -> str:
    """A policy without rules of the bot's own."""
    (folder / "rules.toml").write_text("[rules]\n", "utf-8")
    (folder / "policy.toml").write_text('[alerts]\nrules = "rules.toml"\n', "utf-8")
    return str(folder / "policy.toml")


@asynccontextmanager
async def working(around: World, folder: Path) -> AsyncIterator[None]:
    """A worker and a clock, in this process."""
    options = {"pm_policy": own_rules(folder), "alerts_webhook_secret": SECRET}
    bot = build(settings(around.database_url, around.slack, around.slack_url, None, **options))
    async with running(bot, worker=True, clock_too=True, listen=False):
        yield


def about(around: Any) -> list[str]:
    return [one["text"] for one in cards(around) if one["text"].startswith("HighErrorRate")]


async def test_a_problem_is_told_once_whoever_is_killed(
    servers: Servers, processes: Processes, surroundings: Any, tmp_path: Path, sql: Any
) -> None:
    """Firing, grouped, repeated, Alertmanager killed, our web process killed while it grows, resolved."""
    port, exporter = free_port(), Exporter()
    web = processes.start("serve", PORT=port, ALERTS_WEBHOOK_SECRET=SECRET)
    surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    exporter.errors = {"web-1": 0.25, "web-2": 0.1, "web-3": 0.0}
    async with hosting.serve(exporter.app) as scraped, working(surroundings, tmp_path):
        servers.configure(f"http://127.0.0.1:{port}/webhooks/alerts", SECRET, scraped, repeat="1s")
        servers.start_alertmanager()
        servers.start_prometheus()

        # Two servers fail: one message.
        await until(lambda: any("2 critical" in one for one in about(surroundings)))
        assert "web-1 fails 25% of its requests" in about(surroundings)[0]

        # It is told again and again, and Alertmanager forgets whom it told: nothing new is posted.
        heard = sql(HEARD)[0][0]
        servers.kill(ALERTMANAGER)
        servers.start_alertmanager()
        await until(lambda: sql(HEARD)[0][0] >= heard + 3)
        assert sql(HAPPENED) == [("fired",)]
        [card] = [one for one in cards(surroundings) if one["text"].startswith("HighErrorRate")]
        await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "alert:acknowledge")
        await until(lambda: "acknowledged by" in about(surroundings)[0])

        # Our web process is away while a third fails: Alertmanager says it again, and nothing is lost.
        web.kill()
        web.wait()
        exporter.errors["web-3"] = 0.5
        await until(lambda: len(servers.alerts()) == 3)
        web = processes.start("serve", PORT=port, ALERTS_WEBHOOK_SECRET=SECRET)
        await until(lambda: "3 critical" in about(surroundings)[0])

        # All is well.
        exporter.errors = dict.fromkeys(exporter.errors, 0.0)
        await until(lambda: "resolved" in about(surroundings)[0])
        heard = sql(HEARD)[0][0]
    assert len(about(surroundings)) == 1
    assert sql(HAPPENED) == [("fired",), ("acknowledged",), ("resolved",)]
