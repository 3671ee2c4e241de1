"""Running the `pm` command as its users do: a process of its own, and nothing but its environment."""

import os
import subprocess
import sys
from pathlib import Path

from bot.demo import world
from bot.demo.world import World
from tests.conftest import OPS, asked, card, free_port, until  # noqa: F401 - a port is part of a command line

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
        timeout=120,
        check=False,
    )


async def revoked(around: World) -> dict:
    """One whole journey: asked for, approved, executed, confirmed by the platform; its card."""
    pending = await asked(around)
    reply = await around.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    assert reply.status == 200, reply
    await until(lambda: "confirmed by the platform" in card(around)["text"])
    return card(around)
