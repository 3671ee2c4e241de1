"""Messages that should have been sent long ago: their job may be lost, or Slack refuses them for good."""

from sqlalchemy import func, or_, select, text

from bot.store.database import Database
from bot.store.models import Message
from bot.store.outbox import DELIVER
from bot.store.queue import defer

UNSENT_AFTER = 30  # seconds after which an unsent message gets another job, in case its own is lost
SELDOM = 600  # seconds between two attempts at what Slack refuses for good


async def resend(database: Database) -> int:
    """Give messages that should have been sent long ago a new job; how many."""
    async with database.transaction() as session:
        late = await session.scalars(
            select(Message)
            .where(
                Message.version > Message.sent_version,
                Message.changed < func.now() - text(f"interval '{UNSENT_AFTER} seconds'"),
                or_(
                    Message.undeliverable.is_(None),
                    Message.changed < func.now() - text(f"interval '{SELDOM} seconds'"),
                ),
            )
            .limit(100)
            .with_for_update(skip_locked=True)
        )
        found = list(late)
        for message in found:
            message.changed = func.now()
            await defer(session, DELIVER, message_id=str(message.id))
        return len(found)
