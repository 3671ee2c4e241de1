"""What counts as confirmed, and what becomes of what the platform never confirms."""

import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo.world import SERVICE_TOKEN, World, slack_id
from bot.errors import Unavailable
from bot.integrations.platform.probe import PlatformProbe
from bot.pipeline import verify
from localslack import hosting
from tests.conftest import OPS, SECURITY_CHANNEL, asked, card, cards, idle, running_bot, until

Answer = Callable[[list[str]], dict[str, object]]


@contextlib.asynccontextmanager
async def answering(sessions: Answer) -> AsyncIterator[str]:
    """A platform that answers what is asked about sessions so."""

    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(sessions(request.query_params.getlist("id")))

    async with hosting.serve(Starlette(routes=[Route("/internal/sessions", answer)])) as url:
        yield url


def ended(ids: list[str], at: dt.datetime | None = None) -> dict[str, object]:
    listed = [{"id": one, "in_force": False} for one in ids]
    return {"sessions": listed, "answered_at": (at or dt.datetime.now(dt.UTC)).isoformat()}


async def approved(around: World) -> None:
    await asked(around)
    await around.slack.click(slack_id("security"), card(around)["ts"], OPS, "approve")


async def test_an_answer_has_to_be_about_every_session_that_was_asked_for() -> None:
    """A platform that knows nothing of a session says nothing about it: that confirms nothing."""
    one, other = uuid.uuid4(), uuid.uuid4()
    async with answering(lambda ids: ended(ids[:1])) as url:
        probe = PlatformProbe(url, SERVICE_TOKEN)
        with pytest.raises(Unavailable, match="lacks 1 of 2 sessions"):
            await probe.sessions([one, other])
        await probe.close()


@pytest.mark.parametrize("silent", ["no sessions", "a stamp from 2020"])
async def test_what_says_nothing_confirms_nothing(surroundings: World, sql, silent: str) -> None:
    """The card goes on saying that the platform has not confirmed it."""
    old = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    answers: Answer = (lambda ids: ended([])) if silent == "no sessions" else (lambda ids: ended(ids, old))
    async with answering(answers) as url, running_bot(surroundings, platform_url=url):
        await approved(surroundings)
        await until(lambda: sql("SELECT asked IS NOT NULL FROM pmbot.executions") == [(True,)])
        await until(lambda: "The platform has not confirmed it yet." in card(surroundings)["text"])
        assert sql("SELECT verification FROM pmbot.executions") == [("pending",)]


@pytest.fixture
async def unconfirmed(bot_world: World, monkeypatch: pytest.MonkeyPatch, sql) -> World:
    """A revocation of which the platform never hears, and an end of the bot's patience."""
    monkeypatch.setattr(verify, "DELAYS", (0.05, 0.05))
    await asked(bot_world)
    bot_world.gateway.deaf = True
    bot_world.gateway.memory.seconds = 3600
    ids = [str(one) for (one,) in sql("SELECT id FROM sessions WHERE revoked IS NULL AND expires > now()")]
    probe = PlatformProbe(bot_world.platform_url, SERVICE_TOKEN)
    await probe.sessions([uuid.UUID(one) for one in ids])  # from here on they are remembered
    await probe.close()
    await bot_world.slack.click(slack_id("security"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: sql("SELECT verification FROM pmbot.executions") == [("unconfirmed",)])
    return bot_world


def told(around: World) -> list[str]:
    return [one["text"] for one in cards(around, SECURITY_CHANNEL)]


class TestNeverConfirmed:
    async def test_it_is_a_state_of_its_own_that_people_hear_of(self, unconfirmed: World) -> None:
        """On the card with its own icon, in the security channel, and to whoever asked."""
        await until(lambda: "never confirmed by the platform" in card(unconfirmed)["text"])
        assert card(unconfirmed)["text"].splitlines()[1].startswith("🟠")
        await until(lambda: any("Not confirmed" in text for text in told(unconfirmed)))

        def posted() -> list[str]:
            calls = [call for call in unconfirmed.slack.calls if call.method == "chat.postMessage"]
            return [str(call.args["channel"]) for call in calls if "Not confirmed" in str(call.args["text"])]

        await until(lambda: len(posted()) == 2)  # security, and Óscar, who asked
        assert SECURITY_CHANNEL in posted()

    async def test_a_button_asks_again(self, unconfirmed: World, sql) -> None:
        """And when the platform has come to its senses, everything that said otherwise says so."""
        await until(lambda: told(unconfirmed))
        unconfirmed.gateway.memory.forget_all()
        said = cards(unconfirmed, SECURITY_CHANNEL)[-1]
        await unconfirmed.slack.click(slack_id("nadia"), said["ts"], SECURITY_CHANNEL, "ask_again")
        await until(lambda: "confirmed by the platform" in card(unconfirmed)["text"])
        await until(lambda: any("Confirmed after all" in text for text in told(unconfirmed)))
        assert sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'verified'") == [(1,)]

    async def test_it_is_asked_about_every_day(self, unconfirmed: World, sql) -> None:
        """Without anybody's doing, once a day."""
        await idle(sql)
        unconfirmed.gateway.memory.forget_all()
        sql("UPDATE pmbot.executions SET asked = now() - interval '25 hours'")
        await until(lambda: sql("SELECT verification FROM pmbot.executions") == [("confirmed",)])
