"""How the bot watches itself: when it last heard from itself, its silences, and who was told of them (promise 13)."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base, one_of


class Pulse(Base):
    """One row: what all processes know of the bot's life. Times are the database's."""

    __tablename__ = "pulse"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    beat: Mapped[int] = mapped_column(default=0)
    """How often the canary was sent on its way."""
    sent: Mapped[dt.datetime | None]
    returned: Mapped[dt.datetime | None]
    """When it last came back, by the door that everything else comes in by."""
    ticked: Mapped[dt.datetime | None]
    """When a clock last ran."""
    looked: Mapped[dt.datetime | None]
    """When somebody last looked at all this."""
    awake: Mapped[dt.datetime | None]
    """Since when somebody has been looking without a pause: what was missed before is no silence."""
    pinged: Mapped[dt.datetime | None]
    """When `PM_WATCH_URL` was last told that all is well."""

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class Silence(Base):
    """The bot was not heard, or did not do its work, for minutes. One at a time."""

    __tablename__ = "silences"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    began: Mapped[dt.datetime]
    """Since when nothing was heard, which is before it was noticed."""
    noticed: Mapped[dt.datetime]
    reasons: Mapped[JSON]
    """What was wrong, in words as it was told, by kind: {"canary": "For 3 min, …"}."""
    well: Mapped[dt.datetime | None]
    """Since when nothing is wrong any more; None again when something is."""
    over: Mapped[dt.datetime | None]

    # Of those that are not over there is one.
    __table_args__ = (Index("uq_silences_open", "over", unique=True, postgresql_nulls_not_distinct=True),)


class NoticeKind(StrEnum):
    """What is told."""

    BEGAN = "began"
    OVER = "over"


class SilenceNotice(Base):
    """One message by one second route. Its key makes it the same one for every process."""

    __tablename__ = "silence_notices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    silence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("silences.id"))
    what: Mapped[str]
    route: Mapped[str]
    """The name of the second route."""
    created: Mapped[dt.datetime]
    claimed: Mapped[dt.datetime | None]
    """When a process last began to send it."""
    told: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("what", NoticeKind),
        UniqueConstraint("silence_id", "what", "route"),
        Index("ix_silence_notices_untold", "id", postgresql_where=text("told IS NULL")),
    )
