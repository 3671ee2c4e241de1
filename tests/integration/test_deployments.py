"""Deployments: signed events, each once and never backwards; asked for here, carried out by CI over HTTP."""

import asyncio
import contextlib
import datetime as dt
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo import ci as demo_ci
from bot.demo.ci import DemoCi
from bot.demo.world import slack_id
from bot.deployments.figures import Measuring
from bot.integrations import signing
from bot.store.database import Database
from localslack import hosting
from tests.conftest import OPS, asked, cards, idle, running_bot, until, whispers

SECRET = "between-ci-and-the-bot"
NEW = "SELECT state, version, by FROM pmbot.deployments WHERE key = %s"


class Ci:
    """Takes what it is asked to do over HTTP, and tells of it as somebody has it tell."""

    def __init__(self) -> None:
        self.asked: dict[str, dict[str, Any]] = {}
        self.status, self.bot = 202, ""

    async def take(self, request: Request) -> JSONResponse:
        body = await request.body()
        signing.verify(body, request.headers.get(signing.HEADER), SECRET, time.time())
        if self.status < 300:
            self.asked[request.headers["Idempotency-Key"]] = json.loads(body)
        return JSONResponse({}, self.status)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        async with hosting.serve(Starlette(routes=[Route("/deploy", self.take, methods=["POST"])])) as url:
            yield f"{url}/deploy"

    async def tell(self, state: str, *, secret: str = SECRET, at: float | None = None, **more: Any) -> httpx.Response:
        now = dt.datetime.now(dt.UTC)
        event = {
            "id": f"{more.get('deployment', 'run-7')}:{state}",
            "deployment": "run-7",
            "service": "API server",
            "version": "1.4.2",
            "state": state,
            "at": now.isoformat(),
            "by": "kofi",
            "url": "https://ci.example.com/runs/7",
            **more,
        }
        body = json.dumps(event).encode()
        headers = {signing.HEADER: signing.sign(body, secret, int(at or time.time()))}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(f"{self.bot}/webhooks/deployments", content=body, headers=headers)


@pytest.fixture
async def ci(surroundings) -> AsyncIterator[Ci]:
    """With the whole bot beside it."""
    one = Ci()
    async with one.serve() as url, running_bot(surroundings, deploy_url=url, deploy_webhook_secret=SECRET) as bot:
        one.bot = bot
        yield one


def deployment_card(around: Any) -> str:
    return next((one["text"] for one in cards(around) if one["text"].startswith("Deployment ")), "")


async def test_an_event_counts_once_and_never_backwards(ci: Ci, surroundings, sql) -> None:
    """Sent again at once, or late; what is not signed, or not lately, or is no event, is refused and not stored."""
    assert (await ci.tell("started", secret="another")).status_code == 401
    assert (await ci.tell("started", at=time.time() - 600)).status_code == 401
    assert (await ci.tell("exploded")).status_code == 422
    answers = await asyncio.gather(*(ci.tell("succeeded") for _ in range(4)))
    assert [one.status_code for one in answers] == [200] * 4
    assert sum(one.json()["new"] for one in answers) == 1
    assert (await ci.tell("started")).json() == {"received": True, "new": True}
    assert sql(NEW, "run-7") == [("succeeded", "1.4.2", "kofi")]
    await until(lambda: "succeeded" in deployment_card(surroundings))
    assert "https://ci.example.com/runs/7" in deployment_card(surroundings)
    await surroundings.slack.command(slack_id("kofi"), OPS, "/pm deployments")
    await until(lambda: any("API server 1.4.2, succeeded" in one for one in whispers(surroundings, "kofi")))


