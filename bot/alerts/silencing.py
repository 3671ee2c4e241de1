"""The end of a silence is told where its beginning was, also where the alert was over before."""

import datetime as dt

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import timeline
from bot.store import silences
from bot.store.models import AlertHappened, AlertState

# Of what is open whoever evaluates it tells (`settling.py`). What others are ending right now is theirs to tell.
ENDED = text(
    """
    UPDATE pmbot.alert_silences SET told = :now WHERE id IN (
        SELECT id FROM pmbot.alert_silences WHERE told IS NULL AND until <= :now FOR UPDATE SKIP LOCKED
    ) RETURNING rule, subject
    """
)


async def announce_ends(session: AsyncSession, now: dt.datetime) -> None:
    """A line for each silence that has ended since, below the last alert of it that people saw."""
    for rule, subject in (await session.execute(ENDED, {"now": now})).all():
        alert = await silences.newest(session, rule, subject)
        if alert is not None and alert.state == AlertState.RESOLVED and alert.shown is not None:
            timeline.tell(session, alert, AlertHappened.SILENCE_OVER, now, facts={"over": True})
