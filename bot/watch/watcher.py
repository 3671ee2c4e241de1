"""Watching, in each process by itself: no clock, no job and no connection that work needs is needed for it."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from bot.store.database import Database
from bot.watch import notices, silence
from bot.watch.away import Away
from bot.watch.reasons import well
from bot.watch.routes.base import Route
from bot.watch.switch import Switch

EVERY = 5.0  # seconds
PATIENCE = 10.0  # seconds for one look
LAST = 3.0  # seconds that an end waits for what is under way

log = structlog.get_logger()


@dataclass(frozen=True)
class Watcher:
    """One process's watch. Any number of processes watch, and agree in PostgreSQL."""

    database: Database
    routes: Mapping[str, Route]
    away: Away
    switch: Switch | None
    canary: bool
    """Whether there is a channel for it."""

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; a notice that is on its way then may arrive, but keeps nobody waiting for long."""
        watching = asyncio.create_task(self._watch(stop))
        await stop.wait()
        await asyncio.wait({watching}, timeout=LAST)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY)

    async def look(self) -> None:
        """See how the bot is, and tell of what nobody has told of. Raises nothing: who else would watch?"""
        try:
            async with asyncio.timeout(PATIENCE):
                seen = await silence.look(self.database, list(self.routes), canary=self.canary)
        except (psycopg.Error, PoolTimeout, TimeoutError) as error:
            log.warning("the watch does not reach the database", error=type(error).__name__)
            await self._guarded_gone(type(error).__name__)
            return
        except Exception:
            log.exception("the watch failed; it will look again")
            return
        try:
            await self.away.back()
            await notices.tell(self.database, self.routes)
            if self.switch is not None and seen is not None and well(seen, canary=self.canary):
                await self.switch.ping(self.database)
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("the watch lost the database", error=type(error).__name__)
        except Exception:
            log.exception("a second route failed; it will be tried again")

    async def _guarded_gone(self, why: str) -> None:
        try:
            await self.away.gone(why)
        except Exception:
            log.exception("a second route failed; it will be tried again")

    async def close(self) -> None:
        """Let go of all connections but the database's."""
        for one in self.routes.values():
            await one.close()
        if self.switch is not None:
            await self.switch.close()
