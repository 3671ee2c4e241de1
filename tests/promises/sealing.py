"""A sealed trail, and an owner who changes it behind the bot's back."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from bot.audit import guards, reading, trail
from bot.audit.findings import Finding, Kind
from bot.audit.sealing import Sealer, newest
from bot.audit.seals import Signer, new_key, public_keys
from bot.audit.sightings import Sighting, line_of
from bot.audit.verifying import Verifier
from bot.store.database import Database
from bot.store.models import AuditKind

SIGNER = Signer.of(new_key())
KEYS = public_keys([SIGNER.public])
GUARDED = ("audit_log", "audit_details", "audit_leaves", "audit_seals")
Sql = Callable[..., list[tuple[Any, ...]]]


async def sealed(database: Database, signer: Signer | None = SIGNER) -> int:
    """Seal all there is."""
    return await Sealer(database, signer).sweep()


async def grown(database: Database, rounds: int = 4, each: int = 3) -> None:
    """Some seals over some entries each."""
    await sealed(database)
    for _ in range(rounds):
        for number in range(each):
            await added(database, f"staff:{number}")
        await sealed(database)


async def added(database: Database, target: str, seconds: float = 0.0) -> None:
    """One entry, in a transaction that takes so long to commit."""
    async with database.transaction() as session:
        await trail.append(
            session,
            AuditKind.EXECUTED,
            actor_id=uuid.uuid4(),
            action="staff.suspend",
            target=target,
            proposal_id=uuid.uuid4(),
            step=0,
            facts={"was": [1.50, "ä"], "now": None},
            details={"reason": "because"},
        )
        await asyncio.sleep(seconds)


async def seen(database: Database, witness: str = "file", signer: Signer | None = SIGNER) -> Sighting:
    """What a witness is told of now."""
    async with database.transaction() as session:
        seal = await newest(session)
    assert seal is not None
    return Sighting.of_line(witness, line_of(seal))


def found(url: str, sightings: Sequence[Sighting] = (), keys: Any = KEYS) -> list[Finding]:
    """What a verification says."""
    verifier = Verifier(keys, sightings)
    with reading.trail(url) as of:
        reading.verify(of, verifier)
        verifier.found.extend(guards.look(of.connection))
        return verifier.finish().named


def kinds(findings: Sequence[Finding]) -> set[Kind]:
    return {one.kind for one in findings}


@contextlib.contextmanager
def as_owner(url: str) -> Iterator[psycopg.Connection]:
    """With all guards down for as long as it lasts: whoever owns the tables can do that."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in GUARDED:
            connection.execute(f"ALTER TABLE pmbot.{table} DISABLE TRIGGER USER")
        try:
            yield connection
        finally:
            for table in GUARDED:
                connection.execute(f"ALTER TABLE pmbot.{table} ENABLE TRIGGER USER")
