"""PagerDuty: what it knows of alerts, when it took nothing, and who is on call by its schedules."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base

_EVENTS = "IN ('trigger', 'acknowledge', 'resolve')"


class Page(Base):
    """What PagerDuty is to know of an alert, and what it knows (`bot/oncall/paging.py`)."""

    __tablename__ = "pages"

    alert_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    wanted: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    """How often something else was wanted."""
    known: Mapped[str | None]
    """What it took last."""
    tried: Mapped[str | None]
    """A call whose answer is not known; marked before it is made."""
    generation: Mapped[int] = mapped_column(server_default="0")
    """How often it began there; each has a key of its own."""
    refused: Mapped[int | None]
    """The version that it will never take."""
    working: Mapped[int | None] = mapped_column(BigInteger)
    """The job that is at it."""
    worked: Mapped[dt.datetime | None]
    failing: Mapped[dt.datetime | None]
    """Since when it takes nothing."""

    __table_args__ = (
        *(CheckConstraint(f"{one} {_EVENTS}", name=one) for one in ("wanted", "known", "tried")),
        Index("ix_pages_open", "alert_id", postgresql_where=text("wanted <> 'resolve'")),
    )


class PagerOutage(Base):
    """A time in which PagerDuty took nothing, once it was long enough to be told."""

    __tablename__ = "pager_outages"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    going_on: Mapped[bool | None] = mapped_column(unique=True, default=True)
    """True, of one at a time; then nothing."""
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    cause: Mapped[str]

    __table_args__ = (CheckConstraint("(until IS NULL) = (going_on IS TRUE)", name="going_on"),)


class OnCallAsked(Base):
    """One row: when PagerDuty was asked who is on call, and when it last answered."""

    __tablename__ = "on_call_asked"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked: Mapped[dt.datetime]
    answered: Mapped[dt.datetime | None]
    error: Mapped[str | None]
    """Why it did not answer since."""

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class OnCallEntry(Base):
    """Somebody's time on call by a schedule of PagerDuty's, as it was last read."""

    __tablename__ = "on_call_entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    schedule: Mapped[str]
    staff_id: Mapped[uuid.UUID | None]
    """None: somebody whom the platform does not know."""
    begins: Mapped[dt.datetime]
    ends: Mapped[dt.datetime]
