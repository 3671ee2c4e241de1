"""Which policies processes have gone by."""

import datetime as dt

from sqlalchemy import BigInteger, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class PolicyInForce(Base):
    """A policy that a process started with when the one before was another. Rows are only ever added."""

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    digest: Mapped[str]
    """SHA-256 (hex) of the file."""
    source: Mapped[str]
    """Its text."""
    follows: Mapped[int] = mapped_column(BigInteger, unique=True)
    """The row before, 0 of the first: however many processes start at once, one of them adds what follows it."""
    since: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
