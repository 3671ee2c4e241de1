"""What follows an alert: its thread, line by line in order, and the pauses that people made while it was open."""

import uuid
from collections.abc import Mapping

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.records import CHANNEL, key_of
from bot.alerts.rules import Rule
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Alert, AlertEvent, Message

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


async def post_lines(database: Database, rules: Mapping[str, Rule]) -> int:
    """Post the next line of each thread whose message and earlier lines are in Slack; how many."""
    async with database.transaction() as session:
        waiting = list(
            await session.scalars(
                select(AlertEvent)
                .where(AlertEvent.posted.is_(None))
                .order_by(AlertEvent.id)
                .with_for_update(skip_locked=True)
            )
        )
        first: dict[uuid.UUID, AlertEvent] = {}
        for event in waiting:
            first.setdefault(event.alert_id, event)
        return sum([await _post(session, event, rules) for event in first.values()])


async def _post(session: AsyncSession, event: AlertEvent, rules: Mapping[str, Rule]) -> bool:
    root = await session.scalar(select(Message).where(Message.key == key_of(event.alert_id)))
    if root is None or root.ts is None or await _earlier_on_its_way(session, event):
        return False
    alert = await session.get_one(Alert, event.alert_id)
    rule = rules.get(alert.rule)
    event.posted = func.clock_timestamp()
    await outbox.show(
        session,
        line_key(event.alert_id, event.id),
        channel=rule.channel if rule else CHANNEL,
        projection="alert_line",
        subject=str(event.id),
        thread_ts=root.ts,
    )
    return True


def line_key(alert_id: uuid.UUID, event_id: int) -> str:
    return f"{key_of(alert_id)}:line:{event_id}"


async def _earlier_on_its_way(session: AsyncSession, event: AlertEvent) -> bool:
    """Lines appear in their order: the one before has arrived."""
    before = (
        select(AlertEvent.id)
        .where(AlertEvent.alert_id == event.alert_id, AlertEvent.posted.is_not(None))
        .order_by(AlertEvent.id.desc())
        .limit(1)
    )
    last = await session.scalar(before)
    if last is None:
        return False
    sent = await session.scalar(select(Message.ts).where(Message.key == line_key(event.alert_id, last)))
    return sent is None
