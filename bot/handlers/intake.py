"""Accepting is storing: payloads and their jobs in one statement, then the acks. Nothing else happens here.

Committing is what costs, so payloads that arrive while a statement is under way share the next one; one that arrives
alone goes at once. The statement calls procrastinate's own SQL function (internal, hence the pinned version): one
round trip is what makes the ack fast.
"""

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from prometheus_client import Counter, Histogram
from psycopg import AsyncCursor
from psycopg_pool import PoolTimeout

from bot import traces
from bot.errors import Malformed, Unavailable
from bot.handlers.payloads import storable_text
from bot.logs import REFERENCE
from bot.store.database import Database
from bot.store.models import Kind
from bot.store.outbox import NO_ANSWER
from bot.store.queue import Task

ACCEPTED = Counter("pm_accepted_total", "Payloads stored and acknowledged", ["kind"])
REPEATED = Counter("pm_repeated_total", "Payloads that had been stored before", ["kind"])
ACKNOWLEDGED = Histogram(
    "pm_ack_seconds",
    "How long a payload took to be stored, which is what its ack waits for",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
)
BATCHES = Histogram("pm_stored_together", "Payloads stored by one statement", buckets=(1, 2, 5, 10, 20, 50, 100))

LARGEST_BATCH = 100
PATIENCE = 2.0  # seconds; the answer to Slack is due in 3 s
PAUSE = 0.05  # seconds between attempts to reach the database

SLOW_AFTER = 20  # seconds without an answer from Slack's Web API, after which people are told not to wait
NO_LONGER = 1800  # seconds after which one message that is never answered says nothing of Slack

HANDLE = Task("handle", 30)

# Of payloads with the same key the first is stored. The rows come back as one: the keys that were new, and whether
# answers have been kept back by Slack for some time.
STORE = f"""
WITH stored AS (
    INSERT INTO pmbot.inbox (key, kind, payload, reference)
    SELECT key, kind, payload, reference
    FROM jsonb_to_recordset(%(payloads)s::jsonb) AS it(key text, kind text, payload jsonb, reference text)
    ON CONFLICT (key) DO NOTHING RETURNING id, key
)
SELECT coalesce(array_agg(key), '{{}}'), pmbot.procrastinate_defer_jobs_v1(array_agg(ROW(
    '{HANDLE.lane}', '{HANDLE.name}', {HANDLE.urgency}, NULL, NULL, jsonb_build_object('inbox_id', id), NULL
)::pmbot.procrastinate_job_to_defer_v1)), EXISTS (
    SELECT FROM pmbot.messages WHERE refusal = '{NO_ANSWER}'
    AND failing BETWEEN now() - interval '{NO_LONGER} seconds' AND now() - interval '{SLOW_AFTER} seconds'
) FROM stored
"""  # noqa: S608 - a constant

AWAY = "I could not reach the database, so nothing was done. Try again in a minute."
UNSURE = (
    "The connection to the database broke while I stored this, so I do not know whether it is done. "
    "Check with /pm requests before you try again."
)
AWAY_CODES = ("08", "53", "57")  # PostgreSQL's classes for: no connection, no resources, shutting down
TOO_MUCH_CODES = ("22", "54")  # and for: no such value, beyond a limit

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Waiting:
    """A payload on its way into the database."""

    key: str
    document: str
    """The row as JSON."""
    stored: asyncio.Future[bool]
    """Whether it was new."""
    sent: bool = False
    """It was part of a statement, so that without an answer nobody knows."""


