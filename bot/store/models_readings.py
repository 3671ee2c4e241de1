"""Readings: what others say of themselves when they are asked over HTTP."""

import datetime as dt

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class Reading(Base):
    """The newest value of one subject of a metric."""

    __tablename__ = "readings"

    metric: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]
    detail: Mapped[str | None]
    """What is wrong, in a few words."""
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    until: Mapped[dt.datetime]
    """For how long it counts."""


class Asked(Base):
    """Somebody who is asked now and then. Whoever moves `next` forward asks."""

    __tablename__ = "readings_asked"

    name: Mapped[str] = mapped_column(primary_key=True)
    """`probe.` or `prometheus.` and the name in the rules file."""
    next: Mapped[dt.datetime]
    error: Mapped[str | None]
    """Why there was no answer the last time; None: there was one."""
