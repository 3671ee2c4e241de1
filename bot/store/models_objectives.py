"""Objectives, and what each minute counted towards them."""

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class ObjectiveRow(Base):
    """An objective of the rules file. Whoever holds the row counts its next minutes."""

    __tablename__ = "objectives"

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    target: Mapped[float]
    """A share below 1."""
    until: Mapped[dt.datetime]
    """All minutes before it are counted."""


class ObjectiveMinute(Base):
    """What was good in a minute, of how much; a minute in which nothing was measured has no row."""

    __tablename__ = "objective_minutes"

    objective: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[dt.datetime] = mapped_column(primary_key=True)
    good: Mapped[float]
    total: Mapped[float]
