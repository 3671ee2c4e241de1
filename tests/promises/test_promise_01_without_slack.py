"""Promise 1 without Slack: what was acknowledged is handled when PostgreSQL is there, and shown once Slack is back."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.demo import world
from bot.demo.world import World
from bot.runtime import jobs
from localslack.control.faults import Fault
from localslack.workspace.model import Reply
from tests.conftest import OPS, SECURITY_CHANNEL, asked, card, cards, idle, running_bot, until, whispers

ONCALL = world.slack_id("oncall")
REVOKE = "revoke @staffer because laptop stolen"
UNHANDLED = "SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL"
NOT_OF_HOME = (
    f"{UNHANDLED} AND payload->'event'->>'type' IS DISTINCT FROM 'app_home_opened'"  # that shows, and does nothing
)
PROPOSED = "SELECT state FROM pmbot.proposals"

WAITS = """
SELECT count(*) FROM pmbot.procrastinate_jobs
WHERE task_name = 'handle' AND scheduled_at > now() + interval '50 minutes'
"""


async def in_operations(around: World) -> Reply:
    return await around.slack.command(ONCALL, OPS, f"/pm {REVOKE}")


async def in_security(around: World) -> Reply:
    return await around.slack.command(ONCALL, SECURITY_CHANNEL, f"/pm {REVOKE}")


async def as_a_direct_message(around: World) -> None:
    dm = await around.slack.open_dm(ONCALL)
    await around.slack.say(ONCALL, dm, REVOKE)


async def as_a_mention(around: World) -> Reply:
    return await around.slack.mention(ONCALL, OPS, REVOKE)


WAYS = [
    (in_operations, OPS),
    (in_security, SECURITY_CHANNEL),
    (as_a_direct_message, OPS),
    (as_a_mention, OPS),
]


@pytest.mark.parametrize(("way", "channel"), WAYS)
async def test_a_command_becomes_a_request_while_slack_is_down_and_its_card_is_posted_when_it_is_back(
    surroundings: World, sql, way: Callable[[World], Awaitable[Any]], channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down since before the bot was started, so that nothing is remembered of it either."""
    monkeypatch.setattr(jobs, "GIVE_UP", 1)
    surroundings.slack.faults.switch("server_errors", share=1.0)
    async with running_bot(surroundings):
        await way(surroundings)
        await until(lambda: sql(PROPOSED) == [("pending",)] and sql(NOT_OF_HOME) == [(0,)])
        assert cards(surroundings, channel) == []
        surroundings.slack.faults.clear()
        await until(lambda: cards(surroundings, channel))
    assert "laptop stolen" in card(surroundings, channel)["text"]


async def test_where_the_bots_channels_are_stays_known(bot_world: World) -> None:
    """A mention says only the channel's id; its card is put there all the same."""
    await asked(bot_world, "/pm suspend @staffer because laptop stolen")
    bot_world.slack.faults.switch("server_errors", share=1.0, methods="conversations.*")
    await bot_world.slack.mention(ONCALL, SECURITY_CHANNEL, REVOKE)
    await until(lambda: cards(bot_world, SECURITY_CHANNEL))


async def test_a_form_that_slack_cannot_open_now_is_offered_as_a_button(
    bot_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trigger will be over by the time that Slack is back."""
    monkeypatch.setattr(jobs, "GIVE_UP", 1)
    bot_world.slack.faults.add("views.open", Fault("error"))
    await bot_world.slack.command(ONCALL, OPS, "/pm revoke @staffer")
    await until(lambda: any("open the form" in text for text in whispers(bot_world, "oncall")))


async def test_app_home_waits_as_long_as_slack_asks(bot_world: World, sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither given up nor asked for again before."""
    monkeypatch.setattr(jobs, "GIVE_UP", 1)
    bot_world.slack.faults.add("views.publish", Fault("ratelimited", retry_after=3600))
    await bot_world.slack.open_home(ONCALL)
    await until(lambda: sql(WAITS) == [(1,)])
    assert sql(UNHANDLED) == [(1,)]


@pytest.mark.parametrize("kind", ["command", "click", "submission", "event"])
async def test_a_payload_that_does_not_say_whose_it_is_is_given_up(
    bot_world: World, sql, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stored by an older version: nobody can be told, but it is over."""
    monkeypatch.setattr(jobs, "GIVE_UP", 2)
    sql("SET search_path = pmbot, public")
    sql(
        "WITH it AS (INSERT INTO inbox (key, kind, payload) VALUES (%s, %s, '{}') RETURNING id)"
        " SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('pm', 'handle', 0, NULL, NULL,"
        " jsonb_build_object('inbox_id', id), NULL)::procrastinate_job_to_defer_v1]) FROM it",
        f"{kind}:1",
        kind,
    )
    await until(lambda: sql(UNHANDLED) == [(0,)])
    await idle(sql)
