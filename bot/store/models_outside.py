"""Groups of alerts that others evaluate, as they were last told."""

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base


class OutsideGroup(Base):
    """A group of Alertmanager's or Grafana's. The row's lock serialises all that is said of it."""

    __tablename__ = "outside_groups"

    key: Mapped[str] = mapped_column(primary_key=True)
    """A hash of the sender's name, its receiver and the group's key."""
    subject: Mapped[str] = mapped_column(unique=True)
    """Of the alert that it becomes, always the same."""
    channel: Mapped[str]
    """Where it is told; kept while it fires."""
    severity: Mapped[str | None]
    """The worst that fires; None: nothing does."""
    firing: Mapped[int]
    facts: Mapped[JSON]
    """What is said of it: see `bot/alerts/outside/groups.py`."""
    heard: Mapped[int] = mapped_column(BigInteger)
    """The payload that said it last: one that came before it says nothing any more."""
    changed: Mapped[int] = mapped_column(BigInteger)
    """The payload that last said something new."""
    until: Mapped[dt.datetime]
    """For how long it counts unless it is said again."""

    __table_args__ = (
        CheckConstraint("(severity IS NULL) = (firing = 0)", name="firing"),
        Index(None, "until"),
    )
