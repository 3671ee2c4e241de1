"""On call: who stands in for whom, and who was on call since when."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class OnCallSwap(Base):
    """Somebody stands in for whoever's turn it is in a layer. Of two at the same time the one made last counts."""

    __tablename__ = "on_call_swaps"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    layer: Mapped[str]
    staff_id: Mapped[uuid.UUID]
    begins: Mapped[dt.datetime]
    ends: Mapped[dt.datetime]
    made_by: Mapped[uuid.UUID]
    made: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    withdrawn: Mapped[dt.datetime | None]
    """Since when it does not count any more; before that it did."""

    __table_args__ = (CheckConstraint("begins < ends", name="lasts"), Index(None, "ends"))


class OnCallShift(Base):
    """Since when somebody is on call in a layer. Rows are only ever added: whoever adds one hands over."""

    __tablename__ = "on_call_shifts"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    layer: Mapped[str]
    follows: Mapped[int] = mapped_column(BigInteger)
    """The row before in its layer, 0 of the first: however many clocks see a hand-over, one adds what follows."""
    staff_id: Mapped[uuid.UUID | None]
    """None: somebody whom the platform does not know."""
    began: Mapped[dt.datetime]

    __table_args__ = (UniqueConstraint("layer", "follows"),)
