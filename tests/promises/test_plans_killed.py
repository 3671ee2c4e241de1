"""A plan of several steps whose worker is killed between two of them: the next one does the rest, and nothing twice."""

import asyncio
import copy
import signal
import uuid
from pathlib import Path

import psycopg
import pytest

from bot.demo import world
from bot.demo.postgres import EmbeddedPostgres
from tests.conftest import until
from tests.promises import dying_worker
from tests.promises.bench import IDS
from tests.promises.dying_worker import ended
from tests.promises.test_promise_03_killed import approve

DONE = f"""
SELECT (SELECT state FROM pmbot.proposals),
       (SELECT array_agg(step ORDER BY step) FROM pmbot.executions WHERE verification = 'confirmed'),
       (SELECT array_agg(action ORDER BY id) FROM pmbot.audit_log WHERE kind = 'executed'),
       (SELECT status FROM users WHERE id = '{IDS["staffer"]}'),
       (SELECT count(*) FROM pmbot.messages WHERE projection = 'to_review')
"""
WANTED = ("succeeded", [1, 2], ["staff.revoke_sessions", "staff.suspend"], "suspended", 1)


@pytest.mark.parametrize("point", ["commit of execute.execute: after #1", "commit of execute.execute: before #2"])
async def test_kill_9_between_steps(postgres: EmbeddedPostgres, template: str, tmp_path: Path, point: str) -> None:
    """Each step once, in order, each confirmed; security is asked for one review."""
    name = f"between_{uuid.uuid4().hex[:12]}"
    url = await asyncio.to_thread(postgres.create_database, name, template)
    try:
        messages = await approve(url, "/pm lockdown @staffer because laptop stolen")
        async with world.around(url, cache_seconds=2.0) as around:
            around.slack.state.messages = copy.deepcopy(messages)
            chosen = world.settings(url, around.slack, around.slack_url, around.platform_url).model_dump()
            with ended(dying_worker.start(chosen, notes=tmp_path / "points", at=point)) as dying:
                await until(lambda: not dying.is_alive(), 60.0)
                assert dying.exitcode == -signal.SIGKILL
            with ended(dying_worker.start(chosen)), psycopg.connect(url, autocommit=True) as connection:
                await until(lambda: connection.execute(DONE).fetchone() == WANTED, 60.0)
    finally:
        await asyncio.to_thread(postgres.drop_database, name)
