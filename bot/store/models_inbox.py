"""What came in, and what of it is not yet a request."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class Kind(StrEnum):
    """What can come in: five things from Slack, Stripe's events, what somebody types in a terminal, others' alerts."""

    COMMAND = "command"
    CLICK = "click"
    SUBMISSION = "submission"
    SHORTCUT = "shortcut"
    EVENT = "event"
    STRIPE = "stripe"
    TERMINAL = "terminal"
    ALERTS = "alerts"


class Inbox(Base):
    """A payload that was acknowledged. `key` makes a repeated one the same one (promise 1)."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[JSON]
    received: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    handled: Mapped[dt.datetime | None]
    reference: Mapped[str | None]
    """Names the log lines of a failure; shown to the person instead of a trace."""
    answer: Mapped[JSON | None]
    """To what was typed in a terminal: {"outcome", "text", "proposal"}; whoever waits there reads it here."""

    __table_args__ = (
        one_of("kind", Kind),
        Index(None, "received", postgresql_where=text("handled IS NULL")),
    )


class Draft(Base):
    """A command not yet complete or not yet chosen: behind forms, "did you mean" and offers to others."""

    __tablename__ = "drafts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    verb: Mapped[str]
    arguments: Mapped[JSON]
    origin: Mapped[JSON]
    created: Mapped[dt.datetime] = mapped_column(server_default=func.now(), index=True)
