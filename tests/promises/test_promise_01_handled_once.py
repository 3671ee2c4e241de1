"""Promise 1: what was acknowledged is handled, once."""

from collections.abc import Awaitable, Callable

import pytest

from bot.demo import world
from bot.demo.world import World
from bot.runtime import jobs
from bot.store.queue import QUEUE
from localslack import Reply
from tests.conftest import OPS, asked, cards, running_bot, until, whispers
from tests.promises.bench import IDS

OPEN_JOBS = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'tick'"
MADE = """
SELECT (SELECT count(*) FROM pmbot.proposals), (SELECT count(*) FROM pmbot.decisions),
       (SELECT count(*) FROM pmbot.executions), (SELECT count(*) FROM pmbot.drafts)
"""


async def typed(around: World) -> Reply:
    return await around.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @staffer because laptop stolen")


async def mentioned(around: World) -> Reply:
    return await around.slack.mention(world.slack_id("oncall"), OPS, "revoke @staffer because laptop stolen")


async def approved(around: World) -> Reply:
    card = await asked(around)
    return await around.slack.click(world.slack_id("security"), card["ts"], OPS, "approve")


async def submitted(around: World) -> Reply:
    await around.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @staffer")
    (view,) = await until(lambda: around.slack.views(world.slack_id("oncall")))
    return await around.slack.submit(world.slack_id("oncall"), view["id"], {"reason": {"reason": "laptop stolen"}})


async def misspelt(around: World) -> Reply:
    """A click on a suggestion, which is answered in private."""
    await around.slack.command(world.slack_id("oncall"), OPS, "/pm who @nobody")
    await until(lambda: whispers(around, "oncall"))
    return await around.slack.command(world.slack_id("oncall"), OPS, "/pm revok @staffer because laptop stolen")


@pytest.mark.parametrize("send", [typed, mentioned, approved, submitted, misspelt])
async def test_the_same_payload_five_times_and_five_times_after_a_restart_is_handled_once(
    surroundings: World, sql, send: Callable[[World], Awaitable[Reply]]
) -> None:
    """Slack repeats what it believes lost: it is acknowledged each time, and nothing more comes of it."""
    async with running_bot(surroundings):
        first = await send(surroundings)
        assert first.status == 200
        repeated = await surroundings.slack.repeat(first.delivery_id, 5, at_once=True)
        await until(lambda: sql(OPEN_JOBS) == [(0,)])
    made, stored = sql(MADE), sql("SELECT count(*), count(handled) FROM pmbot.inbox")
    shown, told = len(cards(surroundings)), whispers(surroundings, "oncall") + whispers(surroundings, "security")
    async with running_bot(surroundings):
        repeated += await surroundings.slack.repeat(first.delivery_id, 5, at_once=True)
        await until(lambda: sql(OPEN_JOBS) == [(0,)])
    assert [one.status for one in repeated] == [200] * 10
    assert sql("SELECT count(*), count(handled) FROM pmbot.inbox") == stored
    assert stored[0][0] == stored[0][1] <= 2, "one for it, and one for what it answers to"
    assert sql(MADE) == made
    assert max(made[0]) == 1
    assert len(cards(surroundings)) == shown
    assert whispers(surroundings, "oncall") + whispers(surroundings, "security") == told
    assert len(told) == len(set(told))


# Lets the same be asked for again, also at the same time, so that a payload that is handled twice shows.
SEPARATE = "DROP INDEX pmbot.uq_proposals_same_open; UPDATE pmbot.proposals SET same = NULL"
AGAIN = """
    SELECT pmbot.procrastinate_defer_jobs_v1(ARRAY(
        SELECT ROW('pm', 'handle', 0, NULL, NULL, jsonb_build_object('inbox_id', inbox.id), NULL)
               ::pmbot.procrastinate_job_to_defer_v1
        FROM pmbot.inbox, generate_series(1, %s)))
"""


async def test_jobs_for_the_same_payload_handle_it_once(surroundings: World, sql) -> None:
    """A job may run twice, also at the same time: the payload's row is locked, and says that it was handled."""
    async with running_bot(surroundings):
        await typed(surroundings)
        await until(lambda: sql(OPEN_JOBS) == [(0,)])
    ((number,),) = sql("UPDATE pmbot.inbox SET handled = NULL RETURNING (SELECT count(*) FROM pmbot.proposals)")
    sql("SET search_path = pmbot, public")
    several = jobs.LANES[QUEUE]  # as many as run at once
    sql(SEPARATE)
    sql(AGAIN, several)
    sql("BEGIN")
    sql("SELECT FROM pmbot.inbox FOR UPDATE")  # until all of them have come as far as they can
    async with running_bot(surroundings):
        await until(lambda: sql("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0] >= several)
        sql("COMMIT")
        await until(lambda: sql(OPEN_JOBS) == [(0,)])
    assert number == 1
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(2,)], "one from before its mark was taken away"


async def test_a_job_that_runs_again_much_later_finds_the_mark(bot_world: World, sql) -> None:
    """The worker that was thought dead may have done everything."""
    await typed(bot_world)
    await until(lambda: sql(OPEN_JOBS) == [(0,)])
    sql("SET search_path = pmbot, public")
    sql(SEPARATE)
    sql(AGAIN, 1)
    await until(lambda: sql(OPEN_JOBS) == [(0,)])
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]


async def test_what_was_handled_after_all_is_not_given_up(bot_world: World, sql) -> None:
    """Its job was believed to take its workers along, and the last of them had done it."""
    await typed(bot_world)
    await until(lambda: sql(OPEN_JOBS) == [(0,)])
    sql("SET search_path = pmbot, public")
    sql(AGAIN.replace("'handle'", "'give_up_handle'"), 1)
    await until(lambda: sql(OPEN_JOBS) == [(0,)])
    assert whispers(bot_world, "oncall") == []


async def test_what_cannot_be_handled_is_answered(bot_world: World, sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payload that breaks us ends with a sentence and a reference, not with silence or for ever more attempts."""
    monkeypatch.setattr(jobs, "GIVE_UP", 3)
    sql(f"ALTER TABLE pmbot.proposals ADD CHECK (requester_id <> '{IDS['oncall']}')")
    await typed(bot_world)
    await until(lambda: whispers(bot_world, "oncall"))
    (answer,) = whispers(bot_world, "oncall")
    assert "Something went wrong on my side, so nothing was done" in answer
    ((reference,),) = sql("SELECT reference FROM pmbot.inbox WHERE handled IS NOT NULL")
    assert reference in answer
