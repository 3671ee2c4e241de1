"""Asks /healthz again and again, from a process that does nothing else: `python -m tests.fuzz.pulse URL`.

Each answer's milliseconds go to standard output, a line each; 0 means that none came in 20 seconds.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

EVERY, PATIENCE = 0.05, 20  # seconds
ROOT = Path(__file__).parents[2]


def beat(url: str) -> None:
    """Until somebody ends it."""
    address = urlsplit(url)
    while True:
        started = time.perf_counter()
        connection = HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/healthz")
            answered = connection.getresponse().status == 200
        except (OSError, HTTPException):
            answered = False
        connection.close()
        print(f"{(time.perf_counter() - started) * 1000 if answered else 0:.2f}", flush=True)  # noqa: T201
        time.sleep(EVERY)


@dataclass
class Pulse:
    """How soon a process answers, in milliseconds: `quiet` before anything happened, `busy` from then on."""

    url: str
    quiet: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    async def begin(self, quiet: int = 40) -> None:
        """Returns once it was felt so often."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, self.url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        while len(self.quiet) < quiet:
            self.quiet.append(await self._next())
        self._listening = asyncio.create_task(self._listen())

    async def end(self) -> None:
        self._process.kill()
        await self._process.wait()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            self.busy.append(await self._next())

    async def _next(self) -> float:
        assert self._process.stdout
        return float(await self._process.stdout.readline())

    @property
    def faults(self) -> list[str]:
        missed = self.busy.count(0)
        return [f"/healthz was not answered {missed} times"] if missed else []

    def __str__(self) -> str:
        usual, now = median(self.quiet), median(self.busy)
        return (
            f"quiet median {usual:.1f} ms; then min {min(self.busy):.1f}, median {now:.1f} ({now / usual:.1f} ×), "
            f"max {max(self.busy):.0f} ms ({max(self.busy) / usual:.0f} ×), of {len(self.busy)}"
        )


if __name__ == "__main__":
    beat(sys.argv[1])
