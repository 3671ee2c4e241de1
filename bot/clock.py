"""The clock: APScheduler wakes a sweep, and PostgreSQL decides who does what. Any number of clocks may run."""

import asyncio

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from bot import jobs
from bot.pipeline import sweep
from bot.pipeline.core import Core
from bot.store.models import Message
from bot.store.queue import defer

INTERVAL = 2.0  # seconds
UNSENT_AFTER = 30  # seconds after which an unsent message gets another job, in case its own is lost

log = structlog.get_logger()


async def resend(core: Core) -> int:
    """Give messages that should have been sent long ago a new job; how many."""
    async with core.database.transaction() as session:
        late = await session.scalars(
            select(Message)
            .where(
                Message.version > Message.sent_version,
                Message.changed < func.now() - text(f"interval '{UNSENT_AFTER} seconds'"),
            )
            .limit(100)
            .with_for_update(skip_locked=True)
        )
        found = list(late)
        for message in found:
            message.changed = func.now()
            await defer(session, "deliver", message_id=str(message.id))
        return len(found)


async def tick(core: Core) -> None:
    """One sweep; what fails because the database is away is done by the next."""
    try:
        await sweep.expire(core)
        await resend(core)
        await jobs.rescue(core.database)
    except DBAPIError as error:
        log.warning("the sweep will try again", error=type(error).__name__)


async def run(core: Core, stop: asyncio.Event) -> None:
    """Sweep until `stop`."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(tick, "interval", seconds=INTERVAL, args=[core], max_instances=1, coalesce=True)
    scheduler.start()
    try:
        await stop.wait()
    finally:
        scheduler.shutdown(wait=False)
