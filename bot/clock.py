"""The clock: APScheduler wakes a sweep, and PostgreSQL decides who does what. Any number of clocks may run."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import func, or_, select, text
from sqlalchemy.exc import DBAPIError

from bot import jobs
from bot.digests import schedule, slots
from bot.holds import engine
from bot.pipeline import standing, sweep, verify
from bot.pipeline.core import Core
from bot.store.models import Message
from bot.store.queue import defer

INTERVAL = 2.0  # seconds
PATIENCE = 2.0  # seconds for the rounds that are under way at the end
LONGEST = 20.0  # seconds that one round of a chore may take
UNSENT_AFTER = 30  # seconds after which an unsent message gets another job, in case its own is lost
SELDOM = 600  # seconds between two attempts at what Slack refuses for good

log = structlog.get_logger()


async def resend(core: Core) -> int:
    """Give messages that should have been sent long ago a new job; how many."""
    async with core.database.transaction() as session:
        late = await session.scalars(
            select(Message)
            .where(
                Message.version > Message.sent_version,
                Message.changed < func.now() - text(f"interval '{UNSENT_AFTER} seconds'"),
                or_(
                    Message.undeliverable.is_(None),
                    Message.changed < func.now() - text(f"interval '{SELDOM} seconds'"),
                ),
            )
            .limit(100)
            .with_for_update(skip_locked=True)
        )
        found = list(late)
        for message in found:
            message.changed = func.now()
            await defer(session, "deliver", message_id=str(message.id))
        return len(found)


Sweep = Callable[[], Awaitable[object]]


def sweeps(core: Core) -> dict[str, Sweep]:
    """What every tick looks after, by name: each is one or more short transactions, safe to run in many clocks."""
    return {
        "adopt": lambda: sweep.adopt(core),
        "ask_again": lambda: verify.ask_again(core),
        "expire": lambda: sweep.expire(core),
        "forget": lambda: sweep.forget(core),
        "holds": lambda: engine.sweep(core.database),
        "resend": lambda: resend(core),
        "recheck": lambda: standing.sweep(core),
        "rescue": lambda: jobs.rescue(core.database),
        "slots": lambda: slots.take(core.database, schedule.timetables(core.policy)),
    }


async def tick(chores: Mapping[str, Sweep]) -> None:
    """One round of each."""
    await asyncio.gather(*(once(name, chore) for name, chore in chores.items()))


async def once(name: str, chore: Sweep) -> None:
    """One round of a chore; what fails, or takes longer than it may, is done by the next."""
    try:
        async with asyncio.timeout(LONGEST):
            await chore()
    except (DBAPIError, TimeoutError) as error:
        log.warning("the sweep will try again", sweep=name, error=type(error).__name__)
    except Exception:
        log.exception("a sweep failed; it will try again", sweep=name)


async def run(chores: Mapping[str, Sweep], stop: asyncio.Event) -> None:
    """Sweep until `stop`; rounds that are under way are finished, unless the database keeps them waiting.

    Each chore has rounds of its own: one that waits for a lock keeps no other from its time.
    """
    under_way = {name: asyncio.Lock() for name in chores}

    async def one_round(name: str, chore: Sweep) -> None:
        async with under_way[name]:
            await once(name, chore)

    scheduler = AsyncIOScheduler(timezone="UTC")
    for name, chore in chores.items():
        # A round whose time went by unnoticed on a busy machine is late; by default it would be left out.
        scheduler.add_job(
            one_round, "interval", [name, chore], seconds=INTERVAL, coalesce=True, misfire_grace_time=None
        )
    scheduler.start()
    try:
        await stop.wait()
    finally:
        scheduler.pause()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(lock.acquire() for lock in under_way.values())), PATIENCE)
        scheduler.shutdown(wait=False)
