"""What should be on a screen, and what Slack has of it."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import JSON, Base


class Message(Base):
    """What should be on a screen. Delivery makes Slack look like it (promise 11)."""

    __tablename__ = "messages"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    """Travels as metadata, so that a send with an unknown result can be looked up."""
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    """Logical name or id of a channel, or a user's id for a direct message."""
    only_for: Mapped[str | None]
    """Set: an ephemeral that only this Slack user sees; sent once, best effort."""
    thread_ts: Mapped[str | None]
    response_url: Mapped[str | None]
    projection: Mapped[str]
    """Names the function that draws it, or `static` when `content` is what to show."""
    subject: Mapped[str | None]
    follows: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("proposals.id"))
    """The proposal with whose card this is drawn anew."""
    content: Mapped[JSON | None]
    version: Mapped[int] = mapped_column(default=1)
    sent_version: Mapped[int] = mapped_column(default=0)
    sent_fingerprint: Mapped[str | None] = mapped_column("sent_digest")
    """SHA-256 (hex) of what Slack has, where that is known: the same is not sent once more."""
    sent_channel: Mapped[str | None]
    ts: Mapped[str | None]
    """Where Slack has it; None as long as it was not posted, or after it was deleted there."""
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    """The job that is talking to Slack about it."""
    claimed: Mapped[dt.datetime | None]
    posting: Mapped[dt.datetime | None]
    """Since when a first post is under way whose result is not yet known."""
    failing: Mapped[dt.datetime | None]
    """Since when Slack has not taken it; None again once it is on the screen."""
    refusal: Mapped[str | None]
    """Slack's last word on it, an error code; `no_answer` where there was none."""
    undeliverable: Mapped[dt.datetime | None]
    """Since when it counts as such: Slack has said no for a while. Still tried, but seldom."""
    changed: Mapped[dt.datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    created: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_messages_failing", "failing", postgresql_where=text("failing IS NOT NULL")),
        Index("ix_messages_unsent", "changed", postgresql_where=text("version > sent_version")),
        Index("ix_messages_ts", "sent_channel", "ts"),
        Index(None, "follows", postgresql_where=text("follows IS NOT NULL")),
        Index("ix_messages_said", "created", postgresql_where=text("projection = 'static' AND content IS NOT NULL")),
    )
