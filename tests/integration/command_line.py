"""Running the `pm` command as its users do: a process of its own, and nothing but its environment."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from bot.demo import world
from bot.demo.world import World
from tests.conftest import OPS, asked, card, until

BARE = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}


def pm(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `pm …` to its end; whatever it prints on either stream is in `stdout`."""
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(
        command,
        env=BARE | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


async def revoked(around: World, seconds: float = 15.0) -> dict:
    """One whole journey: asked for, approved, executed, confirmed by the platform; its card."""
    pending = await asked(around)
    reply = await around.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    assert reply.status == 200, reply
    await until(lambda: "confirmed by the platform" in card(around)["text"], seconds)
    return card(around)
