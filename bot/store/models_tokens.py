"""Who may ask from a terminal."""

import datetime as dt
import uuid

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class CliToken(Base):
    """A staff member's token for `pm do`: one each, known here by its SHA-256 alone; revoking deletes the row."""

    __tablename__ = "cli_tokens"

    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    created: Mapped[dt.datetime] = mapped_column(server_default=func.now())
