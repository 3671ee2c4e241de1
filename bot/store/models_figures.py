"""What was counted day by day, so that no report looks through years of history."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class DailyFigure(Base):
    """One figure of one local day. A day that is counted and has no row of a figure had none of it."""

    __tablename__ = "daily_figures"

    zone: Mapped[str] = mapped_column(primary_key=True)
    """Where the day begins and ends."""
    figure: Mapped[str] = mapped_column(primary_key=True)
    """As its source calls it: `mails.sent`."""
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True, server_default="")
    """Of what: a queue, a service, an action; nothing of a person. Empty: of all."""
    value: Mapped[float]


class FigureMark(Base):
    """How far a source is counted: whoever moves it forward holds its row."""

    __tablename__ = "figure_marks"

    source: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[dt.date]
    """The first day that is counted: the one of the oldest record."""
    until: Mapped[dt.date]
    """The first that is not counted yet."""
    settled: Mapped[dt.date]
    """The first that is counted once more: what a day began may have ended after it."""

    __table_args__ = (CheckConstraint("since <= settled AND settled <= until", name="order"),)
