"""Baselines: the configuration as somebody agreed to it."""

import datetime as dt
import uuid

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base


class Baseline(Base):
    """How everything was set at one moment, and who said that it is right so; the newest counts."""

    __tablename__ = "baselines"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    agreed: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
    agreed_by: Mapped[uuid.UUID]
    content: Mapped[JSON]
    """By what it is of and by key: {"settings": {key: value}, "flags": {key: …}, "policies": {tenant id: …}}."""
