"""Rows of what was carried out: each step, what the system concerned says of it, and the calls that follow from it."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class Verification(StrEnum):
    """What the system concerned said when asked whether it holds."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    NOT_YET = "not_yet"
    RECORDED = "recorded"
    """Nobody to ask: recorded, not verified."""
    UNCONFIRMED = "unconfirmed"
    """Asked for as long as any cache lasts, and still not in force, or not answered: somebody has to look."""
    OWN = "own"
    """Something of the bot's own: in force with its commit, and no other system is to be asked."""


class Execution(Base):
    """A step that was carried out. Its key is what makes it happen once (promise 3)."""

    __tablename__ = "executions"

    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[JSON]
    """What the card says and what undo needs."""
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    verification: Mapped[str] = mapped_column(default=Verification.PENDING)
    verified: Mapped[dt.datetime | None]
    """When the platform confirmed it, by the platform's clock."""
    asked: Mapped[dt.datetime | None]
    """When the platform was last asked."""
    waits: Mapped[str | None]
    """What it waits for, as the card says it, while that is known to be away."""

    __table_args__ = (
        one_of("verification", Verification),
        Index("ix_executions_unsettled", "at", postgresql_where=text("verification IN ('pending', 'not_yet')")),
        Index("ix_executions_unconfirmed", "asked", postgresql_where=text("verification = 'unconfirmed'")),
        Index("ix_executions_waits", "at", postgresql_where=text("waits IS NOT NULL")),
    )


class EffectState(StrEnum):
    """How far a call to the outside has come."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    """A letter that was taken, and came back."""


class Effect(Base):
    """A call to the outside that follows from an execution: made at most once (promise 5)."""

    __tablename__ = "effects"

    key: Mapped[str] = mapped_column(primary_key=True)
    """The idempotency key: proposal, step and name."""
    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposals.id"), index=True)
    integration: Mapped[str]
    request: Mapped[JSON]
    state: Mapped[str] = mapped_column(default=EffectState.PLANNED)
    answer: Mapped[JSON | None]
    planned: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    """Since when it is to be sent, or to be sent again."""
    sent: Mapped[dt.datetime | None]
    """When it was sent the last time: it may have arrived since."""
    changed: Mapped[dt.datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    __table_args__ = (
        one_of("state", EffectState),
        Index("ix_effects_open", "changed", postgresql_where=text("state IN ('planned', 'sent', 'unknown')")),
    )
