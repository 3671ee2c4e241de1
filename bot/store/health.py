"""The bot's own state, as its tables have it: what waits and since when, who works, what cannot be delivered."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LATE = 60  # seconds after which something should have been handled, or be on the screen
LATELY = 10  # seconds since the last heartbeat of a worker that lives

READ = f"""
    SELECT (SELECT count(*) FROM pmbot.procrastinate_workers
             WHERE last_heartbeat > now() - interval '{LATELY} seconds') AS workers,
           (SELECT count(*) FROM pmbot.procrastinate_jobs
             WHERE status = 'todo' AND coalesce(scheduled_at, now()) < now() - interval '{LATE} seconds') AS late_jobs,
           (SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status = 'failed') AS failed_jobs,
           (SELECT now() - min(received) FROM pmbot.inbox WHERE handled IS NULL) AS oldest_payload,
           (SELECT count(*) FROM pmbot.messages WHERE version > sent_version AND undeliverable IS NULL
             AND changed < now() - interval '{LATE} seconds') AS late_messages,
           (SELECT count(*) FROM pmbot.messages WHERE undeliverable > now() - interval '7 days') AS undeliverable,
           (SELECT refusal FROM pmbot.messages WHERE undeliverable IS NOT NULL
             ORDER BY undeliverable DESC LIMIT 1) AS refusal,
           (SELECT now() - max(at) FROM pmbot.alert_ticks WHERE at > 'epoch') AS last_tick,
           (SELECT count(*) FROM pmbot.executions WHERE waits IS NOT NULL)
           + (SELECT count(*) FROM pmbot.holds WHERE waits IS NOT NULL) AS not_in_redis
"""  # noqa: S608 - constants
_READ = text(READ)


@dataclass(frozen=True)
class Health:
    """What there is to say of the bot itself."""

    workers: int
    """Lanes of worker processes with a heartbeat."""
    late_jobs: int
    """Due for more than a minute, and not begun."""
    failed_jobs: int
    oldest_payload: dt.timedelta | None
    """How long the oldest unhandled payload has waited."""
    late_messages: int
    """Not on the screen for more than a minute; being tried."""
    undeliverable: int
    """Refused by Slack again and again."""
    refusal: str | None
    """Slack's word on the newest of them: an error code."""
    last_tick: dt.timedelta | None
    """Since the alert rules were last evaluated: the clock runs. None: never yet."""
    not_in_redis: int
    """Pauses and their ends that the platform's Redis has not taken."""


async def read(session: AsyncSession) -> Health:
    """As it is now."""
    return Health(*(await session.execute(_READ)).one())
