"""What `/metrics` reads from the database at each scrape: one cheap statement each, and no label but a fixed few."""

import math

import psycopg
from prometheus_client import Gauge
from psycopg_pool import PoolTimeout

from bot.store.database import Database

PATIENCE = 2.0  # seconds for all of it
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


async def read(database: Database) -> None:
    """Bring the gauges up to date; without the database they say nothing but that it is away."""
    try:
        async with database.pool.connection(timeout=PATIENCE) as connection:
            inbox = await (await connection.execute(INBOX)).fetchall()
            messages = await (await connection.execute(MESSAGES)).fetchall()
            jobs = dict(await (await connection.execute(QUEUE)).fetchall())
    except (psycopg.Error, PoolTimeout):
        _set(0, (math.nan, math.nan), (math.nan, math.nan), dict.fromkeys(STATES, math.nan))
    else:
        _set(1, inbox[0], messages[0], jobs)


def _set(up: int, inbox: tuple[float, float], messages: tuple[float, float], jobs: dict[str, float]) -> None:
    DATABASE.set(up)
    WAITING.set(inbox[0])
    WAITING_FOR.set(inbox[1])
    UNSENT.set(messages[0])
    UNSENT_FOR.set(messages[1])
    for state in STATES:
        JOBS.labels(state).set(jobs.get(state, 0))
