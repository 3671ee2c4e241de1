"""The demo's clock: time is let pass, and the bot does what is then due. A platform's clock cannot be moved."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import psycopg
import pytest

from bot.demo import clock, world
from bot.demo.world import World
from bot.store.database import OPTIONS
from localslack import moment
from tests.conftest import OPS, asked, card, cards, until
from tests.passing_time import movable

ONCALL = world.slack_id("oncall")
MINUTE, HOUR = 60, 3600


@pytest.fixture
async def around(surroundings: World) -> AsyncIterator[World]:
    """The demo's world with its bot, all of which live by that clock."""
    async with movable(surroundings) as world_with_clock:
        yield world_with_clock


async def local(around: World, method: str, path: str, **body: Any) -> Any:
    async with httpx.AsyncClient(base_url=around.slack_url, trust_env=False, timeout=60) as client:
        answer = await client.request(method, f"/_local/{path}", json=body if method == "POST" else None)
        return answer.status_code, answer.json()


def told(around: World, user: str) -> list[str]:
    """What the bot said to them directly, oldest first."""
    return [one["text"] for one in around.slack.messages(f"D{user.removeprefix('U')}", user) if one.get("bot_id")]


async def test_two_hours_pass_and_a_pause_ends_as_if_they_had(around: World, sql: Callable[..., list[Any]]) -> None:
    """Its end is announced before, it ends, the platform confirms; the messages are of then."""
    await asked(around, "/pm pause email-sending for 2h because a test of time")
    await around.slack.click(ONCALL, card(around)["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(around)["text"])
    _, before = await local(around, "GET", "clock")
    assert before["movable"] is True
    about_it = [one["what"] for one in before["coming"] if "request 1" in one["what"]]  # a digest may come between
    assert about_it == [
        "Whoever set the pause of request 1 is told that it ends soon",
        "The pause of request 1 ends automatically",
    ]
    status, after = await local(around, "POST", "advance", seconds=2.5 * HOUR)
    assert (status, round(after["ahead"] / HOUR, 1)) == (200, 2.5)
    await until(lambda: any("ended" in one["text"] for one in cards(around)))
    await until(lambda: len(told(around, ONCALL)) > 0)
    assert sql("SELECT cause, noticed < ended, ended - ends < interval '1 minute' FROM pmbot.holds") == [
        ("planned", True, True)
    ]
    assert float(cards(around)[-1]["ts"]) - float(cards(around)[0]["ts"]) > 1.9 * HOUR


async def test_time_goes_forward_only(around: World) -> None:
    """What is no time at all, or more than a month of it, is refused in a sentence; nothing moved."""
    for seconds in (-60, 0, 32 * 86_400):
        status, answer = await local(around, "POST", "advance", seconds=seconds)
        assert status == 400
        assert "seconds has to be above 0" in answer["error"]
    assert moment.ahead() == 0


async def test_staff_stay_signed_in_and_jobs_stay_young_while_time_passes(
    around: World, sql: Callable[..., list[Any]]
) -> None:
    """The demo's platform goes on by itself: nobody is signed out and no queue is late because a button was pressed."""
    oldest = "SELECT count(*) FROM jobs WHERE status = 'queued' AND created < now() - interval '1 day'"
    before = sql(oldest)
    await local(around, "POST", "advance", seconds=3 * HOUR)
    assert sql(oldest) == before
    assert sql("SELECT max(last_seen) > now() - interval '30 minutes' FROM sessions WHERE revoked IS NULL") == [(True,)]


async def test_a_clock_that_is_behind_comes_to_what_is_there(
    surroundings: World, sql: Callable[..., list[Any]]
) -> None:
    """The platform's everyday life was made for the machine's time: when the visitor comes, none of it is to come."""
    newest = "SELECT max(created) FROM jobs"
    before = sql(newest)
    async with movable(surroundings, behind=10 * MINUTE) as around:
        await local(around, "POST", "advance", seconds=4 * MINUTE)
        await local(around, "POST", "advance", seconds=-moment.ahead())
        assert sql(newest) == before
        await local(around, "POST", "advance", seconds=MINUTE)
        [(then,)], [(now,)] = before, sql(newest)
        assert 0 < (now - then).total_seconds() <= MINUTE  # less what had passed by itself


async def test_a_slack_without_a_demo_lets_no_time_pass(surroundings: World) -> None:
    """Whoever runs another bot against it is told so."""
    _, state = await local(surroundings, "GET", "clock")
    assert state == {"movable": False, "ahead": 0.0, "moving": False, "coming": []}
    status, answer = await local(surroundings, "POST", "advance", seconds=60)
    assert (status, answer) == (400, {"error": "LookupError: time passes by itself here"})


def test_the_bots_own_role_cannot_move_a_clock(database_url: str) -> None:
    """Neither by the demo's setting, which means nothing elsewhere, nor by replacing the function."""
    with psycopg.connect(database_url, autocommit=True, options=OPTIONS) as connection:
        connection.execute("SELECT set_config('pm_demo.ahead', '3600 s', false)")
        moved = connection.execute("SELECT now() - transaction_timestamp()").fetchone()
        assert moved is not None
        assert moved[0].total_seconds() == 0
        statement = clock.REPLACE.format(name="now", volatility="STABLE", setting=clock.SETTING)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
