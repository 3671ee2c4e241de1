"""The audit trail: entries without personal text, and details that may be erased."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of
from bot.store.models_seals import Xid8


class AuditKind(StrEnum):
    """What the trail tells."""

    LOOKED = "looked"
    ASKED = "asked"
    DECIDED = "decided"
    BROKE_GLASS = "broke_glass"
    REVIEWED = "reviewed"
    QUESTIONED = "questioned"
    STEPPED_UP = "stepped_up"
    EXECUTED = "executed"
    VERIFIED = "verified"
    ENDED = "ended"
    VOIDED = "voided"
    LINKED = "linked"
    HOLD_ENDED = "hold_ended"
    HOLD_CHANGED = "hold_changed"
    RESPONDED = "responded"
    ERASED = "erased"
    RESUMED = "resumed"
    """Somebody had the rest of a plan done."""
    RULED = "ruled"
    """A process began to go by another policy."""
    SENT_AGAIN = "sent_again"
    """Somebody had sent once more what did not arrive."""
    ARRIVED = "arrived"
    """Somebody looked whether what was sent arrived, since nobody else could tell."""
    PRUNED = "pruned"
    """The entries of the leaves below `facts["below"]` are older than they are kept, and go; their leaves stay."""


class AuditEntry(Base):
    """One line of the trail; rows are only ever added (promise 8). Ids and commitments, no personal text."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    """None: the bot itself, or the command line."""
    action: Mapped[str]
    target: Mapped[str]
    proposal_id: Mapped[uuid.UUID | None]
    step: Mapped[int | None]
    facts: Mapped[JSON]
    """Ids, counts and states; nothing that names or describes a person."""
    commitment: Mapped[bytes]
    """SHA-256 of salt and details: proves the details as long as they exist, says nothing after erasure."""
    xid: Mapped[str] = mapped_column(Xid8, server_default=func.pg_current_xact_id(), deferred=True)
    """The transaction that wrote it: what none that still runs can come before may be sealed."""

    __table_args__ = (
        one_of("kind", AuditKind),
        Index(None, "target", "at"),
        # A day is found among years of entries, which come in the order of their time.
        Index(None, "at", postgresql_using="brin"),
        Index(None, "proposal_id"),
        Index(None, "actor_id", "at"),
        # What comes after the last one that is sealed.
        Index("ix_audit_log_xid_id", "xid", "id"),
        # One execution, one entry (promise 3).
        Index("uq_audit_log_executed", "proposal_id", "step", unique=True, postgresql_where=text("kind = 'executed'")),
        # A hold ends once (promise 6).
        Index(
            "uq_audit_log_hold_ended",
            "proposal_id",
            "step",
            "target",
            unique=True,
            postgresql_where=text("kind = 'hold_ended'"),
        ),
    )


class AuditDetail(Base):
    """The personal part of an audit entry: may be erased, and takes its salt along."""

    __tablename__ = "audit_details"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit_log.id"), primary_key=True)
    salt: Mapped[bytes]
    body: Mapped[JSON]
