"""The bot's own tables. What carries a promise (design.md, section 4) says so."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, SCHEMA, Base, one_of
from bot.store.models_alerts import Alert, AlertEvent, AlertHappened, AlertSilence, AlertState, AlertTick
from bot.store.models_audit import AuditDetail, AuditEntry, AuditKind
from bot.store.models_baselines import Baseline
from bot.store.models_figures import DailyFigure, FigureMark
from bot.store.models_holds import HeldSwitch, Hold, HoldCause, HoldKind
from bot.store.models_inbox import Draft, Inbox, Kind
from bot.store.models_incidents import (
    Incident,
    IncidentAlert,
    IncidentClock,
    IncidentDue,
    IncidentEvent,
    IncidentHappened,
    IncidentHolder,
    IncidentRole,
    IncidentSeverity,
    IncidentState,
    IncidentTask,
)
from bot.store.models_limits import RecentUse
from bot.store.models_messages import Message
from bot.store.models_objectives import ObjectiveMinute, ObjectiveRow
from bot.store.models_policy import PolicyInForce
from bot.store.models_readings import Asked, Reading
from bot.store.models_slots import DigestSubscription, Schedule, Slot, SlotOutcome
from bot.store.models_step_up import CodeApp, Proof, RecoveryCode
from bot.store.models_stripe import StripeInvoice, StripeMirror
from bot.store.models_tokens import CliToken
from bot.store.models_words import Follower, GlassQuestion, LostTrust

__all__ = [
    "JSON",
    "SCHEMA",
    "Alert",
    "AlertEvent",
    "AlertHappened",
    "AlertSilence",
    "AlertState",
    "AlertTick",
    "Asked",
    "AuditDetail",
    "AuditEntry",
    "AuditKind",
    "Base",
    "Baseline",
    "CliToken",
    "CodeApp",
    "DailyFigure",
    "DigestSubscription",
    "Draft",
    "FigureMark",
    "Follower",
    "GlassQuestion",
    "HeldSwitch",
    "Hold",
    "HoldCause",
    "HoldKind",
    "Inbox",
    "Incident",
    "IncidentAlert",
    "IncidentClock",
    "IncidentDue",
    "IncidentEvent",
    "IncidentHappened",
    "IncidentHolder",
    "IncidentRole",
    "IncidentSeverity",
    "IncidentState",
    "IncidentTask",
    "Kind",
    "LostTrust",
    "Message",
    "ObjectiveMinute",
    "ObjectiveRow",
    "PolicyInForce",
    "Proof",
    "Reading",
    "RecentUse",
    "RecoveryCode",
    "Schedule",
    "Slot",
    "SlotOutcome",
    "StripeInvoice",
    "StripeMirror",
    "one_of",
]  # those of other modules


class StaffLink(Base):
    """A Slack account that stands for a staff member, confirmed by an administrator."""

    __tablename__ = "staff_links"

    team_id: Mapped[str] = mapped_column(primary_key=True)
    slack_user_id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID]
    confirmed: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    confirmed_by: Mapped[uuid.UUID | None]
    """None: the command line."""

    __table_args__ = (UniqueConstraint("team_id", "staff_id"),)


class State(StrEnum):
    """Where a proposal stands (design.md, section 5)."""

    PENDING = "pending"
    APPROVED = "approved"
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARTLY = "partly"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    CLOSED = "closed"
    """Nobody had to decide: it is as was asked for already, or what it was about is gone."""


OPEN = (State.PENDING, State.APPROVED, State.EXECUTING)
"""Of a request that has not ended, as the index `uq_proposals_same_open` has it."""


class Proposal(Base):
    """Something somebody asked for, from the question to its end. Every transition locks this row."""

    __tablename__ = "proposals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    requester_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(default=State.PENDING)
    revision_id: Mapped[uuid.UUID]
    """The current revision; decisions count for it alone (promise 2)."""
    requirement: Mapped[JSON]
    judged: Mapped[JSON | None]
    """By what it was judged, by which policy, and what that made of it when it was asked for (bot/judgement.py)."""
    reason: Mapped[str]
    channel: Mapped[str]
    """Logical name (`operations`) or id of the channel that holds the card."""
    thread_ts: Mapped[str | None]
    """Of the thread there in which it was asked for, and in which the card is."""
    cause: Mapped[str | None]
    """Why it failed, was cancelled or changed; a sentence for the card."""
    once: Mapped[str | None] = mapped_column(unique=True)
    """Names the button it came from: clicked twice, asked once."""
    undoes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("proposals.id"))
    targets: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """What its steps are about, without what of it: whoever changes that has this one looked at again."""
    same: Mapped[str | None]
    """Of the plan but for its reasons: what is open is asked for once."""
    looked: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    """When it was last compared with how things are."""
    created: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires: Mapped[dt.datetime]
    ended: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("state", State),
        Index(None, "created"),
        Index(None, "requester_id", postgresql_where=text("state IN ('pending', 'approved')")),
        Index("ix_proposals_open_expires", "expires", postgresql_where=text("state = 'pending'")),
        Index("ix_proposals_targets", "targets", postgresql_using="gin"),
        Index("ix_proposals_looked", "looked", postgresql_where=text("state IN ('pending', 'approved', 'succeeded')")),
        Index(
            "uq_proposals_same_open",
            "same",
            unique=True,
            postgresql_where=text("state IN ('pending', 'approved', 'executing')"),
        ),
        Index("ix_proposals_running", "created", postgresql_where=text("state IN ('approved', 'executing')")),
        # An undo is asked for once at a time (promise 3).
        Index(
            "uq_proposals_undoes_open",
            "undoes_id",
            unique=True,
            postgresql_where=text("state IN ('pending', 'approved', 'executing', 'succeeded')"),
        ),
    )


class Revision(Base):
    """A plan with the impact that was shown for it. Buttons carry its random id."""

    __tablename__ = "revisions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    proposal_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("proposals.id", deferrable=True, initially="DEFERRED"), index=True
    )
    number: Mapped[int]
    plan: Mapped[list[Any]]
    """Steps in order: [{"action": name, "parameters": {...}}]."""
    impacts: Mapped[list[Any]]
    """One impact a step, as shown."""
    fingerprint: Mapped[str] = mapped_column("digest")
    """Of the plan and its bound facts: what an approval is an approval of."""
    changes: Mapped[list[Any]] = mapped_column(server_default="[]")
    """What differs from the revision before: [{"label", "before", "after"}]."""
    read: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    """When the impacts were: what is shown only, and not bound, may be read anew."""
    cleared: Mapped[dt.datetime | None]
    """When its facts were deleted, once nobody decides by them any more: titles are all that is left to draw."""
    created: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("proposal_id", "number"),
        Index("ix_revisions_kept", "created", postgresql_where=text("cleared IS NULL")),
    )


class Verdict(StrEnum):
    """What somebody said to a revision."""

    APPROVE = "approve"
    REJECT = "reject"
    BREAK_GLASS = "break_glass"
    SOLO = "solo"
    """Announced by whoever asked: it runs at its time unless somebody stops it."""


ALONE = (Verdict.BREAK_GLASS, Verdict.SOLO)
"""Words that carry a request by themselves, and are reviewed afterwards."""


class Decision(Base):
    """One person's word on one revision; one that counts (promise 4)."""

    __tablename__ = "decisions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    revision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("revisions.id"))
    staff_id: Mapped[uuid.UUID]
    verdict: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    voided: Mapped[dt.datetime | None]
    """Set when the approver lost the access or the trust that the word rested on."""
    runs: Mapped[dt.datetime | None]
    """Of an announcement alone: from when on it counts."""
    reviewed: Mapped[dt.datetime | None]
    reviewed_by: Mapped[uuid.UUID | None]
    """Who looked at a broken glass afterwards."""

    __table_args__ = (
        one_of("verdict", Verdict),
        # A voided word leaves room for a new one.
        Index(
            "uq_decisions_revision_id_staff_id",
            "revision_id",
            "staff_id",
            unique=True,
            postgresql_where=text("voided IS NULL"),
        ),
        Index(None, "staff_id"),
        CheckConstraint("(verdict = 'solo') = (runs IS NOT NULL)", name="runs"),
        Index("ix_decisions_runs", "runs", postgresql_where=text("verdict = 'solo' AND voided IS NULL")),
    )


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


class WayIn(Base):
    """One row, locked by whatever reduces somebody's access, so that two cannot each spare the other (promise 7)."""

    __tablename__ = "way_in"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    __table_args__ = (CheckConstraint("id = 1", name="single"),)
