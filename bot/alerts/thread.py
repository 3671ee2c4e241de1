"""An alert's thread: what happened, a line each, in order and within seconds."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Text, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import Rule
from bot.alerts.timeline import channel_of, key_of
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Alert, AlertEvent, Message

LOOKS, PAUSE = 20, 0.2  # in one round, and the seconds between them: several things often happen at once


@dataclass(frozen=True)
class Thread:
    """Posts what was put on record. Slack orders a thread by arrival, so each line waits for the one before it."""

    database: Database
    rules: Mapping[str, Rule]

    async def sweep(self) -> None:
        """Post all lines that wait, as fast as they arrive; what takes longer is left to the next round."""
        for _ in range(LOOKS):
            if not await self._post_next():
                return
            await asyncio.sleep(PAUSE)

    async def _post_next(self) -> int:
        """Post the next line of each thread, unless the one before it is still on its way; how many threads wait."""
        async with self.database.transaction() as session:
            first: dict[uuid.UUID, AlertEvent] = {}
            for event, root in (await session.execute(_WAITING)).all():
                if first.setdefault(event.alert_id, event) is event and not await _earlier_on_its_way(session, event):
                    await self._post(session, event, root)
            return len(first)

    async def _post(self, session: AsyncSession, event: AlertEvent, root: str | None) -> None:
        alert = await session.get_one(Alert, event.alert_id)
        event.posted = func.clock_timestamp()
        await outbox.show(
            session,
            line_key(event.alert_id, event.id),
            channel=channel_of(self.rules.get(alert.rule), alert.facts),
            projection="alert_line",
            subject=str(event.id),
            thread_ts=root,
        )


# Lines whose alert's message is in Slack, with its timestamp there.
_WAITING = (
    select(AlertEvent, Message.ts)
    .join(Message, Message.key == literal(key_of("")) + cast(AlertEvent.alert_id, Text))
    .where(AlertEvent.posted.is_(None), Message.ts.is_not(None))
    .order_by(AlertEvent.id)
    .with_for_update(of=AlertEvent, skip_locked=True)
)


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
