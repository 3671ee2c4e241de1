"""A reference for each request: in the answer when something goes wrong, and in the lines that tell what it was."""

import asyncio
import json
import re
from typing import Any

import pytest

from bot.demo import world
from bot.demo.world import World
from tests.conftest import OPS, Processes, free_port, until, whispers

REFERENCE = re.compile(r"ref ([0-9A-F]{6})\b")


def lines(processes: Processes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in processes.logs().splitlines() if line.startswith("{")]


async def serving(processes: Processes, *command: str) -> None:
    port = free_port()
    processes.start(*command, PORT=port)
    processes.around.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    await until(lambda: _answers(port), 60)


async def _answers(port: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(port))
    except OSError:
        return False
    writer.close()
    return True


async def test_a_payload_that_cannot_be_handled_is_found_by_its_reference(
    surroundings: World, processes: Processes, sql
) -> None:
    """From the sentence in Slack to the log lines and to the stored payload."""
    sql("ALTER TABLE pmbot.drafts RENAME COLUMN verb TO gone")  # a bug, as handlers meet it
    await serving(processes, "serve", "--all")
    await surroundings.slack.command(world.slack_id("oncall"), OPS, "/pm revoke")
    [answer] = await until(lambda: whispers(surroundings, "oncall"), 60)
    shown = json.dumps(surroundings.slack.messages(OPS, world.slack_id("oncall"))[-1])
    assert "Something went wrong on my side" in answer
    reference = REFERENCE.search(shown)[1]  # type: ignore[index]
    found = [line for line in lines(processes) if line.get("reference") == reference]
    assert {"a job failed", "gave up on a payload"} <= {line["event"] for line in found}
    assert any("bot/handlers/" in line.get("exception", "") for line in found)
    assert sql("SELECT reference FROM pmbot.inbox") == [(reference,)]


@pytest.mark.parametrize(
    ("breaks", "event"),
    [
        ("ALTER TABLE pmbot.inbox RENAME COLUMN payload TO gone", "a request could not be accepted"),
        ("LOCK TABLE pmbot.inbox", "could not store a payload in time"),
    ],
    ids=["a bug", "no answer in time"],
)
async def test_a_request_that_cannot_be_accepted_is_found_by_its_reference(
    surroundings: World, processes: Processes, sql, breaks: str, event: str
) -> None:
    """Whoever typed it reads the reference at once; it is in the log line."""
    await serving(processes, "serve")
    sql("BEGIN")
    sql(breaks)
    if not breaks.startswith("LOCK"):
        sql("COMMIT")
    reply = await surroundings.slack.command(world.slack_id("oncall"), OPS, "/pm who @staffer")
    assert reply.status == 200
    reference = REFERENCE.search(reply.body["text"])[1]  # type: ignore[index]
    assert {line["event"] for line in lines(processes) if line.get("reference") == reference} >= {event}


async def test_what_follows_from_a_payload_carries_its_reference(
    surroundings: World, processes: Processes, sql
) -> None:
    """The jobs of a request, and theirs: a failure at the very end leads back to who typed what."""
    await serving(processes, "serve")
    await surroundings.slack.command(world.slack_id("security"), OPS, "/pm revoke @staffer because laptop stolen")
    [(reference,)] = sql("SELECT reference FROM pmbot.inbox")
    surroundings.slack.fault("chat.postMessage", "refuse", error="fatal_error")
    processes.start("worker")
    failed = await until(lambda: [one for one in lines(processes) if one["event"] == "slack refused a message"])
    assert {line["reference"] for line in failed} == {reference}
    assert sql("SELECT count(*) FROM pmbot.procrastinate_jobs WHERE args ->> 'reference' <> %s", reference) == [(0,)]


async def test_two_requests_have_two_references(bot_world: World, sql) -> None:
    """And neither is empty."""
    await asyncio.gather(
        *(bot_world.slack.command(world.slack_id("oncall"), OPS, f"/pm help {number}") for number in range(5))
    )
    assert sql("SELECT count(DISTINCT reference) FROM pmbot.inbox") == [(5,)]
