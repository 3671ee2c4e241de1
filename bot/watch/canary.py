"""The canary: one message that changes each minute. Slack tells of that, and so the whole way there and back is tried.

There: the clock, a worker, Slack. Back: an event, by the door that commands come in by, and a worker that handles it.
Slack's events name no version of a message, so its block does: whatever shows it is ours (bot/handlers/payloads.py).
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.drawing.render import Renderer
from bot.handlers.payloads import CANARY as BLOCK
from bot.store import outbox
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import JSON, Pulse
from bot.store.watch import CANARY

CHANNEL, PROJECTION = "canary", "watch_canary"
EVERY, TICK = 60.0, 10.0  # seconds

_PULSE = table(Pulse)


@dataclass(frozen=True)
class Canary:
    """Sends it; any number of clocks do."""

    database: Database
    renderer: Renderer
    on: bool
    """Whether there is a channel for it."""

    async def tick(self) -> bool:
        """A clock runs; whether the canary was sent on its way."""
        async with self.database.transaction() as session:
            now = func.clock_timestamp()
            await session.execute(update(_PULSE).where(_older(_PULSE.c.ticked, TICK)).values(ticked=now))
            if not self.on:
                return False
            due = update(_PULSE).where(_older(_PULSE.c.sent, EVERY)).values(sent=now, beat=_PULSE.c.beat + 1)
            if await session.scalar(due.returning(_PULSE.c.beat)) is None:
                return False
            await outbox.show(session, CANARY, channel=CHANNEL, projection=PROJECTION)
            return True

    async def draw(self, session: AsyncSession, _subject: str) -> JSON:
        """The message, with its number in the id of its block."""
        row = (await session.execute(select(Pulse.beat, Pulse.sent))).one()
        drawn = self.renderer.message("watch/canary.j2", number=row.beat, sent=row.sent)
        first, *others = drawn["blocks"]
        return {**drawn, "blocks": [{**first, "block_id": f"{BLOCK}{row.beat}"}, *others]}


def _older(column: ColumnElement[dt.datetime | None], seconds: float) -> ColumnElement[bool]:
    return or_(column.is_(None), column < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, seconds))
