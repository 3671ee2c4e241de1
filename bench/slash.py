"""`/pm` acknowledged, which means stored with its job, beside Bolt apps that store nothing, and beside the bare SQL."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import psycopg

from bench import Comparison, bench
from bench.surroundings import ROOT, Surroundings
from bot.demo import world

ROUNDS = 3  # interleaved, so that what else the machine does meets all alike; the median counts
WARM_UP, SECONDS = 0.5, 1.5  # each
MOST = {1: 4000, 10: 10000, 50: 10000}  # requests, by how many are under way at once
PROGRAMS = {
    "ours": ("bot.cli", "serve"),
    "default": ("bench.bare", "default"),
    "before_response": ("bench.bare", "before_response"),
}
BASELINES = {
    "default": "Bolt app, default configuration",
    "before_response": "Bolt app, process_before_response, nothing stored",
    "sql": "bare INSERT-and-defer in PostgreSQL",
}
FIGURES = (("p50", "ms", 1), ("p99", "ms", 1), ("rate", "/s", 10), ("rate", "/s", 50))


@dataclass(frozen=True)
class Run:
    """What one load came to."""

    acknowledged: int
    refused: int
    rate: float
    p50: float
    p99: float


async def load(**order: Any) -> Run:
    """Run the load generator."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate(json.dumps(order).encode())
    result = json.loads(said)
    latencies = result["latencies"]
    return Run(
        result["acknowledged"],
        result["refused"],
        result["acknowledged"] / result["seconds"],
        median(latencies),
        quantiles(latencies, n=100)[98],
    )


@bench
async def slash_command(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Latency alone, throughput at 10 and 50."""
    async with surroundings.database() as url, world.around(url) as around, AsyncExitStack() as stack:
        environment = world.environment(around)
        targets = {
            name: await stack.enter_async_context(surroundings.program(*command, **environment))
            for name, command in PROGRAMS.items()
        }
        space = around.slack.workspace
        results = await _measure({**targets, "sql": url}, {"secret": space.signing_secret, "team": space.team_id})
        stored = [run for (name, _), runs in results.items() for run in runs if name in ("ours", "sql")]
        _nothing_lost(url, sum(run.acknowledged for run in stored))
    for figure, unit, concurrency in FIGURES:
        for baseline, described in BASELINES.items():
            ours, theirs = (
                median(getattr(run, figure) for run in results[name, concurrency][-ROUNDS:])
                for name in ("ours", baseline)
            )
            what = "a second" if figure == "rate" else figure
            yield Comparison(f"/pm acknowledged, {what}, {concurrency} at once ÷ {described}", unit, ours, theirs)


async def _measure(targets: Mapping[str, str], secrets: Mapping[str, str]) -> dict[tuple[str, int], list[Run]]:
    """All runs by target and concurrency; the first of each target at 10 only warms up."""
    turns = [(10, WARM_UP), *((concurrency, SECONDS) for _ in range(ROUNDS) for concurrency in MOST)]
    results: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for concurrency, seconds in turns:
        for name, url in targets.items():
            run = await load(
                kind="sql" if name == "sql" else "slack",
                url=url,
                concurrency=concurrency,
                seconds=seconds,
                most=MOST[concurrency],
                **secrets,
            )
            if run.refused:
                raise RuntimeError(f"{name} refused {run.refused} of {run.acknowledged + run.refused} requests.")
            results[name, concurrency].append(run)
    return results


def _nothing_lost(url: str, acknowledged: int) -> None:
    with psycopg.connect(url) as connection:
        counted = connection.execute(
            "SELECT count(*), count(job.id) FROM pmbot.inbox LEFT JOIN pmbot.procrastinate_jobs job"
            " ON (job.args ->> 'inbox_id')::bigint = inbox.id"
        ).fetchone()
    if counted is None or min(counted) < acknowledged:
        raise RuntimeError(f"{acknowledged} were acknowledged, but {counted} rows and jobs are there.")
