"""Thresholds of alerts: what the rules file says, and what somebody has changed since."""

import datetime as dt
import uuid

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class AlertLevel(Base):
    """One severity of a rule, as the file says it that the newest process started with; figures as people read them."""

    __tablename__ = "alert_levels"

    rule: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str] = mapped_column(primary_key=True)
    fires: Mapped[float]
    clears: Mapped[float]
    low: Mapped[bool]
    """Whether low is bad."""
    percent: Mapped[bool]
    """Whether people read it as a percentage."""
    unit: Mapped[str]
    label: Mapped[str]
    """What is measured."""


class AlertThreshold(Base):
    """Somebody's word over the file's. At most one is in force for each severity of a rule; the others are history."""

    __tablename__ = "alert_thresholds"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    rule: Mapped[str]
    severity: Mapped[str]
    fires: Mapped[float]
    clears: Mapped[float]
    base_fires: Mapped[float]
    """What the file said then."""
    base_clears: Mapped[float]
    reason: Mapped[str]
    staff_id: Mapped[uuid.UUID]
    since: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    ended: Mapped[dt.datetime | None]

    __table_args__ = (
        Index("uq_alert_thresholds_in_force", "rule", "severity", unique=True, postgresql_where=text("ended IS NULL")),
    )
