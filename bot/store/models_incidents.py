"""Incidents: what is out of order, who looks after what of it, what happened, and what has to be told by when."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class IncidentSeverity(StrEnum):
    """How bad an incident is, the worst first."""

    P1 = "P1"
    """System-wide outage or breach, over 1,000 users."""
    P2 = "P2"
    """Partial outage, 100 to 1,000 users."""
    P3 = "P3"
    """Under 100 users."""
    P4 = "P4"
    """Routine."""


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    MERGED = "merged"
    """Part of another one, where it goes on."""
    WITHDRAWN = "withdrawn"
    """Declared by mistake."""


class IncidentRole(StrEnum):
    """Who looks after what; one person each."""

    COMMANDER = "commander"
    TECHNICAL = "technical"
    SECURITY = "security"
    COMMUNICATIONS = "communications"


class IncidentHappened(StrEnum):
    """What a line of an incident's own timeline may tell."""

    DECLARED = "declared"
    WITHDRAWN = "withdrawn"
    ATTACHED = "attached"
    DETACHED = "detached"
    CLAIMED = "claimed"
    LEFT = "left"
    SEVERITY = "severity"
    UPDATE = "update"
    MARKED = "marked"
    """A message that somebody marked with a reaction."""
    DUE = "due"
    MET = "met"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"
    ABSORBED = "absorbed"
    """Another one was merged into this one."""
    FOUND = "found"
    """Something of the review was written down."""
    TASK = "task"
    """Something to do afterwards, by whom and until when."""
    TASK_DONE = "task_done"


class IncidentClock(StrEnum):
    """What has to be done by a certain time."""

    PROTOCOL = "protocol"
    STAKEHOLDERS = "stakeholders"
    CUSTOMERS = "customers"
    EXECUTIVES = "executives"
    UPDATE = "update"
    """The next update, as the last one promised it."""
    RETROSPECTIVE = "retrospective"


class Incident(Base):
    """One incident. Every transition locks this row."""

    __tablename__ = "incidents"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    title: Mapped[str]
    severity: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=IncidentState.OPEN)
    is_open: Mapped[bool] = mapped_column(server_default="true")
    """As the state says; its alerts refer to it, so that each is in one open incident."""
    began: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    """Since when it has hurt: when its first alert fired, or when it was declared."""
    declared: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    declared_by: Mapped[uuid.UUID]
    resolved: Mapped[dt.datetime | None]
    resolved_by: Mapped[uuid.UUID | None]
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("incidents.id"))
    impact: Mapped[str | None]
    """What it meant for customers, with figures; like the causes and what went well for the review."""
    causes: Mapped[str | None]
    went_well: Mapped[str | None]
    # Its room in Slack, which is made to look like these rows (bot/incidents/rooms.py)
    channel: Mapped[str | None] = mapped_column(unique=True)
    topic: Mapped[str | None]
    """What Slack has as the topic."""
    invited: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Slack's ids of whoever was asked in."""
    pinned: Mapped[str | None]
    """The timestamp of the card that is pinned, and linked in a bookmark."""
    bookmark: Mapped[str | None]
    wanted: Mapped[int] = mapped_column(server_default="1")
    """How often something of the room was asked for; `made`: of these, what was done."""
    made: Mapped[int] = mapped_column(server_default="0")
    working: Mapped[int | None] = mapped_column(BigInteger)
    """The job that is talking to Slack about the room."""
    worked: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("severity", IncidentSeverity),
        one_of("state", IncidentState),
        CheckConstraint("is_open = (state = 'open')", name="open"),
        CheckConstraint("(state = 'resolved') = (resolved IS NOT NULL)", name="resolved"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
        CheckConstraint("merged_into <> id", name="itself"),
        UniqueConstraint("id", "is_open"),
        Index(None, "declared"),
        Index("ix_incidents_room", "id", postgresql_where=text("wanted > made")),
    )


class IncidentAlert(Base):
    """An alert that belongs to an incident. In one open incident at most."""

    __tablename__ = "incident_alerts"

    incident_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    alert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    is_open: Mapped[bool] = mapped_column(server_default="true")
    """Whether the incident is: it changes with that."""
    came_from: Mapped[uuid.UUID | None]
    """The incident that it was attached to, where that was merged into this one."""
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        ForeignKeyConstraint(["incident_id", "is_open"], ["incidents.id", "incidents.is_open"], onupdate="CASCADE"),
        Index("uq_incident_alerts_open", "alert_id", unique=True, postgresql_where=text("is_open")),
    )


class IncidentHolder(Base):
    """Who has a role in an incident: one person, so whoever is second is refused by the key."""

    __tablename__ = "incident_roles"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID]

    __table_args__ = (one_of("role", IncidentRole),)


class IncidentEvent(Base):
    """Something that happened to an incident: a line of its timeline."""

    __tablename__ = "incident_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    what: Mapped[str]
    staff_id: Mapped[uuid.UUID | None]
    """Who did it; None: the bot itself."""
    facts: Mapped[JSON] = mapped_column(server_default="{}")
    source: Mapped[str | None]
    """What it tells of, so that it is told once: a message by its channel and timestamp."""
    gone: Mapped[dt.datetime | None]
    """When what it tells of was taken back: nobody reads it any more."""

    __table_args__ = (
        one_of("what", IncidentHappened),
        Index(None, "incident_id", "at"),
        UniqueConstraint("incident_id", "source"),
    )


class IncidentDue(Base):
    """A clock of an incident. It is told of once when it is due, and each time it was snoozed once more."""

    __tablename__ = "incident_clocks"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[dt.datetime]
    told: Mapped[dt.datetime | None]
    met: Mapped[dt.datetime | None]
    met_by: Mapped[uuid.UUID | None]
    snoozed: Mapped[int] = mapped_column(server_default="0")
    """How often."""

    __table_args__ = (
        one_of("clock", IncidentClock),
        Index("ix_incident_clocks_waiting", "due", postgresql_where=text("told IS NULL AND met IS NULL")),
    )


class IncidentTask(Base):
    """Something to do after an incident, by somebody, until a day; followed until it is done."""

    __tablename__ = "incident_tasks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), index=True)
    what: Mapped[str]
    staff_id: Mapped[uuid.UUID]
    due: Mapped[dt.datetime]
    reminded: Mapped[dt.datetime | None]
    """When its owner was last reminded."""
    done: Mapped[dt.datetime | None]
    done_by: Mapped[uuid.UUID | None]

    __table_args__ = (Index("ix_incident_tasks_open", "due", postgresql_where=text("done IS NULL")),)
