"""The audit trail: rows are only ever added, and say who did what to whom without naming anybody.

The named, personal part of an entry lives in `audit_details` and may be erased; the entry keeps a salted
commitment to it, so that as long as the details exist they can be proven, and afterwards say nothing.
"""

import hashlib
import json
import secrets
import uuid
from typing import Any

from sqlalchemy import insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import AuditDetail, AuditEntry, AuditKind

SALT_BYTES = 32


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
    entry = insert(AuditEntry).values(
        kind=kind,
        actor_id=actor_id,
        action=action,
        target=target,
        proposal_id=proposal_id,
        step=step,
        facts=facts or {},
        commitment=commitment(salt, details or {}),
    )
    added = entry.returning(AuditEntry.id).cte("entry")
    personal = select(added.c.id, literal(salt), literal(details or {}, JSONB))
    await session.execute(insert(AuditDetail).from_select(["audit_id", "salt", "body"], personal))
