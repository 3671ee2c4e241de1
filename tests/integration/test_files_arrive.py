"""The file of what became of each: what Slack loses is found, or known as lost and sent again, once, by a button."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.world import World, slack_id
from localslack.control.faults import Fault
from tests.conftest import OPS, card, cards, until

Sql = Callable[..., list[Any]]
SECURITY = slack_id("security")
KNOWN = "SELECT email FROM users WHERE email LIKE '%%@acme-labs.example' ORDER BY email LIMIT 2"
LATER = "UPDATE pmbot.procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'effect' AND scheduled_at > now()"


def files(around: World) -> list[str]:
    return [one.name for one in around.slack.state.files.values() if one.complete]


def direct(around: World) -> list[Any]:
    return around.slack.messages(around.slack.state.direct([SECURITY]).id, SECURITY)


async def suspended(around: World, sql: Sql) -> None:
    """Two users by a list, confirmed: the file follows at once."""
    (one,), (two,) = sql(KNOWN)
    await around.slack.command(SECURITY, OPS, f"/pm user suspend where {one}, {two} because a stolen list")
    await until(lambda: cards(around))
    assert "Suspend 2 users" in card(around)["text"]
    await around.slack.click(SECURITY, card(around)["ts"], OPS, "approve")


async def state(sql: Sql, expected: str) -> None:
    """Nothing has to be waited for that only time would bring."""
    sql("SET search_path = pmbot, public")  # the queue's triggers know no other

    def is_so() -> bool:
        sql(LATER + " RETURNING id")
        return sql("SELECT state FROM pmbot.effects") == [(expected,)]

    await until(is_so, every=0.3)


async def test_a_lost_answer_is_no_lost_file(bot_world: World, sql: Sql) -> None:
    bot_world.slack.faults.add("files.completeUploadExternal", Fault("lost"))
    await suspended(bot_world, sql)
    await until(lambda: sql("SELECT state FROM pmbot.effects") == [("unknown",)])
    await state(sql, "done")
    assert len(files(bot_world)) == 1


@pytest.mark.parametrize("fault", [Fault("ratelimited", retry_after=0), Fault("error"), Fault("lost")])
@pytest.mark.parametrize("method", ["files.getUploadURLExternal"])
async def test_before_anybody_sees_it_every_trouble_is_waited_out(
    bot_world: World, sql: Sql, method: str, fault: Fault
) -> None:
    """It is sent a moment later, and is there once."""
    bot_world.slack.faults.add(method, fault)
    await suspended(bot_world, sql)
    await state(sql, "done")
    assert len(files(bot_world)) == 1


async def test_a_clear_no_is_told_and_sent_again_by_the_card(bot_world: World, sql: Sql) -> None:
    bot_world.slack.faults.add("files.completeUploadExternal", Fault("refuse", error="posting_to_channel_denied"))
    await suspended(bot_world, sql)
    await until(lambda: "results of each: refused by the other system" in card(bot_world)["text"])
    await until(lambda: [one for one in direct(bot_world) if "Not sent" in one["text"]])
    await bot_world.slack.click(SECURITY, card(bot_world)["ts"], OPS, "send_again")
    await until(lambda: "results of each: done" in card(bot_world)["text"])
    assert len(files(bot_world)) == 1


async def test_what_never_arrived_is_known_as_lost_and_sent_again_once(bot_world: World, sql: Sql) -> None:
    """Slack broke, nothing is there a quarter of an hour later, whoever asked is told and clicks twice."""
    bot_world.slack.faults.add("files.completeUploadExternal", Fault("error"))
    await suspended(bot_world, sql)
    await until(lambda: "results of each: result unknown" in card(bot_world)["text"])
    sql("UPDATE pmbot.effects SET sent = sent - interval '15 minutes' RETURNING key")
    await state(sql, "failed")
    await until(lambda: "results of each: did not arrive" in card(bot_world)["text"])
    [told] = await until(lambda: [one for one in direct(bot_world) if "Not sent" in one["text"]])
    assert files(bot_world) == []
    where = bot_world.slack.state.direct([SECURITY]).id
    for _ in range(2):
        await bot_world.slack.click(SECURITY, told["ts"], where, "send_again")
    await until(lambda: "results of each: done" in card(bot_world)["text"])
    await until(lambda: [one for one in direct(bot_world) if "Sent again" in one["text"]])
    assert len(files(bot_world)) == 1
