"""The pauses that people made while an alert was open, and their ends."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.timeline import key_of
from bot.store import outbox

# Pauses that hold back jobs of an alert's queue, since it fired; and the ends of those that were noted.
PAUSED = text(
    """
    INSERT INTO pmbot.alert_events (alert_id, at, what, staff_id, facts)
    SELECT alerts.id, holds.starts, 'paused', holds.staff_id, jsonb_build_object('hold', holds.id)
    FROM pmbot.alerts JOIN pmbot.holds
      ON holds.kind = 'queue_pause' AND holds.starts >= alerts.fired
      AND (holds.subject ->> 'queue' IS NULL OR holds.subject ->> 'queue' = alerts.subject)
    WHERE alerts.state IN ('firing', 'acknowledged', 'contained') AND NOT EXISTS (
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
# That such a pause will end soon, while it is all that keeps the alert from firing; once more where it was extended.
ENDS_SOON = text(
    """
    INSERT INTO pmbot.alert_events (alert_id, at, what, facts)
    SELECT paused.alert_id, holds.noticed, 'ends_soon',
           paused.facts || jsonb_build_object('held', alerts.facts -> 'held')
    FROM pmbot.alert_events AS paused JOIN pmbot.alerts ON alerts.id = paused.alert_id
    JOIN pmbot.holds ON holds.id::text = paused.facts ->> 'hold'
    WHERE paused.what = 'paused' AND alerts.state = 'contained' AND holds.ended IS NULL AND holds.noticed IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM pmbot.alert_events AS known WHERE known.alert_id = paused.alert_id
          AND known.what = 'ends_soon' AND known.facts ->> 'hold' = holds.id::text AND known.at = holds.noticed)
    ORDER BY holds.noticed
    RETURNING alert_id
    """
)


async def note(session: AsyncSession) -> None:
    """Put pauses of an open alert's queue on its record, that they end soon, and their ends also when it is over."""
    for statement in (PAUSED, ENDS_SOON, RESUMED):
        for alert_id in set((await session.scalars(statement)).all()):
            await outbox.refresh(session, key_of(alert_id))
