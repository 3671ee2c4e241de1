"""Telling witnesses the newest root, once an hour, each by one process; and telling people of one that accepts nothing.

A process that dies between telling and noting it has the witness told again: twice the same line is one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.sealing import newest
from bot.audit.seals import Seal
from bot.audit.sightings import root_text
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON, AuditWitness
from bot.witnesses.base import NotTold, Witness

CHANNEL = "security"
PROJECTION = "audit_witness"
AFTER = dt.timedelta(minutes=5)  # of failing; less is told to nobody
MISSING: Mapping[str, str] = {
    "file": "the file of PM_AUDIT_WITNESS_FILE",
    "database": "the database of PM_AUDIT_WITNESS_DATABASE_URL",
    "mail": "the mail to PM_AUDIT_WITNESS_MAIL",
}

KNOWN = text("INSERT INTO pmbot.audit_witnesses (name) VALUES (:name) ON CONFLICT DO NOTHING")
CLAIM = text(
    """
    UPDATE pmbot.audit_witnesses SET claimed = clock_timestamp()
    WHERE name = :name AND number IS DISTINCT FROM :number
      AND (told IS NULL OR told < clock_timestamp() - interval '1 hour')
      AND (claimed IS NULL OR claimed < clock_timestamp() - interval '1 minute')
    RETURNING name
    """
)
TOLD = text(
    """
    UPDATE pmbot.audit_witnesses AS witness
    SET told = clock_timestamp(), number = :number, claimed = NULL, failing = NULL, error = NULL
    FROM pmbot.audit_witnesses AS before WHERE witness.name = :name AND before.name = witness.name
    RETURNING before.failing
    """
)
FAILED = text(
    """
    UPDATE pmbot.audit_witnesses SET failing = coalesce(failing, clock_timestamp()), error = :error
    WHERE name = :name RETURNING failing, clock_timestamp() - failing AS lasts
    """
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Teller:
    """Any number of clocks may sweep."""

    database: Database
    renderer: Renderer
    witnesses: Sequence[Witness]
    security: bool
    """Whether there is a channel that is told, too."""
    outside: Mapping[str, str] = field(default_factory=lambda: MISSING)

    async def sweep(self) -> int:
        """Tell whoever has not been told for an hour; how many were."""
        told = int(self.security and await self._post())
        for one in self.witnesses:
            seal = await self._claim(one.name)
            if seal is None:
                continue
            try:
                await one.tell(seal)
            except NotTold as error:
                log.warning("a witness does not accept the root", witness=one.name, error=str(error))
                await self._failed(one.name, str(error))
            else:
                await self._told(one.name, seal)
                told += 1
        return told

    async def draw(self, session: AsyncSession, subject: str) -> JSON:
        """The message about a witness that accepts nothing; `subject`: its name, and since when."""
        name, _, since = subject.partition(" ")
        row, began = await session.get_one(AuditWitness, name), dt.datetime.fromisoformat(since)
        values = {"what": self.outside.get(name, name), "since": began, "error": row.error, "told": row.told}
        going_on = row.failing == began
        return self.renderer.message("audit/witness.j2", Clearance.CHANNEL, going_on=going_on, **values)

    async def _claim(self, name: str) -> Seal | None:
        async with self.database.transaction() as session:
            return await self._claimed(session, name)

    async def _claimed(self, session: AsyncSession, name: str) -> Seal | None:
        seal = await newest(session)
        if seal is None:
            return None
        await session.execute(KNOWN, {"name": name})
        claimed = await session.scalar(CLAIM, {"name": name, "number": seal.number})
        return seal if claimed is not None else None

    async def _told(self, name: str, seal: Seal) -> None:
        async with self.database.transaction() as session:
            failing = await session.scalar(TOLD, {"name": name, "number": seal.number})
            if failing is not None:
                await outbox.refresh(session, key_of(name, failing))

    async def _failed(self, name: str, error: str) -> None:
        async with self.database.transaction() as session:
            row = (await session.execute(FAILED, {"name": name, "error": error})).one()
            if row.lasts < AFTER or await outbox.known(session, key_of(name, row.failing)):
                return
            subject = f"{name} {row.failing.isoformat()}"
            key = key_of(name, row.failing)
            await outbox.show(session, key, channel=CHANNEL, projection=PROJECTION, subject=subject)

    async def _post(self) -> bool:
        """A message a day, and under it one an hour: what somebody has read is not changed any more."""
        async with self.database.transaction() as session:
            seal = await self._claimed(session, CHANNEL)
            if seal is None:
                return False
            content = self.renderer.message(
                "audit/root.j2", Clearance.CHANNEL, size=seal.size, at=seal.at, root=root_text(seal)
            )
            day = f"audit_root:{seal.at.astimezone(dt.UTC):%Y-%m-%d}"
            _, thread = await outbox.place_of(session, day)
            key = f"audit_root:{seal.number}" if thread else day
            posted = await outbox.post(session, key, content, channel=CHANNEL, thread_ts=thread)
            noted = update(AuditWitness).where(AuditWitness.name == CHANNEL)
            await session.execute(noted.values(told=text("clock_timestamp()"), number=seal.number, claimed=None))
            return posted


def key_of(name: str, since: dt.datetime) -> str:
    """Names the message about a witness that has accepted nothing since then."""
    return f"{PROJECTION}:{name}:{since.timestamp()}"
