"""The clock: APScheduler wakes a sweep, and PostgreSQL decides who does what. Any number of clocks may run."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError

INTERVAL = 2.0  # seconds
PATIENCE = 2.0  # seconds for the rounds that are under way at the end
LONGEST = 20.0  # seconds that one round of a chore may take

log = structlog.get_logger()


Chore = Callable[[], Awaitable[object]]
"""What every tick looks after: one or more short transactions, safe to run in many clocks."""


async def tick(chores: Mapping[str, Chore]) -> None:
    """One round of each."""
    await asyncio.gather(*(once(name, chore) for name, chore in chores.items()))


async def once(name: str, chore: Chore) -> None:
    """One round of a chore; what fails, or takes longer than it may, is done by the next."""
    try:
        async with asyncio.timeout(LONGEST):
            await chore()
    except (DBAPIError, TimeoutError) as error:
        log.warning("the sweep will try again", sweep=name, error=type(error).__name__)
    except Exception:
        log.exception("a sweep failed; it will try again", sweep=name)


async def run(chores: Mapping[str, Chore], stop: asyncio.Event) -> None:
    """Sweep until `stop`; rounds that are under way are finished, unless the database keeps them waiting.

    Each chore has rounds of its own: one that waits for a lock keeps no other from its time. While a round goes on, the
    next one is left out.
    """
    under_way = {name: asyncio.Lock() for name in chores}

    async def one_round(name: str, chore: Chore) -> None:
        if under_way[name].locked():
            return
        async with under_way[name]:
            await once(name, chore)

    scheduler = AsyncIOScheduler(timezone="UTC")
    for name, chore in chores.items():
        # A round whose time went by unnoticed on a busy machine is late; by default it would be left out. The second of
        # two at once ends itself: with one allowed, APScheduler would warn of each.
        settings = {"coalesce": True, "misfire_grace_time": None, "max_instances": 2}
        scheduler.add_job(one_round, "interval", [name, chore], seconds=INTERVAL, **settings)
    scheduler.start()
    try:
        await stop.wait()
    finally:
        scheduler.pause()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(lock.acquire() for lock in under_way.values())), PATIENCE)
        scheduler.shutdown(wait=False)
