"""Alerts: one problem, one row, one message for its life; silences; and what happened, line by line."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class AlertState(StrEnum):
    """Where an alert stands."""

    PENDING = "pending"
    """Above a threshold, not yet for long enough: nobody is told."""
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    CONTAINED = "contained"
    """Below its thresholds only because a pause holds jobs back; not over before those are done."""
    RESOLVED = "resolved"


class AlertHappened(StrEnum):
    """What a line in an alert's thread may tell."""

    FIRED = "fired"
    WORSE = "worse"
    BETTER = "better"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    SILENCE_OVER = "silence_over"
    PAUSED = "paused"
    RESUMED = "resumed"
    CONTAINED = "contained"
    ENDS_SOON = "ends_soon"
    AGAIN = "again"
    TOLD = "told"
    NOBODY_LEFT = "nobody_left"
    RESOLVED = "resolved"
    JOINED = "joined"
    """Something that this problem explains."""
    LEFT = "left"
    """The same, over."""
    ALONE = "alone"
    """What explained it is over, and it is not."""
    FALSE_ALARM = "false_alarm"
    NO_FALSE_ALARM = "no_false_alarm"
    """After all."""
    HEALED = "healed"
    """The bot itself has asked for what contains it, as the policy allows."""
    NOT_HEALED = "not_healed"
    """It did not, and why."""


class Alert(Base):
    """A rule that holds for a subject, such as a queue; at most one open one for each."""

    __tablename__ = "alerts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    rule: Mapped[str]
    subject: Mapped[str]
    state: Mapped[str]
    severity: Mapped[str | None]
    """Now, or when it was contained or resolved; None while pending."""
    worst: Mapped[str | None]
    breached: Mapped[JSON]
    """Since when the value has been above each level's threshold: {"critical": seconds since 1970}."""
    value: Mapped[float]
    peak: Mapped[float]
    measured: Mapped[dt.datetime]
    facts: Mapped[JSON]
    """What else was found when it was measured, for the message."""
    since: Mapped[dt.datetime]
    """First above a threshold."""
    fired: Mapped[dt.datetime | None]
    acknowledged: Mapped[dt.datetime | None]
    acknowledged_by: Mapped[uuid.UUID | None]
    contained: Mapped[dt.datetime | None]
    """Since when nothing but a pause keeps it from firing."""
    silenced_until: Mapped[dt.datetime | None]
    resolved: Mapped[dt.datetime | None]
    waiting_since: Mapped[dt.datetime | None]
    """Since when nobody has acknowledged it."""
    escalated: Mapped[int] = mapped_column(server_default="0")
    """How many of the on-call list were told since then."""
    returned: Mapped[int] = mapped_column(server_default="0")
    """How often it came back soon after it was over."""
    part_of: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("alerts.id", ondelete="SET NULL"), index=True)
    """The alert that explains it, on whose message it is told. None: it has one of its own, or nobody was told yet."""
    false_at: Mapped[dt.datetime | None]
    """When somebody said that it was a false alarm."""
    false_by: Mapped[uuid.UUID | None]
    shown: Mapped[dt.datetime | None]
    """When the message was last asked to be drawn; None: there is none yet."""
    shown_value: Mapped[float | None]

    __table_args__ = (
        one_of("state", AlertState),
        CheckConstraint("(state = 'pending') = (fired IS NULL)", name="fired"),
        CheckConstraint("(state = 'resolved') = (resolved IS NOT NULL)", name="resolved"),
        CheckConstraint("(state = 'contained') = (contained IS NOT NULL)", name="contained"),
        CheckConstraint("(false_at IS NULL) = (false_by IS NULL)", name="false_alarm"),
        # Nobody is told that an alert waits for them while its jobs do.
        CheckConstraint("state <> 'contained' OR (severity IS NOT NULL AND waiting_since IS NULL)", name="held_back"),
        Index("uq_alerts_open", "rule", "subject", unique=True, postgresql_where=text("state <> 'resolved'")),
        Index(None, "fired"),
        Index(None, "rule", "subject", "resolved"),  # what comes back asks for the last one
    )


class AlertEvent(Base):
    """Something that happened to an alert: a line in its thread."""

    __tablename__ = "alert_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    alert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("alerts.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    what: Mapped[str]
    staff_id: Mapped[uuid.UUID | None]
    """Who did it, or was told; None: the bot itself."""
    facts: Mapped[JSON] = mapped_column(server_default="{}")
    posted: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("what", AlertHappened),
        Index("ix_alert_events_unposted", "alert_id", "id", postgresql_where=text("posted IS NULL")),
    )


class Healing(Base):
    """What the bot did about an alert automatically, or why not: one at most, whatever becomes of the alert."""

    __tablename__ = "healings"

    alert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    rule: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("proposals.id"), unique=True)
    """The request that contains it; None: there is none."""
    tenant_id: Mapped[uuid.UUID | None]
    """The one tenant that is contained; None: it is no single one's, such as a whole queue."""
    refused: Mapped[str | None]
    """Why nothing was done; a sentence for the alert's message."""

    __table_args__ = (
        CheckConstraint("(proposal_id IS NULL) = (refused IS NOT NULL)", name="refused"),
        Index("ix_healings_done", "rule", "at", postgresql_where=text("proposal_id IS NOT NULL")),
    )


class AlertSilence(Base):
    """Somebody wants to hear nothing of a subject for a while, unless it gets worse."""

    __tablename__ = "alert_silences"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    rule: Mapped[str]
    subject: Mapped[str]
    severity: Mapped[str]
    """How bad it was when it was silenced; anything worse is told."""
    staff_id: Mapped[uuid.UUID]
    reason: Mapped[str | None]
    since: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    until: Mapped[dt.datetime]
    told: Mapped[dt.datetime | None]
    """When its end was told; None: it lasts, or has just ended."""

    __table_args__ = (
        Index(None, "rule", "subject", "until"),
        Index("ix_alert_silences_untold", "until", postgresql_where=text("told IS NULL")),
    )


class AlertTick(Base):
    """One row: when the rules were last evaluated. Whoever moves it forward evaluates them."""

    __tablename__ = "alert_ticks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)
