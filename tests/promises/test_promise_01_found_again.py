"""Promise 1: whatever is open is found again by its own row, whatever the queue has forgotten."""

import uuid

import pytest
from sqlalchemy import text

from bot.app import build
from bot.demo import world
from bot.demo.world import World
from bot.handlers.jobs import UNHANDLED
from bot.pipeline import sweep
from bot.pipeline.jobs import ORPHANS, chores
from bot.runtime.jobs import POISON, endings, rescue
from bot.store.orphans import adopt
from tests.conftest import OPS, asked, card, cards, idle, running_bot, until, whispers
from tests.promises.bench import Bench

EVERYTHING = [*ORPHANS, UNHANDLED]

LOST = "UPDATE pmbot.procrastinate_jobs SET status = 'failed' WHERE status = 'todo' AND task_name <> 'tick'"
OPEN = "SELECT task_name FROM pmbot.procrastinate_jobs WHERE status = 'todo' AND task_name <> 'tick' ORDER BY 1"


@pytest.fixture(autouse=True)
def in_our_schema(sql) -> None:
    """procrastinate's triggers find their tables by the search path."""
    sql("SET search_path = pmbot, public")


async def test_a_payload_whose_job_is_lost_is_handled(bot_world: World, sql) -> None:
    """After an hour without a database the queue gives up; the acknowledged command does not."""
    sql(
        "INSERT INTO pmbot.inbox (key, kind, payload, received) SELECT 'command:lost', 'command', jsonb_build_object("
        "'command', '/pm', 'text', 'revoke @staffer because laptop stolen', 'team_id', %s::text, 'user_id', %s::text,"
        " 'channel_id', %s::text, 'channel_name', 'operations'), now() - interval '2 hours'",
        bot_world.slack.workspace.team_id,
        world.slack_id("oncall"),
        OPS,
    )
    await until(lambda: cards(bot_world))
    assert "laptop stolen" in card(bot_world)["text"]


async def test_an_approval_whose_job_is_lost_is_carried_out(bench: Bench, sql) -> None:
    """And its verification, when that job is lost in turn; each gets one job, however many clocks look."""
    proposal = await bench.decide("security", await bench.ask("oncall"))
    for expected in ("execute", "verify"):
        sql(LOST)
        assert await adopt(bench.database, EVERYTHING) == 1
        assert await adopt(bench.database, EVERYTHING) == 0
        assert (expected,) in sql(OPEN)
        await bench.execute(proposal)


async def test_an_effect_whose_job_is_lost_is_looked_after(bench: Bench, sql) -> None:
    """Sent and never answered, planned and never sent: neither is forgotten."""
    proposal = await bench.ask("oncall")
    for state in ("planned", "sent", "unknown", "done"):
        sql(
            "INSERT INTO pmbot.effects (key, proposal_id, integration, request, state) VALUES (%s, %s, 'x', '{}', %s)",
            state,
            proposal.id,
            state,
        )
    sql(LOST)
    assert await adopt(bench.database, EVERYTHING) == 3


async def test_the_end_of_a_hold_is_asked_about_again(bench: Bench, sql) -> None:
    """Whether the platform agreed is found out, also when the job that asks is lost."""
    sql(
        "INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, ended, cause, verification)"
        " VALUES (%s, 'queue_pause', 'queue:x', '{}', %s, 'x', now(), 'planned', 'pending')",
        uuid.uuid4(),
        uuid.uuid4(),
    )
    assert await adopt(bench.database, EVERYTHING) == 1
    assert sql(OPEN) == [("verify_hold",)]


async def test_what_is_not_handled_is_never_forgotten(bench: Bench, sql) -> None:
    """However old it is: it was acknowledged."""
    sql(
        "INSERT INTO pmbot.inbox (key, kind, payload, received) VALUES ('old', 'command', '{}',"
        " now() - interval '30 days')"
    )
    assert await sweep.forget(bench.core) == 0
    assert sql("SELECT count(*) FROM pmbot.inbox WHERE key = 'old'") == [(1,)]


async def test_what_keeps_killing_workers_is_given_up_and_said_so(surroundings: World, sql) -> None:
    """The person hears of it, with a reference; no further worker is taken along."""
    bot = build(
        world.settings(surroundings.database_url, surroundings.slack, surroundings.slack_url, surroundings.platform_url)
    )
    sql(
        "INSERT INTO pmbot.inbox (key, kind, payload) SELECT 'command:deadly', 'command', jsonb_build_object("
        "'command', '/pm', 'text', 'who @staffer', 'team_id', %s::text, 'user_id', %s::text, 'channel_id', %s::text,"
        " 'channel_name', 'operations')",
        surroundings.slack.workspace.team_id,
        world.slack_id("oncall"),
        OPS,
    )
    async with bot.core.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO pmbot.procrastinate_jobs (queue_name, task_name, args, status, attempts)"
                " SELECT 'pm', 'handle', jsonb_build_object('inbox_id', id), 'doing', :attempts FROM pmbot.inbox"
            ),
            {"attempts": POISON},
        )
    await rescue(bot.core.database, ended=endings(bot.queue))
    assert sql("SELECT task_name, status::text FROM pmbot.procrastinate_jobs ORDER BY id") == [
        ("handle", "failed"),
        ("give_up_handle", "todo"),
    ]
    assert await adopt(bot.core.database, [UNHANDLED]) == 0
    await bot.close()
    async with running_bot(surroundings):
        await until(lambda: any("Something went wrong on my side" in one for one in whispers(surroundings, "oncall")))
        await idle(sql)


async def test_slow_posts_keep_no_decision_waiting(bot_world: World, sql) -> None:
    """Deliveries have slots of their own: an approval runs while dozens of posts wait for Slack."""
    shown = await asked(bot_world)
    await idle(sql)
    bot_world.slack.fault("chat.postMessage", "slow", times=40, seconds=4.0)
    for number in range(40):
        sql(
            "INSERT INTO pmbot.messages (id, key, channel, projection, content, version, sent_version)"
            " VALUES (gen_random_uuid(), %s, 'C0GENERAL', 'static', '{\"text\": \"x\"}', 1, 0)",
            f"flood:{number}",
        )
    sql(
        "INSERT INTO pmbot.procrastinate_jobs (queue_name, task_name, args, priority)"
        " SELECT 'pm-deliveries', 'deliver', jsonb_build_object('message_id', id), 10 FROM pmbot.messages"
        " WHERE key LIKE 'flood:%'"
    )
    await bot_world.slack.click(world.slack_id("security"), shown["ts"], OPS, "approve")
    await until(lambda: sql("SELECT count(*) FROM pmbot.executions") == [(1,)], 8)
    waiting = sql("SELECT count(*) FROM pmbot.messages WHERE key LIKE 'flood:%' AND sent_version = 0")
    assert waiting[0][0] > 10


def test_the_clock_looks_for_it(bench: Bench) -> None:
    assert "adopt" in chores(bench.core)
