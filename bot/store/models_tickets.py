"""Tickets: what somebody asks a team to look at, what became of it, and which of them somebody looks at again."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of
from bot.ticket_rules import Team, TicketCategory, TicketSeverity


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    """Nobody works on it."""
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    """For somebody else, such as the customer."""
    CLOSED = "closed"


class TicketHappened(StrEnum):
    """What a line of a ticket's history may tell."""

    OPENED = "opened"
    COMMENT = "comment"
    ASSIGNED = "assigned"
    """To a person, or to a team of which nobody has it yet."""
    WAITING = "waiting"
    CLOSED = "closed"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    RATED = "rated"


class TicketVerdict(StrEnum):
    """What a second person says of how a closed ticket was handled."""

    GOOD = "good"
    NOT_GOOD = "not-good"


class Ticket(Base):
    """One ticket. Every transition locks this row."""

    __tablename__ = "tickets"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    """People say it as T-12."""
    category: Mapped[str]
    severity: Mapped[str]
    title: Mapped[str]
    reason: Mapped[str]
    """Why it was opened, in the words of whoever did."""
    tenant_id: Mapped[uuid.UUID | None]
    user_id: Mapped[uuid.UUID | None]
    """The customer's account that it is about."""
    asked_by: Mapped[uuid.UUID]
    asked: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    team: Mapped[str]
    assigned_to: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(server_default=TicketState.OPEN)
    reopened: Mapped[int] = mapped_column(server_default="0")
    """How often."""
    due: Mapped[dt.datetime]
    overdue_told: Mapped[dt.datetime | None]
    """When its team was told that it is late, once for each due time."""
    escalated: Mapped[dt.datetime | None]
    """When it was first escalated."""
    closed: Mapped[dt.datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    # What it hangs together with
    request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("proposals.id"))
    incident_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("incidents.id"))
    about_alert: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("alerts.id"))
    link: Mapped[str | None]
    """A message in Slack, by its permalink."""

    __table_args__ = (
        one_of("category", TicketCategory),
        one_of("severity", TicketSeverity),
        one_of("team", Team),
        one_of("state", TicketState),
        CheckConstraint("(state = 'closed') = (closed IS NOT NULL)", name="closed"),
        CheckConstraint("(closed IS NULL) = (closed_by IS NULL)", name="closed_by"),
        CheckConstraint("state <> 'open' OR assigned_to IS NULL", name="open"),
        CheckConstraint("state <> 'in_progress' OR assigned_to IS NOT NULL", name="in_progress"),
        Index("ix_tickets_open", "due", postgresql_where=text("closed IS NULL")),
        Index(None, "asked"),
        Index(None, "tenant_id", "asked"),
        Index(None, "user_id"),
        Index(None, "incident_id"),
        Index("ix_tickets_escalated", "escalated", postgresql_where=text("escalated IS NOT NULL")),
    )


class TicketEvent(Base):
    """Something that happened to a ticket: a line of its history."""

    __tablename__ = "ticket_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tickets.id"))
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    what: Mapped[str]
    staff_id: Mapped[uuid.UUID | None]
    """Who did it; None: the bot itself."""
    facts: Mapped[JSON] = mapped_column(server_default="{}")
    to_tell: Mapped[bool] = mapped_column(server_default="false")
    """Whether whoever opened the ticket has still to be told of it."""

    __table_args__ = (
        one_of("what", TicketHappened),
        Index(None, "ticket_id", "at"),
        Index("ix_ticket_events_to_tell", "id", postgresql_where=text("to_tell")),
    )


class TicketSample(Base):
    """A closed ticket that a second person looks at: one in twenty, by a hash of its id."""

    __tablename__ = "ticket_samples"

    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    drawn: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    staff_id: Mapped[uuid.UUID | None]
    """Who was asked; None: nobody yet."""
    verdict: Mapped[str | None]
    note: Mapped[str | None]
    answered: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("verdict", TicketVerdict),
        CheckConstraint("(verdict IS NULL) = (note IS NULL) AND (verdict IS NULL) = (answered IS NULL)", name="answer"),
        Index("ix_ticket_samples_waiting", "drawn", postgresql_where=text("staff_id IS NULL")),
    )
