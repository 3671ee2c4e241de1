"""When PagerDuty takes nothing: one message that says since when, and afterwards that it does again."""

import datetime as dt
import uuid

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.holds.reads import clock
from bot.integrations.pagerduty.events import Event
from bot.store import outbox
from bot.store.models import JSON, Page, PagerOutage

CHANNEL = "operations"
AFTER = dt.timedelta(minutes=1)  # of failing; less is told to nobody
PROJECTION = "pager_outage"
WORDS = {Event.TRIGGER: "has fired", Event.ACKNOWLEDGE: "is acknowledged", Event.RESOLVE: "has ended"}


def key_of(number: int) -> str:
    """Names the message of an outage."""
    return f"{PROJECTION}:{number}"


async def begin(session: AsyncSession, since: dt.datetime, cause: str) -> None:
    """Say so, once, where it has lasted long enough."""
    if await clock(session) - since < AFTER:
        return
    row = insert(PagerOutage).values(going_on=True, since=since, cause=cause)
    number = await session.scalar(row.on_conflict_do_nothing().returning(PagerOutage.number))
    if number is not None:
        await outbox.show(session, key_of(number), channel=CHANNEL, projection=PROJECTION, subject=str(number))


async def over(session: AsyncSession) -> None:
    """PagerDuty has taken something: whatever was told is over."""
    going_on = update(PagerOutage).where(PagerOutage.going_on.is_(True))
    ended = going_on.values(until=func.clock_timestamp(), going_on=None)
    for number in (await session.scalars(ended.returning(PagerOutage.number))).all():
        await outbox.refresh(session, key_of(number))


async def refused(
    session: AsyncSession, renderer: Renderer, alert_id: uuid.UUID, version: int, title: str, event: Event, cause: str
) -> None:
    """Say what PagerDuty will never take, once."""
    content = renderer.message("oncall/refused.j2", Clearance.CHANNEL, title=title, what=WORDS[event], cause=cause)
    await outbox.post(session, f"page_refused:{alert_id}:{version}", content, channel=CHANNEL)


async def draw(session: AsyncSession, renderer: Renderer, subject: str) -> JSON:
    """The message of an outage."""
    row = await session.get_one(PagerOutage, int(subject))
    waiting = await session.scalar(select(func.count()).where(Page.failing.is_not(None)))
    return renderer.message("oncall/outage.j2", Clearance.CHANNEL, row=row, waiting=waiting or 0)
