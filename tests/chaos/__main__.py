"""`python -m tests.chaos --runs 120 --seed 1`: seeds one after the other; a violation prints its shortest schedule."""

# ruff: noqa: T201 - what it prints is what it is for
import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.demo.postgres import EmbeddedPostgres
from tests.chaos import cluster, run, schedule
from tests.chaos.schedule import Event
from tests.chaos.shrink import shrink


def main() -> int:
    """Play them; 1 if any was violated."""
    chosen = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    chosen.add_argument("--runs", type=int, default=1)
    chosen.add_argument("--seed", type=int, default=int(time.time()), help="of the first run; the next ones follow")
    chosen.add_argument("--shrink", type=int, default=0, help="runs that may be spent on finding a shorter schedule")
    chosen.add_argument("--list", action="store_true", help="print the schedule, play nothing")
    given = chosen.parse_args()
    seeds = range(given.seed, given.seed + given.runs)
    if given.list:
        for seed in seeds:
            _print(schedule.generate(seed))
        return 0
    with tempfile.TemporaryDirectory() as folder, cluster.prepared(Path(folder)) as (postgres, policy):
        violated = [seed for seed in seeds if not _played(seed, postgres, policy, given.shrink)]
    print(f"{given.runs} runs, {len(violated)} with violations {violated or ''}")
    return 1 if violated else 0


def _played(seed: int, postgres: EmbeddedPostgres, policy: Path, budget: int) -> bool:
    events, begun = schedule.generate(seed), time.monotonic()
    logs = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))

    async def wrong(some: Sequence[Event]) -> list[str]:
        return await run.play(some, seed, postgres, cluster.TEMPLATE, policy, logs)

    found = asyncio.run(wrong(events))
    print(
        f"seed {seed}: {'ok' if not found else f'{len(found)} violations'} ({time.monotonic() - begun:.0f} s)",
        flush=True,
    )
    if not found:
        return True
    for one in found:
        print(f"  {one}")
    print(f"  logs: {logs}")

    async def fails(some: Sequence[Event]) -> bool:
        return bool(await wrong(some))

    _print(asyncio.run(shrink(events, fails, budget)) if budget else events)
    return False


def _print(events: Sequence[Event]) -> None:
    for event in events:
        print(f"  {event}")


if __name__ == "__main__":
    sys.exit(main())
