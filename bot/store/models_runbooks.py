"""Runbooks as they were indexed from their folder, and who said when that one is still right."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class Runbook(Base):
    """One file of Markdown."""

    __tablename__ = "runbooks"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Of the file, without `.md`."""
    title: Mapped[str]
    text: Mapped[str]
    """As it stands in the file, below the title."""
    written: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    """When this text was first seen: who writes it anew says how it is now."""
    gone: Mapped[dt.datetime | None]
    """When its file was no longer there; None: it is."""


class RunbookConfirmation(Base):
    """Somebody has looked, and it is still right."""

    __tablename__ = "runbook_confirmations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    runbook: Mapped[str] = mapped_column(ForeignKey("runbooks.name"))
    staff_id: Mapped[uuid.UUID]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "runbook", "at"),)
