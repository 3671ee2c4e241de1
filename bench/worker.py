"""Commands handled a second: `/pm who @staffer`, from its row to the answer in Slack, beside workers that do less.

All are stored before either begins, so that the worker alone is measured. Processor time is that of its process alone,
without PostgreSQL's.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg

from bench import Comparison, Figure, bench
from bench.load import INSERT_AND_DEFER, command
from bench.surroundings import Surroundings
from bot.demo import world
from bot.demo.world import World
from bot.store.database import OPTIONS

OPS, ONCALL = "C0OPERATIONS", world.slack_id("oncall")
COMMANDS, ROUNDS = 150, 3
STATEMENTS = "20"  # of a `who`, beside those of its jobs and commits
PROGRAMS = {
    "ours": ("bot.cli", "serve", "--all"),
    "bare": ("bench.bare_worker",),
    "statements": ("bench.bare_worker", STATEMENTS),
}


@bench
async def handled(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """In turns; each round has a database and processes of its own."""
    taken: dict[str, list[Taken]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            taken[name].append(await _round(surroundings, program))
    rates = {name: Figure.typical([COMMANDS / one.seconds for one in rounds]) for name, rounds in taken.items()}
    used = {name: Figure.typical([one.processor * 1000 / COMMANDS for one in rounds]) for name, rounds in taken.items()}
    for other, does in (("bare", "only answers"), ("statements", f"makes {STATEMENTS} bare statements for it")):
        title = f"÷ a worker that {does}"
        yield Comparison(f"/pm who @staffer handled a second {title}", "/s", rates["ours"], rates[other])
        yield Comparison(f"its processor time {title}", "ms", used["ours"], used[other])


@dataclass(frozen=True)
class Taken:
    """What all commands of a round took, in seconds."""

    seconds: float
    processor: float


async def _round(surroundings: Surroundings, program: tuple[str, ...]) -> Taken:
    """From the first answer in Slack to the last one: how long the start takes is not of interest."""
    async with surroundings.database() as url, world.around(url) as around:
        around.slack.limits = None  # the bot is measured, not how often Slack lets it speak
        await _store(url, around)
        async with surroundings.program(*program, **world.environment(around)) as worker:
            await _answered(around, 1)
            before, started, used = await _answered(around, 1), time.perf_counter(), worker.processor()
            await _answered(around, COMMANDS)
            all_of_them = COMMANDS / (COMMANDS - before)
            seconds, processor = time.perf_counter() - started, worker.processor() - used
            return Taken(seconds * all_of_them, processor * all_of_them)


async def _store(url: str, around: World) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
        for _ in range(COMMANDS):
            payload = command(around.slack.workspace.team_id) | {
                "text": "who @staffer",
                "user_id": ONCALL,
                "response_url": around.slack.response_url(ONCALL, OPS),
            }
            await connection.execute(INSERT_AND_DEFER, (f"command:{payload['trigger_id']}", json.dumps(payload)))


async def _answered(around: World, count: int) -> int:
    """Wait until as many answers are there."""
    async with asyncio.timeout(120):
        while (seen := len(around.slack.messages(OPS, ONCALL))) < count:  # noqa: ASYNC110 - the local Slack tells nobody
            await asyncio.sleep(0.01)
    return seen
