"""Whose words count, who hears how a request goes, and what is asked about it afterwards."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class LostTrust(Base):
    """Somebody was signed out, shut out or linked anew: what they said and asked for before does not count."""

    __tablename__ = "lost_trust"

    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())


class Follower(Base):
    """Somebody who would have asked for the same: they are told how it goes, and approve nothing with it."""

    __tablename__ = "followers"

    proposal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())


class GlassQuestion(Base):
    """What somebody who reviews an emergency override asked whoever ran it."""

    __tablename__ = "glass_questions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decisions.id"))
    staff_id: Mapped[uuid.UUID]
    question: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
