"""Who has proved by a code from an app that it is them: the seed of the app, what is left of it when it is lost."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class CodeApp(Base):
    """The app that makes somebody's codes: one a person."""

    __tablename__ = "code_apps"

    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seed: Mapped[bytes]
    """Encrypted (bot/store/vault.py)."""
    picture: Mapped[str | None]
    """Slack's id of the picture with the seed, as long as it may be there."""
    begun: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    confirmed: Mapped[dt.datetime | None]
    """When its first code was right; before that it proves nothing."""
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Of the newest code that counted, in half minutes since 1970: that code and all before it count no more."""
    wrong: Mapped[int] = mapped_column(server_default="0")
    """Wrong codes since the last right one."""
    locked: Mapped[dt.datetime | None]


class RecoveryCode(Base):
    """Stands in for a code once, when the app is lost."""

    __tablename__ = "recovery_codes"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256: the code itself has 80 random bits, and is nowhere."""
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("code_apps.staff_id", ondelete="CASCADE"), index=True)
    used: Mapped[dt.datetime | None]


class Proof(Base):
    """That somebody gave a right code: one a person, the newest."""

    __tablename__ = "step_up_proofs"

    staff_id: Mapped[uuid.UUID] = mapped_column(
        Uuid, ForeignKey("code_apps.staff_id", ondelete="CASCADE"), primary_key=True
    )
    revision_id: Mapped[uuid.UUID]
    """What they were asked about."""
    given: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    used: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    """When it last counted for a decision."""
