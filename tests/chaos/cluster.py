"""A PostgreSQL cluster of the runs' own, which may be restarted, with the database that each run copies."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from bot.demo import seeding, world
from bot.demo.postgres import EmbeddedPostgres
from bot.policy import __file__ as policy_module
from tests.conftest import in_memory, without_digests

TEMPLATE = "seeded"
RULES = """
[rules.queue-backlog]
metric = "queue.waiting"
subjects = ["bounce:process"]
title = "Queue {subject} is backing up"
over = "Queue {subject} was backing up"
runbook = "Look."
levels = { critical = { fires = 100, clears = 50 } }
"""


@contextlib.contextmanager
def prepared(folder: Path) -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """The cluster, and a policy file."""
    with in_memory():
        running = EmbeddedPostgres.start()
    with running as postgres:
        url = postgres.create_database(TEMPLATE)
        seeding.load(url, url)
        asyncio.run(world.link_everybody(url, world.workspace().team_id))
        without_digests(url)
        yield postgres, policy_with(RULES, folder)


def policy_with(rules: str, folder: Path) -> Path:
    """A policy file like the bot's own, with these alert rules."""
    (folder / "rules.toml").write_text(rules, "utf-8")
    own = Path(policy_module).with_suffix(".toml").read_text("utf-8")
    (folder / "policy.toml").write_text(own.replace("[alerts]\n", '[alerts]\nrules = "rules.toml"\n'), "utf-8")
    return folder / "policy.toml"
