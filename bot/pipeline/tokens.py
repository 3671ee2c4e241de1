"""Tokens that say who asks from a terminal: made and revoked at the command line, shown once, kept as a fingerprint."""

import asyncio
import hashlib
import secrets
import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.pipeline.linking import in_one_transaction, member
from bot.store.models import AuditKind, CliToken

PREFIX = "pmcli_"


def fingerprint(token: str) -> str:
    """SHA-256 in hex: the token itself is 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def made(url: str, email: str) -> tuple[str, str]:
    """As `make`, from the command line. Raises `Misconfigured`, `Unavailable`."""
    return asyncio.run(in_one_transaction(url, lambda session: make(session, email)))


def revoked(url: str, email: str) -> tuple[str, bool]:
    """As `revoke`, from the command line. Raises `Misconfigured`, `Unavailable`."""
    return asyncio.run(in_one_transaction(url, lambda session: revoke(session, email)))


async def make(session: AsyncSession, email: str) -> tuple[str, str]:
    """A new token for this staff member, in place of any other; their name and the token. Raises `Misconfigured`."""
    person, token = await member(session, email), PREFIX + secrets.token_urlsafe(32)
    row = insert(CliToken).values(staff_id=person.id, fingerprint=fingerprint(token))
    new = {"fingerprint": row.excluded.fingerprint, "created": row.excluded.created}
    await session.execute(row.on_conflict_do_update(index_elements=["staff_id"], set_=new))
    await _note(session, person.id, "identity.cli_token")
    return person.name, token


async def revoke(session: AsyncSession, email: str) -> tuple[str, bool]:
    """The token of this staff member counts no longer; their name, and whether there was one."""
    person = await member(session, email)
    gone = await session.scalar(delete(CliToken).where(CliToken.staff_id == person.id).returning(CliToken.staff_id))
    if gone is not None:
        await _note(session, person.id, "identity.cli_token_revoked")
    return person.name, gone is not None


async def owner(session: AsyncSession, its_fingerprint: str) -> uuid.UUID | None:
    """The staff member whose token it is."""
    found: uuid.UUID | None = await session.scalar(
        select(CliToken.staff_id).where(CliToken.fingerprint == its_fingerprint)
    )
    return found


async def _note(session: AsyncSession, staff_id: uuid.UUID, action: str) -> None:
    facts = {"by": "command line"}
    await trail.append(session, AuditKind.LINKED, actor_id=None, action=action, target=f"staff:{staff_id}", facts=facts)
