"""Sealing: entries become leaves of the tree, and a seal says its new root. In one transaction, by one at a time.

Nobody who adds entries waits for it. What is sealed was written by transactions that ended before any that still runs,
so that a later commit cannot come before what is sealed already: entries stand in the tree in the order of transaction
and id, and each sealing goes on where the last one ended.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.entries import leaf
from bot.audit.merkle import Frontier
from bot.audit.seals import FIRST, Seal, Signer
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import AuditSeal

MOST = 10_000  # entries that one seal takes
ROUNDS = 10  # seals that one sweep makes at most

LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('pmbot.audit_seal', 0))")
# What every running transaction is younger than, and what none that this server ever ran is as old as.
MOMENT = text(
    "SELECT clock_timestamp() AS at, pg_snapshot_xmin(snapshot)::text::bigint AS below,"
    " pg_snapshot_xmax(snapshot)::text::bigint AS above FROM pg_current_snapshot() AS snapshot"
)
ENDED = "entry.xid < CAST(CAST(:below AS text) AS xid8)"
NEXT = f"(entry.xid, entry.id) > (CAST(CAST(:through AS text) AS xid8), :last) AND {ENDED}"
# In a database that was restored on another server, transactions have begun to be counted anew.
ANEW = f"({ENDED} OR entry.xid >= CAST(CAST(:above AS text) AS xid8))"
ADD = """
WITH fresh AS MATERIALIZED (
    SELECT entry.id, entry.xid, {leaf} AS leaf FROM pmbot.audit_log AS entry
    WHERE {which} AND NOT EXISTS (SELECT FROM pmbot.audit_leaves WHERE audit_id = entry.id)
    ORDER BY entry.xid, entry.id LIMIT :most
), added AS (
    INSERT INTO pmbot.audit_leaves (position, audit_id, hash)
    SELECT :size + row_number() OVER (ORDER BY xid, id) - 1, id, sha256('\\x00'::bytea || leaf) FROM fresh
    RETURNING position, audit_id, hash
)
SELECT added.hash, fresh.xid::text::bigint AS xid, fresh.id FROM added JOIN fresh ON fresh.id = added.audit_id
ORDER BY added.position
"""
ADD_NEXT = text(ADD.format(leaf=leaf("entry"), which=NEXT))
ADD_ANEW = text(ADD.format(leaf=leaf("entry"), which=ANEW))

_SEALS = table(AuditSeal)
_NEWEST = select(_SEALS).order_by(_SEALS.c.number.desc()).limit(1)
_NEW = insert(_SEALS).values({name: bindparam(name) for name in _SEALS.columns.keys()})  # noqa: SIM118 - of columns


@dataclass(frozen=True)
class Sealer:
    """Any number of processes may sweep."""

    database: Database
    signer: Signer | None
    """None: seals are chained, and not signed."""

    async def sweep(self) -> int:
        """Seal what there is; how many entries."""
        sealed = 0
        for _ in range(ROUNDS):
            added = await self.seal()
            sealed += added
            if added < MOST:
                break
        return sealed

    async def seal(self) -> int:
        """One more seal, where there is anything to seal and nobody else is at it; over how many new entries."""
        async with self.database.transaction() as session:
            if not await session.scalar(LOCK):
                return 0
            last = await newest(session)
            now = (await session.execute(MOMENT)).one()
            rows = await _added(session, last, now)
            if not rows:
                return 0
            frontier = Frontier.of(last.size, last.frontier) if last else Frontier()
            for row in rows:
                frontier.add(row.hash)
            seal = self._signed(_seal(last, frontier, now.at, _through(last, rows, now)))
            await session.execute(_NEW, _row(seal))
            return len(rows)

    def _signed(self, seal: Seal) -> Seal:
        if self.signer is None:
            return seal
        named = replace(seal, key=self.signer.key_id)
        return replace(named, signature=self.signer.sign(named.statement))


async def newest(session: AsyncSession) -> Seal | None:
    """The last seal there is."""
    row = (await session.execute(_NEWEST)).one_or_none()
    return of_row(row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name for it


def of_row(row: Any) -> Seal:
    """From a mapping of the table's columns."""
    return Seal(**{**row, "through_xid": int(row["through_xid"])})


def _row(seal: Seal) -> dict[str, Any]:
    return {**vars(seal), "through_xid": str(seal.through_xid)}


def _restored(last: Seal | None, now: Any) -> bool:
    """Whether the last seal is of another server's time."""
    return last is not None and last.through_xid >= now.above


async def _added(session: AsyncSession, last: Seal | None, now: Any) -> Any:
    given = {"below": str(now.below), "size": last.size if last else 0, "most": MOST}
    if _restored(last, now):
        return (await session.execute(ADD_ANEW, given | {"above": str(now.above)})).all()
    reached = {"through": str(last.through_xid if last else 0), "last": last.through_id if last else 0}
    return (await session.execute(ADD_NEXT, given | reached)).all()


def _through(last: Seal | None, rows: Any, now: Any) -> tuple[int, int]:
    """How far the order of entries is sealed now, without a gap."""
    if last is None or not _restored(last, now):
        return rows[-1].xid, rows[-1].id
    return (last.through_xid, last.through_id) if len(rows) == MOST else (now.below, 0)


def _seal(last: Seal | None, frontier: Frontier, at: dt.datetime, through: tuple[int, int]) -> Seal:
    return Seal(
        number=last.number + 1 if last else 1,
        size=frontier.size,
        root=frontier.root,
        frontier=frontier.stored,
        previous=last.hash if last else FIRST,
        at=at,
        through_xid=through[0],
        through_id=through[1],
    )