class Intake:
    """Stores payloads. Any number of processes do, for the same database."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool
        self._waiting: deque[Waiting] = deque()
        self._flusher: asyncio.Task[None] | None = None
        """One statement is under way at a time: a second would only queue for the same lock in the commit."""
        self._cursor: AsyncCursor[Any] | None = None
        """Kept from one statement to the next: a connection from the pool costs a third of a statement."""
        self.slack_is_slow = False
        """Answers have waited for Slack for some time, as of the statement that stored last."""

    async def store(self, kind: Kind, key: str, payload: Mapping[str, Any]) -> bool:
        """Store the payload with its job; False if it was stored before. Raises `Unavailable`, or `Malformed`."""
        started, full_key = time.monotonic(), f"{kind}:{key}"
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        one = Waiting(full_key, _document(full_key, kind, payload), stored)
        self._waiting.append(one)
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        try:
            with traces.payload(full_key, kind):
                async with asyncio.timeout(PATIENCE):
                    new = await stored
        except TimeoutError:
            log.error("could not store a payload in time", kind=kind, sent=one.sent)  # noqa: TRY400 - it would tell where we waited
            raise Unavailable(UNSURE if one.sent else AWAY) from None
        ACKNOWLEDGED.observe(time.monotonic() - started)
        (ACCEPTED if new else REPEATED).labels(kind).inc()
        return new

    async def drain(self) -> None:
        """Wait until everything that was accepted is stored."""
        while self._flusher is not None:
            await asyncio.wait([self._flusher])
        await self._let_go()

    async def _flush(self) -> None:
        """Store what is waiting, batch by batch, until nothing is."""
        batch: list[Waiting] = []
        try:
            while batch := self._take():
                await self._write(batch)
        finally:
            self._flusher = None  # at once: whoever comes before the task has ended needs another
            for one in batch:
                _settle(one, Unavailable(UNSURE))  # in vain, unless this was ended in the middle

    def _take(self) -> list[Waiting]:
        """What still has somebody waiting for it, oldest first."""
        batch: list[Waiting] = []
        while self._waiting and len(batch) < LARGEST_BATCH:
            one = self._waiting.popleft()
            if not one.stored.done():
                batch.append(one)
        return batch

    async def _write(self, batch: Sequence[Waiting]) -> None:
        """Store a batch; when the database refuses it, one by one, so that a payload it cannot hold fails alone."""
        try:
            new = await self._insert(batch)
        except psycopg.Error as error:
            if len(batch) == 1:
                _settle(batch[0], _cannot_hold(error) or error)
                return
            log.warning("a batch was refused", payloads=len(batch), error=type(error).__name__)
            for one in batch:
                await self._write([one])
            return
        BATCHES.observe(len(batch))
        for one in batch:
            _settle(one, one.key in new)
            new.discard(one.key)  # of the same key only the first was new

    async def _insert(self, batch: Sequence[Waiting]) -> set[str]:
        """The keys that were new. While the database is away and somebody waits, it tries again: twice is once."""
        while wanted := [one for one in batch if not one.stored.done()]:
            try:
                new, self.slack_is_slow = await _execute(await self._ready(), wanted)
            except BaseException as error:
                await self._let_go()
                if not isinstance(error, (psycopg.OperationalError, PoolTimeout)) or not _is_away(error):
                    raise
                log.warning("the database is away", payloads=len(wanted), error=type(error).__name__)
                await asyncio.sleep(PAUSE)
            else:
                return new
        return set()

    async def _ready(self) -> AsyncCursor[Any]:
        if self._cursor is None:
            self._cursor = (await self._pool.getconn(timeout=PATIENCE)).cursor()
        return self._cursor

    async def _let_go(self) -> None:
        """Whatever is wrong with a connection, the pool finds out."""
        if self._cursor is not None:
            connection, self._cursor = self._cursor.connection, None
            await self._pool.putconn(connection)


async def _execute(cursor: AsyncCursor[Any], batch: Sequence[Waiting]) -> tuple[set[str], bool]:
    wanted = [one for one in batch if not one.stored.done()]  # who gave up was told that nothing was done
    for one in wanted:
        one.sent = True
    await cursor.execute(STORE, {"payloads": f"[{','.join(one.document for one in wanted)}]"})
    row = await cursor.fetchone()
    return (set(row[0]), row[2]) if row else (set(), False)


def _is_away(error: psycopg.OperationalError | PoolTimeout) -> bool:
    return error.sqlstate is None or error.sqlstate[:2] in AWAY_CODES


def _cannot_hold(error: psycopg.Error) -> Malformed | None:
    """What PostgreSQL's jsonb has no room for (an infinite number, a key of kilobytes) is no payload of anybody's."""
    too_much = error.sqlstate is not None and error.sqlstate[:2] in TOO_MUCH_CODES
    return Malformed("The payload contains a value that the database cannot store.") if too_much else None


def _settle(one: Waiting, result: bool | Exception) -> None:  # noqa: FBT001 - what became of it
    """Tell whoever waits, if anybody still does."""
    if one.stored.done():
        return
    if isinstance(result, Exception):
        one.stored.set_exception(result)
    else:
        one.stored.set_result(result)


def _document(key: str, kind: Kind, payload: Mapping[str, Any]) -> str:
    row = {"key": key, "kind": kind, "payload": payload, "reference": REFERENCE.get()}
    return storable_text(json.dumps(row, ensure_ascii=False))


def trigger_key(body: Mapping[str, Any]) -> str:
    """Of a command, and of a click."""
    return str(body.get("trigger_id") or _fingerprint(body))


def submission_key(body: Mapping[str, Any]) -> str:
    """A view is submitted once for each of its states."""
    view = body["view"]
    return f"{view['id']}:{view.get('hash', '')}"


def event_key(body: Mapping[str, Any]) -> str:
    return str(body["event_id"])


def _fingerprint(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
