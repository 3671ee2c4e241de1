"""Incidents: what is out of order, who looks after what of it, what happened, and what has to be told by when."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
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
    NOTICE = "notice"
    """Customers were told, by mail."""
    RESTRICTED = "restricted"
    """From now on it is for its members only."""
    JOINED = "joined"
    REMOVED = "removed"
    EVIDENCE = "evidence"
    PUBLISHED = "published"
    """The public status page says something new."""
    RETRACTED = "retracted"
    DEPLOYED = "deployed"
    """A deployment, while it was open."""

    BREACH = "breach"
    """Personal data is concerned."""
    NO_BREACH = "no_breach"
    REMINDED = "reminded"
    """Somebody still has to be told."""
    REPORTED = "reported"
    NOT_NEEDED = "not_needed"
    STILL_NEEDED = "still_needed"
    RELEASED = "released"
    """What belongs to it is forgotten as anything else."""
    HELD = "held"


class IncidentClock(StrEnum):
    """What has to be done by a certain time."""

    PROTOCOL = "protocol"
    STAKEHOLDERS = "stakeholders"
    CUSTOMERS = "customers"
    EXECUTIVES = "executives"
    UPDATE = "update"
    """The next update, as the last one promised it."""
    RETROSPECTIVE = "retrospective"


class Duty(StrEnum):
    """Who has to be told where personal data is concerned (articles 33 and 34 of the GDPR)."""

    AUTHORITY = "authority"
    OFFICER = "officer"
    PERSONS = "persons"
    """Those whose data it is, where the risk for them is high."""


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
    restricted: Mapped[bool] = mapped_column(server_default="false")
    """A security incident: for its members and for security alone. It never becomes another one again."""
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
    left: Mapped[str | None]
    """The channel that it had before it was restricted; it is archived, and then forgotten here."""
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


class IncidentMember(Base):
    """Whoever may see a security incident, besides security."""

    __tablename__ = "incident_members"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())


class IncidentEvidence(Base):
    """Something that is kept as it was, with its hash. Rows are only ever added: the database refuses anything else."""

    __tablename__ = "incident_evidence"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    taken_by: Mapped[uuid.UUID | None]
    """Who took it; None: somebody by a reaction of whom Slack does not say who."""
    source: Mapped[str | None]
    """The message in Slack that it is, by its channel and timestamp, or the file; None: somebody typed it."""
    author: Mapped[str | None]
    """Slack's id of whoever wrote or shared it; None: somebody typed it."""
    written: Mapped[dt.datetime | None]
    """When, by Slack's clock."""
    content: Mapped[str]
    """The words; of a file what it is called."""
    data: Mapped[bytes | None] = mapped_column(deferred=True)
    """What is in the file; None: it is words."""
    size: Mapped[int | None] = mapped_column(BigInteger, Computed("octet_length(data)", persisted=True))
    """Bytes of the file."""
    sha256: Mapped[str]
    """Of the file, or of the words in UTF-8, in hex; the database holds it to that."""

    __table_args__ = (
        CheckConstraint("sha256 = encode(sha256(coalesce(data, convert_to(content, 'UTF8'))), 'hex')", name="sha256"),
        UniqueConstraint("incident_id", "source", "sha256"),
    )


class IncidentBreach(Base):
    """Personal data is concerned by a security incident: since then the law's own clocks run."""

    __tablename__ = "incident_breaches"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    known: Mapped[dt.datetime]
    """When it became known, by which the law counts."""
    high_risk: Mapped[bool]
    """For those whose data it is."""
    concerns: Mapped[str]
    staff_id: Mapped[uuid.UUID]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())


class IncidentDuty(Base):
    """Somebody who has to be told of it. Reminders go on until they are, or need not be."""

    __tablename__ = "incident_duties"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incident_breaches.incident_id"), primary_key=True)
    duty: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[dt.datetime]
    next: Mapped[dt.datetime]
    """When the next reminder is. Nobody puts it off."""
    reminded: Mapped[int] = mapped_column(server_default="0")
    """How often."""
    last: Mapped[dt.datetime | None]
    """When the last one was."""
    ended: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    told: Mapped[bool | None]
    """Whether they were told; else it was not needed."""
    note: Mapped[str | None]
    """How they were told, or why that was not needed."""

    __table_args__ = (
        one_of("duty", Duty),
        CheckConstraint("(ended IS NULL) = (told IS NULL) AND (ended IS NULL) = (note IS NULL)", name="ended"),
        Index("ix_incident_duties_waiting", "next", postgresql_where=text("ended IS NULL")),
    )


class LegalHold(Base):
    """What belongs to a security incident is kept past the time after which the bot forgets, until security ends it."""

    __tablename__ = "legal_holds"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    began: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Slack's ids of the rooms that it has, and had before it was restricted."""
    lifted: Mapped[dt.datetime | None]
    lifted_by: Mapped[uuid.UUID | None]

    __table_args__ = (Index("ix_legal_holds_open", "incident_id", postgresql_where=text("lifted IS NULL")),)
