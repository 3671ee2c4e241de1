"""What `/metrics` and `/readyz` read from the database: one cheap statement each, and no label but a fixed few.

However many ask, the database is asked once a second, over a connection that no ack waits for.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import psycopg
from prometheus_client import Gauge
from psycopg_pool import PoolTimeout

from bot.store import migrate
from bot.store.database import Database

PATIENCE = 2.0  # seconds for all of it
FRESH = 1.0  # seconds that an answer counts as new
STATES = ("todo", "doing", "failed")  # what succeeded is deleted

DATABASE = Gauge("pm_database_up", "Whether the database answered this scrape")
WAITING = Gauge("pm_inbox_unhandled", "Payloads accepted and not yet handled")
WAITING_FOR = Gauge("pm_inbox_oldest_seconds", "How long the oldest of them has waited")
UNSENT = Gauge("pm_messages_unsent", "Messages that Slack does not show in their newest state")
UNSENT_FOR = Gauge("pm_messages_oldest_unsent_seconds", "How long ago the first of them was last due")
JOBS = Gauge("pm_jobs", "Jobs by state", ["state"])

INBOX = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(received)), 0) FROM pmbot.inbox WHERE handled IS NULL
"""
MESSAGES = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(changed)), 0) FROM pmbot.messages WHERE version > sent_version
"""
QUEUE = """
SELECT status::text, count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY status
"""


class Watch:
    """What the database says to whoever watches the bot."""

    def __init__(self, database: Database) -> None:
        self._pool = database.aside
        self._lock = asyncio.Lock()
        self._known: dict[str, tuple[float, str | None]] = {}
        """By question: until when its answer counts as new, and the answer."""

    async def gauges(self) -> None:
        """Bring the gauges up to date; without the database they say nothing but that it is away."""
        await self._at_most_once_a_second(self._read)

    async def unready(self) -> str | None:
        """Why nothing can be done with this database; None when all is well."""
        return await self._at_most_once_a_second(self._look)

    async def _at_most_once_a_second(self, ask: Callable[[], Awaitable[str | None]]) -> str | None:
        async with self._lock:
            until, answer = self._known.get(ask.__name__, (0.0, None))
            if time.monotonic() >= until:
                answer = await ask()
                self._known[ask.__name__] = (time.monotonic() + FRESH, answer)
            return answer

    async def _read(self) -> None:
        try:
            async with self._pool.connection(timeout=PATIENCE) as connection:
                inbox = await (await connection.execute(INBOX)).fetchall()
                messages = await (await connection.execute(MESSAGES)).fetchall()
                jobs = dict(await (await connection.execute(QUEUE)).fetchall())
        except (psycopg.Error, PoolTimeout):
            _set(0, (math.nan, math.nan), (math.nan, math.nan), dict.fromkeys(STATES, math.nan))
        else:
            _set(1, inbox[0], messages[0], jobs)

    async def _look(self) -> str | None:
        try:
            async with self._pool.connection(timeout=PATIENCE) as connection:
                applied = await (await connection.execute(migrate.APPLIED)).fetchall()
        except psycopg.ProgrammingError:
            return "not migrated"
        except (psycopg.Error, PoolTimeout):
            return "unreachable"
        behind = migrate.lacking(version for (version,) in applied)
        return f"lacks migrations up to {behind}" if behind else None


def _set(up: int, inbox: tuple[float, float], messages: tuple[float, float], jobs: dict[str, float]) -> None:
    DATABASE.set(up)
    WAITING.set(inbox[0])
    WAITING_FOR.set(inbox[1])
    UNSENT.set(messages[0])
    UNSENT_FOR.set(messages[1])
    for state in STATES:
        JOBS.labels(state).set(jobs.get(state, 0))
