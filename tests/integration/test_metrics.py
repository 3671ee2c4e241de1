"""What a supervisor reads: `/readyz` and `/metrics`."""

import asyncio

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import app
from bot.demo import world
from bot.demo.world import World
from bot.runtime import metrics
from bot.watch.watcher import Watcher
from localslack import hosting
from tests.conftest import OPS, asked, running_bot, until


async def values(url: str) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus reads them."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{url}/metrics")
    families = text_string_to_metric_families(answer.text)
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


async def ready(url: str) -> tuple[int, str]:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{url}/readyz")
    return answer.status_code, answer.json().get("database", "")


@pytest.fixture
def always_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look reads the database."""
    monkeypatch.setattr(metrics, "FRESH", 0.0)


@pytest.fixture
async def accepting(surroundings: World):
    """The web process alone: what it accepts stays where it is. Its base URL."""
    chosen = world.settings(
        surroundings.database_url, surroundings.slack, surroundings.slack_url, surroundings.platform_url
    )
    async with hosting.serve(app.asgi(app.build(chosen), everything=False)) as url:
        surroundings.slack.request_url = f"{url}/slack/events"
        yield url


@pytest.mark.usefixtures("always_new")
class TestMetrics:
    async def test_what_waits_and_since_when(self, surroundings: World, accepting: str, sql) -> None:
        """Payloads nobody handles, messages nobody sends, jobs nobody takes."""
        before = await values(accepting)
        await surroundings.slack.command(world.slack_id("oncall"), OPS, "/pm help")
        sql("UPDATE pmbot.inbox SET received = now() - interval '90 seconds'")
        sql(
            "INSERT INTO pmbot.messages (id, key, channel, projection, version, sent_version, changed)"
            " VALUES (gen_random_uuid(), 'k', 'C0', 'static', 1, 0, now() - interval '70 seconds')"
        )
        after = await values(accepting)
        assert after["pm_database_up"] == 1
        assert after["pm_inbox_unhandled"] == 1
        assert after["pm_messages_unsent"] == 1
        assert 90 <= after["pm_inbox_oldest_seconds"] < 120
        assert 70 <= after["pm_messages_oldest_unsent_seconds"] < 100
        assert after["pm_jobs[todo]"] == 1
        assert after["pm_jobs[failed]"] == 0
        assert after["pm_ack_seconds_count"] == before["pm_ack_seconds_count"] + 1

    async def test_nothing_waits_when_all_is_done(self, surroundings: World) -> None:
        """And what Slack answered is counted, refusals apart."""
        async with running_bot(surroundings) as url:
            before = await values(url)
            surroundings.slack.fault("chat.postMessage", "ratelimited", retry_after=1)
            await asked(surroundings)
            await until(lambda: _quiet(url))
            after = await values(url)
        assert after["pm_inbox_oldest_seconds"] == after["pm_messages_oldest_unsent_seconds"] == 0
        grown = {name: after[name] - before.get(name, 0) for name in after if name.startswith("pm_deliveries_total")}
        assert grown["pm_deliveries_total[ratelimited]"] == 1
        assert grown["pm_deliveries_total[ok]"] >= 1

    async def test_without_the_database_it_still_answers(self, accepting: str, sql) -> None:
        """A number that nobody could read is no number; what the process counted itself is there."""
        sql("ALTER TABLE pmbot.inbox RENAME TO gone")
        after = await values(accepting)
        assert after["pm_database_up"] == 0
        assert after["pm_inbox_unhandled"] != after["pm_inbox_unhandled"]  # NaN
        assert "pm_ack_seconds_count" in after


async def _quiet(url: str) -> bool:
    now = await values(url)
    return now["pm_inbox_unhandled"] == now["pm_messages_unsent"] == now["pm_jobs[todo]"] == now["pm_jobs[doing]"] == 0


class TestWatching:
    """Whoever watches the bot takes nothing from those whom it answers."""

    async def test_a_crowd_of_watchers_is_one_reading_and_no_connection_of_an_acks(
        self, surroundings: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(metrics, "FRESH", 3600.0)
        monkeypatch.setattr(Watcher, "run", lambda _, stop: stop.wait())  # which looks at the bot by itself
        built = app.build(
            world.settings(
                surroundings.database_url, surroundings.slack, surroundings.slack_url, surroundings.platform_url
            )
        )
        database = built.core.database
        async with (
            hosting.serve(app.asgi(built, everything=False)) as url,
            httpx.AsyncClient(trust_env=False, timeout=None) as http,
        ):
            answers = await asyncio.gather(
                *(http.get(f"{url}{path}") for path in ("/metrics", "/readyz") for _ in range(60))
            )
            assert {one.status_code for one in answers} == {200}
            assert database.aside.get_stats()["requests_num"] == 2
            assert database.pool.get_stats().get("requests_num", 0) == 0
            assert database.engine.pool.checkedout() == 0

    @pytest.mark.parametrize("given", ["", "Bearer", "Bearer guess", "Bearer \xe9", "secret"])
    async def test_with_a_token_only_its_bearer_reads(self, surroundings: World, given: str) -> None:
        async with running_bot(surroundings, pm_metrics_token="secret") as url, httpx.AsyncClient() as http:
            refused = await http.get(f"{url}/metrics", headers={"Authorization": given.encode("latin-1")})
            read = await http.get(f"{url}/metrics", headers={"Authorization": "Bearer secret"})
        assert (refused.status_code, read.status_code) == (401, 200)
        assert "pm_accepted" not in refused.text

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
    async def test_without_a_token_nobody_reads_through_a_proxy(self, accepting: str, header: str) -> None:
        """Which may be on this machine, and open to the world."""
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{accepting}/metrics", headers={header: "127.0.0.1"})).status_code == 403
            assert (await http.get(f"{accepting}/metrics")).status_code == 200


@pytest.mark.usefixtures("always_new")
class TestReadiness:
    async def test_a_migrated_database_is_ready(self, accepting: str) -> None:
        """So it is for a schema newer than this version: the old processes go on during an upgrade."""
        assert await ready(accepting) == (200, "")

    async def test_a_newer_schema_is_ready_and_an_older_one_is_not(self, accepting: str, sql) -> None:
        sql("UPDATE pmbot.schema_versions SET version_num = 'bot_9999' WHERE version_num LIKE 'bot%%'")
        assert await ready(accepting) == (200, "")
        sql("UPDATE pmbot.schema_versions SET version_num = 'bot_0001' WHERE version_num LIKE 'bot%%'")
        status, says = await ready(accepting)
        assert (status, says.startswith("lacks migrations up to bot_")) == (503, True)

    async def test_an_empty_database_is_not(self, accepting: str, sql) -> None:
        sql("DROP SCHEMA pmbot CASCADE")
        assert await ready(accepting) == (503, "not migrated")

    async def test_a_database_that_is_away_is_not(self, accepting: str, postgres, database_url: str) -> None:
        await asyncio.to_thread(postgres.drop_database, database_url.rpartition("/")[2])
        assert (await ready(accepting))[0] == 503
