"""Holds: whatever is temporary, as rows and never as timers (promise 6)."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class HoldKind(StrEnum):
    """What a hold does as long as it is open."""

    QUEUE_PAUSE = "queue_pause"
    ROLE = "role"
    FLAG = "flag"
    SUSPENSION = "suspension"
    READ_ONLY = "read_only"
    CAMPAIGN = "campaign"
    MAILBOX = "mailbox"
    ADDRESS = "ip"
    AGREEMENT = "agreement"
    TENANT_POLICY = "tenant_policy"
    TENANT_SETTING = "tenant_setting"
    SANDBOX = "sandbox"
    SETTING = "setting"


class HoldCause(StrEnum):
    """Why a hold ended."""

    PLANNED = "planned"
    """Its time was over."""
    RESUMED = "resumed"
    """Somebody ended it before its time."""
    OUTSIDE = "outside"
    """Somebody took it away on the platform, not through the bot."""
    ALARMED = "alarmed"
    """An alert fired that it watched for."""


class Hold(Base):
    """A change that ends. Several on one target overlap: what is in force is the strictest open one."""

    __tablename__ = "holds"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    kind: Mapped[str]
    """One of those that there are (bot/holds/kinds.py): as with actions, the code says which."""
    target: Mapped[str]
    """What it is on, as in the audit trail: `queue:email-sending`."""
    subject: Mapped[JSON]
    """What it is about, by ids, as its kind (bot/holds) has it: {"queue", "tenant", "pause"}."""
    staff_id: Mapped[uuid.UUID]
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("proposals.id"))
    step: Mapped[int | None]
    reason: Mapped[str]
    starts: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    ends: Mapped[dt.datetime | None]
    """None: until somebody ends it."""
    ended: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    cause: Mapped[str | None]
    after: Mapped[JSON | None]
    """What was in force once it had ended, for those who are told."""
    noticed: Mapped[dt.datetime | None]
    """When whoever set it was told that its end is near; anew after the end was moved."""
    verification: Mapped[str | None]
    """What the platform said of its end; None as long as it is open."""
    verified: Mapped[dt.datetime | None]
    asked: Mapped[dt.datetime | None]
    """When the platform was last asked about its end."""
    waits: Mapped[str | None]
    """What its end waits for, as is told, while that is known to be away."""

    __table_args__ = (
        one_of("cause", HoldCause),
        CheckConstraint(
            "verification IN ('pending', 'confirmed', 'not_yet', 'recorded', 'unconfirmed', 'own')", name="verification"
        ),
        CheckConstraint("(ended IS NULL) = (cause IS NULL)", name="ended"),
        # A step that runs again places nothing a second time.
        UniqueConstraint("proposal_id", "step", "target"),
        Index("ix_holds_open_target", "target", postgresql_where=text("ended IS NULL")),
        Index("ix_holds_open_ends", "ends", postgresql_where=text("ended IS NULL")),
        Index("ix_holds_unconfirmed", "asked", postgresql_where=text("verification = 'unconfirmed'")),
        Index("ix_holds_waits", "ended", postgresql_where=text("waits IS NOT NULL")),
    )


class HeldSwitch(Base):
    """A switch of the platform while holds are open on it: how it was before the first, and what became of it since."""

    __tablename__ = "held_switches"

    target: Mapped[str] = mapped_column(primary_key=True)
    base: Mapped[JSON]
    """Before the first of the holds that are open; what the last one's end brings back."""
    seen: Mapped[JSON]
    """As the bot set it, or found it set by somebody else."""
    changed_outside: Mapped[dt.datetime | None]
    """When somebody else was found to have changed it: from then on it is theirs, and left as it is."""
