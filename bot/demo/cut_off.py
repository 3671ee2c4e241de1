"""The bot loses its database in the middle of many: the session that works on the last part is ended from outside.

So that it is always in the middle, somebody else holds one of the last part until the bot has come to it.
"""

import asyncio
import contextlib

import psycopg
from sqlalchemy import make_url

LAST = """
    SELECT split_part(plan -> -1 -> 'parameters' ->> 'chosen', ' ', 1) FROM pmbot.revisions
      JOIN pmbot.proposals ON proposals.revision_id = revisions.id
     WHERE state = 'pending' AND jsonb_array_length(plan) > 2 ORDER BY proposals.number DESC LIMIT 1
"""
HOLD = "SELECT FROM users WHERE id = %s FOR UPDATE"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
EVERY = 0.05  # seconds


class CutOff:
    """Once, of the newest request for many that waits to be decided."""

    def __init__(self) -> None:
        self.ready, self.done = asyncio.Event(), asyncio.Event()

    async def run(self, engine_url: str, over: asyncio.Event) -> None:
        """Until the bot was cut off, or nobody waits for it any more. Raises `LookupError` without such a request."""
        url = make_url(engine_url).set(drivername="postgresql").render_as_string(hide_password=False)
        async with (
            await psycopg.AsyncConnection.connect(url) as holder,
            await psycopg.AsyncConnection.connect(url, autocommit=True) as other,
        ):
            found = await (await other.execute(LAST)).fetchone()
            if found is None:
                raise LookupError("no request for several parts waits to be decided")
            await holder.execute(HOLD, found)
            self.ready.set()
            while not over.is_set() and not self.done.is_set():
                if await (await other.execute(CUT, [holder.info.backend_pid])).fetchall():
                    self.done.set()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), 0 if self.done.is_set() else EVERY)
            await holder.rollback()
