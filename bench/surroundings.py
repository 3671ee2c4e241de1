"""What benches run in: a private PostgreSQL with the demo's platform, and a program for whatever is measured."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.demo import seeding, world
from bot.demo.postgres import EmbeddedPostgres

ROOT = Path(__file__).parent.parent
TEMPLATE = "bench_template"
MANY = {"PM_LOOKUPS_PER_MINUTE": "1000000", "PM_REQUESTS_PER_10_MINUTES": "1000000"}  # by the few people there are


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Program:
    """A process of its own."""

    url: str
    pid: int

    def processor(self) -> float:
        """Processor seconds that it has used so far, as the kernel counts them."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Surroundings:
    """One for all benches of a run."""

    postgres: EmbeddedPostgres
    made: int = 0

    async def seed(self) -> None:
        """Make the database that `database` copies."""
        url = self.postgres.create_database(TEMPLATE)
        await asyncio.to_thread(seeding.load, url, url)
        await world.link_everybody(url, world.workspace().team_id)

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """A copy of the seeded database; its URL."""
        self.made += 1
        name = f"bench_{self.made}"
        yield self.postgres.create_database(name, TEMPLATE)
        self.postgres.drop_database(name)

    @contextlib.asynccontextmanager
    async def program(self, *command: str, **environment: str) -> AsyncIterator[Program]:
        """Run `python -m …` as a web server, until the block ends. It has to answer /healthz."""
        port = free_port()
        everything = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": str(port), **MANY, **environment}
        with tempfile.TemporaryFile() as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *command, env=everything, stdout=log, stderr=log
            )
            url = f"http://127.0.0.1:{port}"
            try:
                await _answers(url, process)
                yield Program(url, process.pid)
            except RuntimeError:
                log.seek(0)
                sys.stderr.write(log.read().decode(errors="replace")[-3000:])
                raise
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(1200):  # a minute: others may be busy
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{url}/healthz")).status_code == 200:
                    return
            if process.returncode is not None:
                break
            await asyncio.sleep(0.05)
    raise RuntimeError("A program of the bench did not start; its log is above.")
