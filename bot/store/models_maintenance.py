"""Maintenance windows: when work is done on what, and which alerts were not told meanwhile."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, one_of


class WindowState(StrEnum):
    """Where a maintenance window stands."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    """Ended before it began."""


class WindowScope(StrEnum):
    """What a maintenance window is about."""

    SERVICE = "service"
    QUEUE = "queue"
    EVERYTHING = "everything"


class MaintenanceWindow(Base):
    """Work that is announced. Every transition locks this row."""

    __tablename__ = "maintenance_windows"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    scope: Mapped[str]
    subject: Mapped[str | None]
    """The service or queue; None: everything."""
    reason: Mapped[str]
    starts: Mapped[dt.datetime]
    ends: Mapped[dt.datetime]
    """As planned, or as extended since."""
    state: Mapped[str] = mapped_column(server_default=WindowState.PLANNED)
    staff_id: Mapped[uuid.UUID]
    asked: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    announced: Mapped[dt.datetime | None]
    """When everybody concerned was told of it, once; likewise `reminded` before the start."""
    reminded: Mapped[dt.datetime | None]
    ended: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    """Who ended it early; None: it ended as planned."""
    closed: Mapped[dt.datetime | None]
    """When its summary was told."""

    __table_args__ = (
        one_of("state", WindowState),
        one_of("scope", WindowScope),
        CheckConstraint("(scope = 'everything') = (subject IS NULL)", name="subject"),
        CheckConstraint("starts < ends", name="order"),
        CheckConstraint("(state IN ('ended', 'cancelled')) = (ended IS NOT NULL)", name="ended"),
        CheckConstraint("closed IS NULL OR ended IS NOT NULL", name="closed"),
        Index("ix_maintenance_windows_open", "starts", postgresql_where=text("closed IS NULL")),
    )


class MaintenanceSilence(Base):
    """An alert that a maintenance window explained, so that nobody was told when it fired."""

    __tablename__ = "maintenance_silences"

    window_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("maintenance_windows.id"), primary_key=True)
    alert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
