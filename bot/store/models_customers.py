"""What customers are told of incidents: by mail, and on the public status page."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, one_of


class IncidentNotice(Base):
    """One notice of an incident: many letters that say the same. Whoever sends a part of it locks this row."""

    __tablename__ = "incident_notices"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    kind: Mapped[str]
    """The letter: `incident_<kind>`."""
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    staff_id: Mapped[uuid.UUID]
    tenants: Mapped[int] = mapped_column(server_default="0")
    mails: Mapped[int] = mapped_column(server_default="0")
    """Handed to the mail server, or about to be; what became of each stands with the effects."""

    __table_args__ = (CheckConstraint("tenants >= 0 AND mails >= tenants", name="counts"), Index(None, "incident_id"))


class IncidentTold(Base):
    """A tenant that was told of an incident, and hears how it goes on."""

    __tablename__ = "incident_told"

    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incident_notices.id"))


class IncidentAnswer(Base):
    """One recipient's question: how satisfied they are with how they were told. It says nothing of who that is."""

    __tablename__ = "incident_answers"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the secret in their link."""
    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incident_notices.id"))
    asked: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    """One time for all letters of a part: in which order they were written says nothing of whose answer is whose."""
    score: Mapped[int | None] = mapped_column(SmallInteger)
    """From 1, not at all, to 5, very; the last one that they gave."""
    answered: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("(score IS NULL) = (answered IS NULL)", name="answered"),
        Index(None, "incident_id"),
    )


class PublicPhase(StrEnum):
    """How far an incident is, as the public page says it."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class PublicUpdate(Base):
    """What the public status page says of an incident at some moment. Somebody wrote it for everybody to read."""

    __tablename__ = "public_updates"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    incident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("incidents.id"))
    headline: Mapped[str]
    phase: Mapped[str]
    said: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    staff_id: Mapped[uuid.UUID]
    retracted: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("phase", PublicPhase),
        Index(None, "incident_id"),
        Index("ix_public_updates_at", "at", postgresql_where=text("retracted IS NULL")),
    )
