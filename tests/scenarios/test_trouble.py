"""Trouble on purpose ends with what it is for: nothing of it stays behind."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.demo import trouble
from tests.conftest import until

MADE = "SELECT count(*) FROM jobs WHERE payload = '{\"trouble\": 1}'"
WAITING = f"{MADE} AND status = 'queued'"
DONE = """
  SELECT count(*) FROM jobs WHERE queue_name = 'email-sending' AND status = 'completed'
     AND completed > now() - interval '1 hour'
"""


async def test_when_it_is_over_the_queue_is_as_it_was(database_url: str, sql: Callable[..., list[Any]]) -> None:
    """Its jobs neither wait on, which would alert, nor count as what the tenant usually sends."""
    over = asyncio.Event()
    running = asyncio.create_task(trouble.run("queue-backlog", database_url, over))
    await until(lambda: sql(WAITING) > [(0,)])
    [(done,)] = sql(DONE)
    assert 100 < done / 60 < 1_000  # a minute: 12,000 jobs are an hour of work, not days
    over.set()
    await running
    assert sql(MADE) == [(0,)]
