"""What is on screens of a maintenance window: one message a place, a reminder, a summary."""

import uuid
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import outbox

CARD, REMINDER, SUMMARY = "maintenance", "maintenance_reminder", "maintenance_summary"  # projections
OPERATIONS, STAKEHOLDERS = "operations", "stakeholders"


def key_of(window_id: uuid.UUID | str, projection: str, place: str) -> str:
    """Names a message of a window in a place."""
    return f"{projection}:{window_id}:{place}"


async def tell(session: AsyncSession, window_id: uuid.UUID, projection: str, places: Iterable[str]) -> None:
    """Have it on the screen in all of these channels, or brought up to date there."""
    for place in places:
        key = key_of(window_id, projection, place)
        await outbox.show(session, key, channel=place, projection=projection, subject=str(window_id))


async def redraw(session: AsyncSession, window_id: uuid.UUID) -> None:
    """Have its card and its reminder drawn anew, wherever they stand."""
    for projection in (CARD, REMINDER):
        for place in (OPERATIONS, STAKEHOLDERS):
            await outbox.refresh(session, key_of(window_id, projection, place))
