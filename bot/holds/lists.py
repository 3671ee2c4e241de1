"""The pauses on record, carried to the jobs that left PostgreSQL: now, whenever somebody asks, and at every tick."""

import uuid

import structlog
from sqlalchemy import text

from bot.errors import OutOfReach
from bot.holds.reads import clock
from bot.integrations.redis.lists import RedisLists
from bot.platform import queues
from bot.platform.queues import Scope
from bot.store.database import Database

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.lists'))")

log = structlog.get_logger()


class HeldLists:
    """What stands in Redis is made of our rows each time, never of what somebody remembers to have sent there.

    So it may be repeated by anybody at any time, a process that dies half-way leaves nothing to be mended, and a Redis
    that comes back empty is as it was after the next tick.
    """

    def __init__(self, database: Database, redis: RedisLists) -> None:
        self._database, self._redis = database, redis
        self._away = False  # when this process last tried: for its log alone

    async def carry(self) -> None:
        """Bring Redis up to date. Raises `OutOfReach`."""
        async with self._database.transaction() as session:
            await session.execute(LOCK)  # so that what is read later is also stamped later
            scopes, names = await queues.held_back(session), await queues.names(session)
            as_of = int((await clock(session)).timestamp() * 1_000_000)
        try:
            await self._redis.hold_back(scopes, names, as_of)
        except OutOfReach as error:
            if not self._away:
                log.warning("pauses do not reach Redis; I keep trying", error=type(error.__cause__).__name__)
            self._away = True
            raise
        if self._away:
            log.warning("pauses reach Redis again")
        self._away = False

    async def holds_back(self, queue: str | None, tenant_id: uuid.UUID | None) -> bool:
        """Whether the jobs of the scope that are in Redis wait there, brought up to date first. Raises `OutOfReach`."""
        await self.carry()
        return await self._redis.any_of(Scope(queue, tenant_id).covering_keys)

    async def close(self) -> None:
        await self._redis.close()
