"""How often somebody did something of late: what a limit is counted by."""

import datetime as dt
import uuid

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class RecentUse(Base):
    """One row a person and limit, with the times that still count: as many as the limit allows, oldest first."""

    __tablename__ = "recent_uses"

    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[list[dt.datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
