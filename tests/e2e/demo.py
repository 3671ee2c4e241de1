"""A running `pm demo`, as a newcomer starts it."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import free_port, until

ROOT = Path(__file__).parents[2]


@dataclass
class Demo:
    """Known only by what it printed."""

    slack: str
    platform: str

    async def dashboard(self, token: str) -> int:
        """What its platform answers to a staff member with this token."""
        async with httpx.AsyncClient(trust_env=False) as client:
            header = {"Authorization": f"Bearer {token}"}
            answer = await client.get(f"{self.platform}/dashboard/users", headers=header)
        return answer.status_code


@contextlib.asynccontextmanager
async def running(folder: Path, *options: str) -> AsyncIterator[Demo]:
    """From its start to its end by Ctrl-C, which has to be a good one."""
    printed = folder / "demo.log"
    with printed.open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting it takes milliseconds
            [sys.executable, "-u", "-m", "bot.cli", "demo", "--port", free_port(), *options],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        )
    try:
        await until(lambda: "Ctrl-C ends it" in printed.read_text(), seconds=180)
        text = printed.read_text()
        slack = re.search(r"(http://\S+)/\?as=U0ONCALL", text)
        platform = re.search(r"(http://\S+)/dashboard/users", text)
        assert slack, text
        assert platform, text
        yield Demo(slack.group(1), platform.group(1))
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait, 60) == 0, printed.read_text()
