"""From `pm demo` to its address on screen, with everything installed."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from bench import Comparison, Figure, bench
from bench.surroundings import ROOT, Surroundings, free_port
from bot.demo.postgres import EmbeddedPostgres

ROUNDS = 3


@bench
async def demo_starts(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Beside an empty PostgreSQL of its own, which is the least that it has to start."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(await _until_its_address())
        started = time.perf_counter()
        with EmbeddedPostgres.start():
            bare.append(time.perf_counter() - started)
    yield Comparison("pm demo → its address ÷ an empty PostgreSQL", "s", Figure.typical(ours), Figure.typical(bare))


async def _until_its_address() -> float:
    """Seconds."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "demo", "--port", str(free_port())), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None:
            raise RuntimeError("The demo says nothing.")
        async with asyncio.timeout(120):
            while b"Open " not in (line := await process.stdout.readline()):
                if not line:
                    raise RuntimeError("The demo ended before it had an address.")
        return time.perf_counter() - started
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
