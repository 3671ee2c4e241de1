"""What is in force on the demo's platform: as its gateway remembers it, else as the tables say."""

import time
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from bot.demo import gateway_queries as queries
from bot.demo.gateway_flags import Flag, Row
from bot.demo.gateway_memory import Held, Jobs, Memory, Pausing, Session


class Reading:
    """Reads through the memory; its pool is open as long as the application's lifespan."""

    def __init__(self, conninfo: str, memory: Memory) -> None:
        self._memory = memory
        self.pool: AsyncConnectionPool[psycopg.AsyncConnection[DictRow]] = AsyncConnectionPool(
            conninfo,
            connection_class=psycopg.AsyncConnection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=4,
            timeout=5,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )

    async def rows(self, query: str, *values: object) -> list[DictRow]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []

    async def rows_named(self, query: str, **values: object) -> list[DictRow]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()

    async def sessions(self, condition: str, value: object) -> list[Session]:
        """Those in force by the tables, and from now on remembered."""
        generation, until = self._memory.generation, time.monotonic() + self._memory.seconds
        rows = await self.rows(f"{queries.IN_FORCE} AND {condition}", value)
        held = await self._held({row["user_id"] for row in rows})
        sessions = [Session(**row, held=held.get(row["user_id"], ()), until=until) for row in rows]
        self._memory.remember(sessions, generation)
        return [session for session in sessions if session.fresh]

    async def sessions_of(self, user_id: uuid.UUID) -> Collection[Session]:
        """All of a person's, each as it is remembered."""
        read = {one.id: one for one in await self.sessions("s.user_id = %s", user_id)}
        return (read | {one.id: one for one in self._memory.of_user(user_id)}).values()

    async def access(self, user_id: uuid.UUID) -> tuple[Held, ...]:
        """The roles that a session begun now would have; without any, nobody may sign in."""
        if remembered := self._memory.access(user_id):
            return remembered
        generation = self._memory.generation
        allowed = await self.rows(queries.ALLOWED, user_id)
        held = (await self._held([user_id])).get(user_id, ()) if allowed else ()
        self._memory.remember_access(user_id, generation, held)
        return held

    async def _held(self, user_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[Held, ...]]:
        held: dict[uuid.UUID, tuple[Held, ...]] = {}
        for row in await self.rows(queries.ROLES, list(user_ids)):
            user_id = row.pop("user_id")
            held[user_id] = (*held.get(user_id, ()), Held(**row))
        return held

    async def known(self, what: str, asked: Collection[object]) -> set[object]:
        """Those of them that are there, in force or not."""
        return {row["id"] for row in await self.rows(queries.KNOWN[what], list(asked))} if asked else set()

    async def flag(self, key: str) -> Flag | None:
        """The flag with everything that decides about it, None if there is none of that key."""
        if remembered := self._memory.flag(key):
            return remembered
        generation = self._memory.generation
        own = await self.rows(queries.FLAG, key)
        if not own:
            return None
        rows = await self.rows_named(queries.FLAG_ROWS, key=key)
        rules = {(row["rule"], row["whose"]): Row(row["enabled"], row["expires"]) for row in rows}
        flag = Flag(key, **own[0], rows=rules)
        self._memory.remember_flag(flag, generation)
        return flag

    async def row(self, things: str, identifier: str) -> dict[str, Any] | None:
        """Of one thing, by its columns; None if there is none of that id."""
        if remembered := self._memory.row(things, identifier):
            return remembered
        generation = self._memory.generation
        found = await self.rows(queries.ROWS[things], identifier) if things in queries.ROWS else []
        if not found:
            return None
        row: dict[str, Any] = found[0]["row"]
        self._memory.remember_row(things, identifier, generation, row)
        return row

    async def several(self, things: str, identifiers: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Those that there are, by id: as they are remembered, and the others as read together."""
        rows = {one: row for one in identifiers if (row := self._memory.row(things, one))}
        generation = self._memory.generation
        if rest := [one for one in identifiers if one not in rows]:
            for found in await self.rows(queries.ROWS[things].replace("= %s", "= ANY(%s)"), rest):
                row = found["row"]
                self._memory.remember_row(things, row["id"], generation, row)
                rows[row["id"]] = row
        return rows

    async def pausing(self, jobs: Jobs) -> Pausing:
        """Whether workers would take such a job."""
        if remembered := self._memory.paused(jobs):
            return remembered
        generation = self._memory.generation
        pausing = Pausing(**(await self.rows_named(queries.PAUSED, queue=jobs[0], tenant=jobs[1]))[0])
        self._memory.remember_paused(jobs, generation, pausing)
        return pausing
