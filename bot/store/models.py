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
from bot.store.models_alerts import Alert, AlertEvent, AlertHappened, AlertSilence, AlertState, AlertTick, Healing
from bot.store.models_audit import AuditDetail, AuditEntry, AuditKind
from bot.store.models_baselines import Baseline
from bot.store.models_customers import IncidentAnswer, IncidentNotice, IncidentTold, PublicPhase, PublicUpdate
from bot.store.models_deployments import Deployment, DeploymentEvent, DeploymentState
from bot.store.models_executions import Effect, EffectState, Execution, Verification
from bot.store.models_figures import DailyFigure, FigureMark
from bot.store.models_holds import HeldSwitch, Hold, HoldCause, HoldKind
from bot.store.models_inbox import Draft, Inbox, Kind
from bot.store.models_incidents import (
    Duty,
    Incident,
    IncidentAlert,
    IncidentBreach,
    IncidentClock,
    IncidentDue,
    IncidentDuty,
    IncidentEvent,
    IncidentEvidence,
    IncidentHappened,
    IncidentHolder,
    IncidentMember,
    IncidentRole,
    IncidentSeverity,
    IncidentState,
    IncidentTask,
    LegalHold,
)
from bot.store.models_limits import RecentUse
from bot.store.models_maintenance import MaintenanceSilence, MaintenanceWindow, WindowScope, WindowState
from bot.store.models_messages import Message
from bot.store.models_objectives import ObjectiveMinute, ObjectiveRow
from bot.store.models_on_call import OnCallShift, OnCallSwap
from bot.store.models_outside import OutsideGroup
from bot.store.models_pagerduty import OnCallAsked, OnCallEntry, Page, PagerOutage
from bot.store.models_policy import PolicyInForce
from bot.store.models_readings import Asked, Reading
from bot.store.models_runbooks import Runbook, RunbookConfirmation
from bot.store.models_seals import AuditLeaf, AuditSeal, AuditWitness
from bot.store.models_slots import DigestSubscription, Schedule, Slot, SlotOutcome
from bot.store.models_step_up import CodeApp, Proof, RecoveryCode
from bot.store.models_stripe import (
    StripeCharge,
    StripeDispute,
    StripeInvoice,
    StripeListing,
    StripeMirror,
    StripePaidBy,
    StripeProblem,
    StripeRefund,
)
from bot.store.models_thresholds import AlertLevel, AlertThreshold
from bot.store.models_tickets import Ticket, TicketEvent, TicketHappened, TicketSample, TicketState, TicketVerdict
from bot.store.models_tokens import CliToken
from bot.store.models_watch import NoticeKind, Pulse, Silence, SilenceNotice
from bot.store.models_words import Follower, GlassQuestion, LostTrust

__all__ = [
    "JSON",
    "SCHEMA",
    "Alert",
    "AlertEvent",
    "AlertHappened",
    "AlertLevel",
    "AlertSilence",
    "AlertState",
    "AlertThreshold",
    "AlertTick",
    "Asked",
    "AuditDetail",
    "AuditEntry",
    "AuditKind",
    "AuditLeaf",
    "AuditSeal",
    "AuditWitness",
    "Base",
    "Baseline",
    "CliToken",
    "CodeApp",
    "DailyFigure",
    "Deployment",
    "DeploymentEvent",
    "DeploymentState",
    "DigestSubscription",
    "Draft",
    "Duty",
    "Effect",
    "EffectState",
    "Execution",
    "FigureMark",
    "Follower",
    "GlassQuestion",
    "Healing",
    "HeldSwitch",
    "Hold",
    "HoldCause",
    "HoldKind",
    "Inbox",
    "Incident",
    "IncidentAlert",
    "IncidentAnswer",
    "IncidentBreach",
    "IncidentClock",
    "IncidentDue",
    "IncidentDuty",
    "IncidentEvent",
    "IncidentEvidence",
    "IncidentHappened",
    "IncidentHolder",
    "IncidentMember",
    "IncidentNotice",
    "IncidentRole",
    "IncidentSeverity",
    "IncidentState",
    "IncidentTask",
    "IncidentTold",
    "Kind",
    "LegalHold",
    "LostTrust",
    "MaintenanceSilence",
    "MaintenanceWindow",
    "Message",
    "NoticeKind",
    "ObjectiveMinute",
    "ObjectiveRow",
    "OnCallAsked",
    "OnCallEntry",
    "OnCallShift",
    "OnCallSwap",
    "OutsideGroup",
    "Page",
    "PagerOutage",
    "PolicyInForce",
    "Proof",
    "PublicPhase",
    "PublicUpdate",
    "Pulse",
    "Reading",
    "RecentUse",
    "RecoveryCode",
    "Runbook",
    "RunbookConfirmation",
    "Schedule",
    "Silence",
    "SilenceNotice",
    "Slot",
    "SlotOutcome",
    "StripeCharge",
    "StripeDispute",
    "StripeInvoice",
    "StripeListing",
    "StripeMirror",
    "StripePaidBy",
    "StripeProblem",
    "StripeRefund",
    "Ticket",
    "TicketEvent",
    "TicketHappened",
    "TicketSample",
    "TicketState",
    "TicketVerdict",
    "Verification",
    "WindowScope",
    "WindowState",
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
    PRE_APPROVED = "pre_approved"
    """Nobody's: the policy has approved it in advance, and the bot itself asks (self-healing)."""


ALONE = (Verdict.BREAK_GLASS, Verdict.SOLO, Verdict.PRE_APPROVED)
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


class WayIn(Base):
    """One row, locked by whatever reduces somebody's access, so that two cannot each spare the other (promise 7)."""

    __tablename__ = "way_in"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    __table_args__ = (CheckConstraint("id = 1", name="single"),)
