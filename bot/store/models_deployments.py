"""Deployments, as whoever runs them tells us: each its newest state, and what was measured around it."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class DeploymentState(StrEnum):
    """Where a deployment stands; a later one in this order is never taken back by an event that comes late."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"

    @property
    def rank(self) -> int:
        return {self.STARTED: 0, self.SUCCEEDED: 1, self.FAILED: 1, self.ROLLED_BACK: 2}[self]


class Deployment(Base):
    """One deployment of one service. The row's lock serialises all of its events."""

    __tablename__ = "deployments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    """What CI calls it."""
    service: Mapped[str]
    version: Mapped[str]
    by: Mapped[str | None]
    """Who, as CI says."""
    url: Mapped[str | None]
    state: Mapped[str]
    started: Mapped[dt.datetime]
    finished: Mapped[dt.datetime | None]
    request: Mapped[str | None]
    """The key of the call to CI that it came of, where somebody asked for it here."""
    measured: Mapped[dt.datetime | None]
    """When the figures after it were looked at, once."""
    figures: Mapped[JSON] = mapped_column(server_default="{}")
    """{"before": {"p95", "errors", "failures"}, "after": …}: of half an hour each."""

    __table_args__ = (
        one_of("state", DeploymentState),
        CheckConstraint("(state = 'started') = (finished IS NULL)", name="finished"),
        Index(None, "started"),
        Index("ix_deployments_unmeasured", "finished", postgresql_where=text("measured IS NULL")),
    )


class DeploymentEvent(Base):
    """An event that was acknowledged: its key makes a repeated one the same one."""

    __tablename__ = "deployment_events"

    key: Mapped[str] = mapped_column(primary_key=True)
    received: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    payload: Mapped[JSON]
