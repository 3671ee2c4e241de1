"""Slots: the moments at which something scheduled is due, each taken once (promise 12); and who subscribed to what."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, one_of


class SlotOutcome(StrEnum):
    """What became of a slot when a clock got to it."""

    TAKEN = "taken"
    """A job was deferred with it."""
    MISSED = "missed"
    """No clock ran until a later one of the same schedule was due; that one names it."""


class Schedule(Base):
    """Since when a schedule is known. One that changes its times begins anew, so that nothing old is posted."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    """Days, time and zone, as the policy has them."""
    since: Mapped[dt.datetime]


class Slot(Base):
    """One due time of a schedule. Its key makes it the same one for every clock."""

    __tablename__ = "slots"

    schedule: Mapped[str] = mapped_column(primary_key=True)
    local_date: Mapped[dt.date] = mapped_column(primary_key=True)
    local_time: Mapped[dt.time] = mapped_column(primary_key=True)
    """As scheduled, also where the night the clocks go forward has no such time."""
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    """What its buttons carry."""
    due: Mapped[dt.datetime]
    taken: Mapped[dt.datetime]
    outcome: Mapped[str]
    missed: Mapped[list[Any]]
    """The earlier ones that nobody took, as local times: ["2026-03-27 08:30"]."""

    __table_args__ = (one_of("outcome", SlotOutcome),)


GOING = text("ended IS NULL")


class DigestSubscription(Base):
    """A report that somebody wants sent by the clock, to a channel or to themselves. `ended`: it is not, any more.

    Its slots are those of the schedule `subscription:<id>`; other times are another subscription.
    """

    __tablename__ = "digest_subscriptions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    report: Mapped[str]
    channel: Mapped[str | None]
    """Slack's id of a channel; None: it is somebody's own."""
    channel_name: Mapped[str | None]
    """As it was called when it was asked for."""
    staff_id: Mapped[uuid.UUID | None]
    """Whose own it is: what they may see of it is found out each time."""
    at: Mapped[str]
    days: Mapped[str]
    zone: Mapped[str]
    asked_by: Mapped[uuid.UUID]
    since: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("(channel IS NULL) <> (staff_id IS NULL)", name="one_place"),
        # One place gets a report by one schedule of its own.
        Index(
            "uq_digest_subscriptions_channel", "report", "channel", unique=True, postgresql_where=text("ended IS NULL")
        ),
        Index(
            "uq_digest_subscriptions_staff", "report", "staff_id", unique=True, postgresql_where=text("ended IS NULL")
        ),
    )
