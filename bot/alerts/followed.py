"""The pauses that people made while an alert was open, and their ends."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.records import key_of
from bot.store import outbox

# Pauses that hold back jobs of an alert's queue, since it fired; and the ends of those that were noted.
PAUSED = text(
    """
    INSERT INTO pmbot.alert_events (alert_id, at, what, staff_id, facts)
    SELECT alerts.id, holds.starts, 'paused', holds.staff_id, jsonb_build_object('hold', holds.id)
    FROM pmbot.alerts JOIN pmbot.holds
      ON holds.kind = 'queue_pause' AND holds.starts >= alerts.fired
      AND (holds.subject ->> 'queue' IS NULL OR holds.subject ->> 'queue' = alerts.subject)
    WHERE alerts.state IN ('firing', 'acknowledged') AND NOT EXISTS (
        SELECT FROM pmbot.alert_events AS known WHERE known.alert_id = alerts.id
          AND known.what = 'paused' AND known.facts ->> 'hold' = holds.id::text)
    ORDER BY holds.starts
    RETURNING alert_id
    """
)
RESUMED = text(
    """
    INSERT INTO pmbot.alert_events (alert_id, at, what, staff_id, facts)
    SELECT paused.alert_id, holds.ended, 'resumed', holds.ended_by, paused.facts
    FROM pmbot.alert_events AS paused JOIN pmbot.holds ON holds.id::text = paused.facts ->> 'hold'
    WHERE paused.what = 'paused' AND holds.ended IS NOT NULL AND holds.ended > now() - interval '1 day'
      AND NOT EXISTS (
        SELECT FROM pmbot.alert_events AS known WHERE known.alert_id = paused.alert_id
          AND known.what = 'resumed' AND known.facts ->> 'hold' = holds.id::text)
    ORDER BY holds.ended
    RETURNING alert_id
    """
)


async def note_pauses(session: AsyncSession) -> None:
    """Put pauses of an open alert's queue on its record, and their ends also when it is over."""
    for statement in (PAUSED, RESUMED):
        for alert_id in set((await session.scalars(statement)).all()):
            await outbox.refresh(session, key_of(alert_id))