async def test_what_goes_wrong_is_rolled_back_and_stands_in_the_incident(ci: Ci, surroundings, sql) -> None:
    """CI is asked once, with a key; its event with that key is what the request's card says; so is the timeline."""
    await surroundings.slack.command(slack_id("oncall"), OPS, "/pm incident P2 the API fails")
    await until(lambda: sql("SELECT 1 FROM pmbot.incidents WHERE title = 'the API fails'"))
    await ci.tell("failed")
    await until(lambda: "failed" in deployment_card(surroundings))
    await idle(sql)  # no other card comes between
    card = await asked(surroundings, "/pm deploy roll-back API server because errors rise")
    assert "Roll API server back" in card["text"]
    await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "approve")
    [(key, call)] = await until(lambda: list(ci.asked.items()))
    assert (call["action"], call["service"], call["request"]) == ("roll_back", "API server", key)
    await ci.tell("succeeded", deployment="run-8", version="1.4.1", request=key)
    await until(lambda: any("of 1.4.1 succeeded" in one["text"] for one in cards(surroundings)))
    told = sql(
        "SELECT facts ->> 'version', facts ->> 'words' FROM pmbot.incident_events WHERE what = 'deployed' ORDER BY id"
    )
    assert told == [("1.4.2", "failed"), ("1.4.1", "succeeded")]
    assert len(ci.asked) == 1


async def test_deploying_takes_another_one(ci: Ci, surroundings, sql) -> None:
    """And what CI will not take is told to whoever asked."""
    ci.status = 403
    card = await asked(surroundings, "/pm deploy start API server version 1.5.0 because of the release", "kofi")
    await surroundings.slack.click(slack_id("kofi"), card["ts"], OPS, "approve")
    await until(lambda: any("somebody else" in one for one in whispers(surroundings, "kofi")))
    await surroundings.slack.click(slack_id("tomasz"), card["ts"], OPS, "approve")
    await until(lambda: any("CI: refused by the other system" in one["text"] for one in cards(surroundings)))
    assert ci.asked == {}


async def test_figures_are_measured_once_half_an_hour_later(database_url: str, sql) -> None:
    """Before and after, side by side, from what the service was measured by."""
    sql("DELETE FROM service_health WHERE service = 'API server'")
    for minutes, status, p95, errors in (
        (110, "healthy", 140, 0.001),
        (50, "down", 900, 0.2),
        (100, "healthy", 160, 0),
    ):
        sql(
            "INSERT INTO service_health (service, at, status, p95_ms, error_rate)"
            " VALUES ('API server', now() - make_interval(mins => %s), %s, %s, %s)",
            *(minutes, status, p95, errors),
        )
    sql(
        "INSERT INTO pmbot.deployments (id, key, service, version, state, started, finished)"
        " VALUES (gen_random_uuid(), 'x', 'API server', '2', 'succeeded',"
        " now() - interval '90 min', now() - interval '70 min')"
    )
    database = Database(database_url)
    found = await asyncio.gather(*(Measuring(database).sweep() for _ in range(3)))
    await database.close()
    assert sum(found) == 1
    [(figures,)] = sql("SELECT figures FROM pmbot.deployments WHERE key = 'x'")
    assert figures["before"] == {"p95": 150.0, "errors": 0.0005, "measured": 2, "failures": 0}
    assert figures["after"] == {"p95": 900.0, "errors": 0.2, "measured": 1, "failures": 1}


async def test_the_ci_of_the_demo_tells_of_what_it_was_asked_for(surroundings, sql) -> None:
    """A deployment with a card of its own, and the request's card says that it succeeded."""
    demo = DemoCi()
    async with (
        demo.serve() as url,
        running_bot(surroundings, deploy_url=url, deploy_webhook_secret=demo_ci.SECRET) as bot,
    ):
        demo.bot = bot
        card = await asked(surroundings, "/pm deploy roll-back API server because it is slow")
        await surroundings.slack.click(slack_id("oncall"), card["ts"], OPS, "approve")
        await until(lambda: any("of 2.40.0 succeeded" in one["text"] for one in cards(surroundings)))
        assert "API server 2.40.0" in deployment_card(surroundings)
    assert sql("SELECT state, by FROM pmbot.deployments WHERE request IS NOT NULL") == [("succeeded", "the demo's CI")]
