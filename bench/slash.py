"""`/pm` acknowledged, which means stored with its job, beside Bolt apps that store nothing, and beside the bare SQL."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import psycopg

from bench import Comparison, Figure, bench
from bench.surroundings import ROOT, Program, Surroundings
from bot.demo import world

ROUNDS = 5  # interleaved, so that what else the machine does meets all alike; the median counts
WARM_UP, SECONDS = 0.5, 1.5  # each
MOST = {1: 4000, 10: 12000, 50: 12000}  # requests, by how many are under way at once
PROGRAMS = {
    "ours": ("bot.cli", "serve"),
    "ours too": ("bot.cli", "serve"),
    "default": ("bench.bare", "default"),
    "before_response": ("bench.bare", "before_response"),
}
TWO = "two of ours"  # at half the load each
BOLT = "Bolt app, process_before_response, nothing stored"
BASELINES = {
    "default": "Bolt app, default configuration",
    "before_response": BOLT,
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
    processor: float = 0.0
    """Milliseconds of the server's processor time for each that was acknowledged."""


Results = dict[tuple[str, int], list[Run]]


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
    """Latency alone, throughput at 10 and 50, and what a command costs the server."""
    async with surroundings.database() as url, world.around(url) as around, AsyncExitStack() as stack:
        environment = world.environment(around)
        programs = {
            name: await stack.enter_async_context(surroundings.program(*command, **environment))
            for name, command in PROGRAMS.items()
        }
        space = around.slack.workspace
        results = await _measure(programs, url, {"secret": space.signing_secret, "team": space.team_id})
        stored = [run for (name, _), runs in results.items() for run in runs if name in ("ours", TWO, "sql")]
        _nothing_lost(url, sum(run.acknowledged for run in stored))
    for figure, unit, concurrency in FIGURES:
        for baseline, described in BASELINES.items():
            what = "a second" if figure == "rate" else figure
            pair = (_of(results[name, concurrency], figure) for name in ("ours", baseline))
            yield Comparison(f"/pm acknowledged, {what}, {concurrency} at once ÷ {described}", unit, *pair)
    pair = (_of(results[name, 1], "p50") for name in ("before_response", "sql"))
    both = Figure(*map(sum, zip(*((one.value, one.least, one.most) for one in pair), strict=True)))
    yield Comparison(
        "/pm acknowledged, p50, 1 at once ÷ that Bolt app and the bare SQL", "ms", _of(results["ours", 1], "p50"), both
    )
    for name, baseline, described in (("ours", "before_response", BOLT), (TWO, "ours", "one process")):
        pair = (_of(results[one, 50], "processor") for one in (name, baseline))
        yield Comparison(f"processor time of a command, {name} ÷ {described}", "ms", *pair)


def _of(runs: Sequence[Run], figure: str) -> Figure:
    return Figure.typical([getattr(run, figure) for run in runs[-ROUNDS:]])


async def _measure(programs: Mapping[str, Program], database_url: str, secrets: Mapping[str, str]) -> Results:
    """All runs by target and concurrency; the first of each target at 10 only warms up."""
    turns = [(10, WARM_UP), *((concurrency, SECONDS) for _ in range(ROUNDS) for concurrency in MOST)]
    results: Results = defaultdict(list)
    for concurrency, seconds in turns:
        order = {"concurrency": concurrency, "seconds": seconds, "most": MOST[concurrency], **secrets}
        for name, program in programs.items():
            if name != "ours too":
                results[name, concurrency].append(await _at([program], order))
        results["sql", concurrency].append(await load(kind="sql", url=database_url, **order))
        if concurrency > 1:
            results[TWO, concurrency].append(await _at([programs["ours"], programs["ours too"]], order))
    for (name, _), runs in results.items():
        if refused := sum(run.refused for run in runs):
            raise RuntimeError(f"{name} refused {refused} requests.")
    return results


async def _at(programs: Sequence[Program], order: Mapping[str, Any]) -> Run:
    """One load on all of them together, shared evenly."""
    before, share = sum(one.processor() for one in programs), order["concurrency"] // len(programs)
    each = {**order, "concurrency": share, "most": order["most"] // len(programs)}
    runs = await asyncio.gather(*(load(kind="slack", url=one.url, **each) for one in programs))
    acknowledged = sum(run.acknowledged for run in runs)
    return Run(
        acknowledged,
        sum(run.refused for run in runs),
        sum(run.rate for run in runs),
        median(run.p50 for run in runs),
        max(run.p99 for run in runs),
        (sum(one.processor() for one in programs) - before) / acknowledged * 1000,
    )


def _nothing_lost(url: str, acknowledged: int) -> None:
    with psycopg.connect(url) as connection:
        counted = connection.execute(
            "SELECT count(*), count(job.id) FROM pmbot.inbox LEFT JOIN pmbot.procrastinate_jobs job"
            " ON (job.args ->> 'inbox_id')::bigint = inbox.id"
        ).fetchone()
    if counted is None or min(counted) < acknowledged:
        raise RuntimeError(f"{acknowledged} were acknowledged, but {counted} rows and jobs are there.")
