"""Appending to the audit trail while it is sealed, beside bare INSERTs; verifying it, beside hashlib."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Callable

import psycopg

from bench import Comparison, Figure, bench
from bench.surroundings import Surroundings
from bot.audit import reading
from bot.audit.merkle import LEAF
from bot.audit.sealing import Sealer
from bot.audit.verifying import Verifier
from bot.store.database import OPTIONS, Database

WRITERS, EACH, ROUNDS, ENTRIES = 8, 150, 5, 60_000
COLUMNS = "kind, actor_id, action, target, proposal_id, step, facts, commitment"
ROW = (
    *("looked", uuid.UUID(int=1), "staff.suspend", f"staff:{uuid.UUID(int=2)}", None, None),
    *('{"was": true, "sessions": 4}', bytes(32)),
)
OURS = f"INSERT INTO pmbot.audit_log ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - constants
BARE = OURS.replace("pmbot.audit_log", "pmbot.bare_log")
# The same columns and indexes, and none of the triggers, the transaction's number or its index.
TABLE = """
CREATE TABLE pmbot.bare_log (LIKE pmbot.audit_log INCLUDING ALL);
DROP INDEX pmbot.bare_log_xid_id_idx;
ALTER TABLE pmbot.bare_log DROP COLUMN xid;
GRANT INSERT ON pmbot.bare_log TO pmbot_app
"""
MANY = f"""
INSERT INTO pmbot.audit_log ({COLUMNS})
SELECT 'looked', gen_random_uuid(), 'staff.suspend', 'staff:' || gen_random_uuid(), NULL, NULL,
       jsonb_build_object('was', true, 'sessions', number), sha256(number::text::bytea)
FROM generate_series(1, {ENTRIES}) AS number
"""  # noqa: S608 - constants


@bench
async def appended(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Each entry in a transaction of its own, by eight connections; the sealer runs oftener than by the clock."""
    async with surroundings.database() as url:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(TABLE.encode())
        database = Database(url)
        ours, bare = [], []
        for _ in range(ROUNDS + 1):
            sealing = asyncio.create_task(_seal(database))
            ours.append(await _written(url, OURS))
            sealing.cancel()
            await asyncio.gather(sealing, return_exceptions=True)
            bare.append(await _written(url, BARE))
        await database.close()
    what = "Audit entries from 8 writers with sealing on ÷ bare INSERT"
    yield Comparison(what, "µs", Figure.typical(ours[1:]), Figure.typical(bare[1:]))


@bench
async def verified(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """From the database: read, every leaf, the tree, every seal; beside reading and hashing the same bytes."""
    async with surroundings.database() as url:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(MANY.encode())
        database = Database(url)
        await Sealer(database, None).sweep()
        await database.close()
        ours, read, hashed = [], [], []
        for _ in range(ROUNDS):
            ours.append(_timed(lambda: _verify(url)))
            read.append(_timed(lambda: _read(url)))
            with reading.trail(url) as trail:
                bodies = [body for _, _, _, body in trail.leaves() if body is not None]
            hashed.append(_timed(lambda: _hash(bodies)))  # noqa: B023 - at once
    yield Comparison(
        "pm audit verify ÷ reading the same rows and hashlib", "µs", Figure.typical(ours), Figure.typical(read)
    )
    yield Comparison(
        "pm audit verify ÷ hashlib alone, over bytes in memory", "µs", Figure.typical(ours), Figure.typical(hashed)
    )


async def _seal(database: Database) -> None:
    sealer = Sealer(database, None)
    while True:
        await sealer.sweep()
        await asyncio.sleep(0.2)


async def _written(url: str, statement: str) -> float:
    """Microseconds an entry."""

    async def write(connection: psycopg.AsyncConnection[object]) -> None:
        for _ in range(EACH):
            await connection.execute(statement.encode(), ROW)

    connections = [await psycopg.AsyncConnection.connect(url, options=OPTIONS, autocommit=True) for _ in range(WRITERS)]
    started = time.perf_counter()
    await asyncio.gather(*(write(one) for one in connections))
    took = time.perf_counter() - started
    for one in connections:
        await one.close()
    return took / (WRITERS * EACH) * 1e6


def _verify(url: str) -> int:
    verifier = Verifier({})
    with reading.trail(url) as trail:
        verifier.run(trail.leaves(), trail.seals())
    if verifier.finish().named:
        raise RuntimeError("The trail is not whole.")
    return verifier.entries


def _read(url: str) -> int:
    with reading.trail(url) as trail:
        return _hash([body for _, _, _, body in trail.leaves() if body is not None])


def _hash(bodies: list[bytes]) -> int:
    for body in bodies:
        hashlib.sha256(LEAF + body).digest()
    return len(bodies)


def _timed(run: Callable[[], int]) -> float:
    """Microseconds an entry."""
    started = time.perf_counter()
    number = run()
    return (time.perf_counter() - started) / number * 1e6
