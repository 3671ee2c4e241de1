"""Promise 11, of private answers: sent by the job that handles the payload, and found again where that dies."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.delivery import answers
from bot.demo import world
from bot.demo.world import World
from bot.drawing.render import Renderer
from bot.handlers.desk import Desk
from bot.handlers.dispatch import Dispatcher
from bot.runtime.jobs import Attempt
from tests.conftest import OPS, asked, running_bot, until, whispers
from tests.promises import dying_worker
from tests.promises.bench import Bench
from tests.promises.dying_worker import ended

STORE = """
WITH stored AS (INSERT INTO pmbot.inbox (key, kind, payload) VALUES (%s, 'command', %s::jsonb) RETURNING id)
SELECT pmbot.procrastinate_defer_jobs_v1(ARRAY[ROW(
    'pm', 'handle', 0, NULL, NULL, jsonb_build_object('inbox_id', id), NULL
)::pmbot.procrastinate_job_to_defer_v1]) FROM stored
"""
OPEN_JOBS = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'tick'"
UNSENT = "SELECT count(*) FROM pmbot.messages WHERE version > sent_version"
Sql = Callable[..., list[Any]]


def store(sql: Sql, around: World, text: str, response_url: str | None = None) -> None:
    """A command as it is stored at the door."""
    payload = {
        "command": "/pm",
        "text": text,
        "team_id": around.slack.workspace.team_id,
        "user_id": world.slack_id("oncall"),
        "channel_id": OPS,
        "channel_name": "operations",
        "response_url": response_url or around.slack.response_url(world.slack_id("oncall"), OPS),
    }
    sql("SET search_path = pmbot, public")
    sql(STORE, f"command:{uuid.uuid4()}", json.dumps(payload))


async def test_an_answer_takes_no_job_of_its_own(bot_world: World, sql: Sql) -> None:
    """It is sent by the job that handled the command, and its row says that it was."""
    sql("CREATE TABLE taken AS SELECT task_name FROM pmbot.procrastinate_jobs WHERE false")
    sql(
        "CREATE FUNCTION note() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS"
        " $$BEGIN INSERT INTO public.taken VALUES (NEW.task_name); RETURN NEW; END$$"
    )
    sql("CREATE TRIGGER note BEFORE INSERT ON pmbot.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.note()")
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm who @staffer")
    await until(lambda: whispers(bot_world, "oncall"))
    await until(lambda: sql(UNSENT) == [(0,)])
    assert sql("SELECT task_name FROM taken WHERE task_name IN ('handle', 'deliver')") == [("handle",)]
    left = "SELECT claimed_by, response_url, sent_channel FROM pmbot.messages WHERE only_for IS NOT NULL"
    assert sql(left) == [(None, None, OPS)]


@pytest.mark.parametrize(
    ("point", "times"),
    [
        ("commit of dispatch.Dispatcher._handled: before #1", {1}),
        ("commit of dispatch.Dispatcher._handled: after #1", {1}),
        ("call of slack, response URLs: after #1", {1, 2}),  # nobody knows whether it was seen
        ("commit of answers.Answers._record: after #1", {1}),
    ],
)
async def test_the_answer_of_a_worker_that_dies_arrives(
    surroundings: World, sql: Sql, tmp_path: Path, point: str, times: set[int]
) -> None:
    """Wherever it is killed, the next worker finds what was said and not sent."""
    around, notes = surroundings, tmp_path / "points"
    chosen = world.settings(around.database_url, around.slack, around.slack_url, around.platform_url).model_dump()
    store(sql, around, "who @staffer")
    with ended(dying_worker.start(chosen, notes=notes, at=point)) as first:
        await until(lambda: not first.is_alive())
    assert point in notes.read_text()
    with ended(dying_worker.start(chosen)):
        await until(lambda: sql(OPEN_JOBS) == [(0,)] and sql(UNSENT) == [(0,)])
    assert len(whispers(around, "oncall")) in times


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """A response URL that takes what is posted and never answers."""
    held: list[asyncio.StreamWriter] = []

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()
    for one in held:
        one.close()


async def test_while_slack_is_slow_to_take_answers_work_goes_on(
    surroundings: World, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers fill no more than their part of the slots: the others are left to jobs of their own."""
    monkeypatch.setattr(answers, "WITHIN", answers.aiohttp.ClientTimeout(total=60))
    async with silent() as url:
        for _ in range(12):
            store(sql, surroundings, "who @staffer", url)
        async with running_bot(surroundings):
            await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL") == [(0,)])
            assert "Sign out" in (await asked(surroundings))["text"]


async def test_what_slack_does_not_take_by_the_url_is_said_another_way(bot_world: World, sql: Sql) -> None:
    """An expired URL: a job of its own goes on with it, and it is said once."""
    store(sql, bot_world, "who @staffer", f"{bot_world.slack_url}/response/gone")
    await until(lambda: sql(OPEN_JOBS) == [(0,)])
    assert len(whispers(bot_world, "oncall")) == 1
    assert sql(UNSENT) == [(0,)]


async def test_what_was_taken_back_is_not_sent(bench: Bench, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said in a savepoint that ended with a refusal, it was never said."""
    sent: list[str] = []

    async def says_twice(desk: Desk, _: Any) -> None:
        nested = await desk.session.begin_nested()
        await desk.say({"text": "first"}, "first")
        await nested.rollback()
        await desk.say({"text": "second"}, "second")

    async def note(said: list[answers.Answer], _: int) -> None:
        sent.extend(one.content["text"] for one in said)

    missing: Any = None
    routes: Any = SimpleNamespace(route=says_twice)
    sender: Any = SimpleNamespace(send=note)
    handing = Dispatcher(bench.core, Renderer(), missing, missing, "T1", missing, routes, sender, {})
    payload = {"team_id": "T1", "user_id": "U1", "channel_id": OPS, "response_url": "http://127.0.0.1:9/"}
    sql("INSERT INTO pmbot.inbox (key, kind, payload) VALUES ('one', 'command', %s::jsonb)", json.dumps(payload))
    ((inbox_id,),) = sql("SELECT id FROM pmbot.inbox WHERE key = 'one'")
    await handing.handle(inbox_id, Attempt(1, 0))
    assert sent == ["second"]
