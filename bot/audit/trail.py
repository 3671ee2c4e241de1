"""The audit trail: rows are only ever added, and say who did what to whom without naming anybody.

The named, personal part of an entry lives in `audit_details` and may be erased; the entry keeps a salted
commitment to it, so that as long as the details exist they can be proven, and afterwards say nothing.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import LargeBinary, Text, bindparam, cast, func, insert, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from bot.erasure import Person
from bot.store.base import table
from bot.store.models import AuditDetail, AuditEntry, AuditKind
from bot.store.prepared import Prepared

SALT_BYTES = 32


_WRITTEN = ("kind", "actor_id", "action", "target", "proposal_id", "step", "facts", "commitment")
_LOG = table(AuditEntry)
_ENTRY = insert(_LOG).values({name: bindparam(name) for name in _WRITTEN}).returning(_LOG.c.id).cte("entry")
# The entry and its details in one statement.
_ADDED = Prepared(
    insert(table(AuditDetail)).from_select(
        ["audit_id", "salt", "body"],
        select(_ENTRY.c.id, bindparam("salt", type_=LargeBinary), bindparam("body", type_=JSONB)),
    )
)


def commitment(salt: bytes, details: dict[str, Any]) -> bytes:
    """SHA-256 over the salt and the details in canonical JSON."""
    canonical = json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(salt + canonical.encode()).digest()


async def append(
    session: AsyncSession,
    kind: AuditKind,
    *,
    actor_id: uuid.UUID | None,
    action: str,
    target: str,
    proposal_id: uuid.UUID | None = None,
    step: int | None = None,
    facts: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add one entry in the caller's transaction. `facts`: ids, counts, states; `details`: names, reasons, addresses."""
    salt = secrets.token_bytes(SALT_BYTES)
    written = {
        "kind": kind,
        "actor_id": actor_id,
        "action": action,
        "target": target,
        "proposal_id": proposal_id,
        "step": step,
        "facts": facts or {},
        "commitment": commitment(salt, details or {}),
    }
    await session.flush()  # what the entry is about comes before it
    await _ADDED.rows(session, **written, salt=salt, body=details or {})


async def erase(session: AsyncSession, person: Person, *, about: Collection[uuid.UUID], by: uuid.UUID) -> int:
    """Delete the details, with their salts, of whatever is about the person or names them; how many.

    `about`: requests about them. First an entry says whose details go, and of which entries: the database deletes none
    of which none says so. The entries stay, with commitments that nobody can follow to anything.
    """
    gone = (
        select(AuditEntry.id)
        .join(AuditDetail)
        .where(
            or_(
                AuditEntry.target.endswith(person.key, autoescape=True),
                AuditEntry.proposal_id.in_(about),
                cast(AuditDetail.body, Text).regexp_match(person.pattern, flags="i"),
            )
        )
        .order_by(AuditEntry.id)
    )
    entries = list(await session.scalars(gone))
    await append(
        session,
        AuditKind.ERASED,
        actor_id=by,
        action="user.erase",
        target=person.key,
        facts={"entries": entries},
    )
    return await session.scalar(select(func.pmbot.erase_details(person.key))) or 0
