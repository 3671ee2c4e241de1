"""Rooms of incidents: the channel that each has of its own, and the card that stands there.

What a room should be stands in the incident's row; `bot/incidents/rooms.py` makes Slack look like it.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import legal_holds, outbox
from bot.store.models import Incident, IncidentDue, IncidentEvent, Message
from bot.store.queue import Task, defer

ROOM, MARK = Task("incident_room", 20), Task("incident_mark", 20)
PROJECTION, PRIVATE = "incident", "incident_private"


@dataclass(frozen=True)
class Home:
    """Where a message belongs."""

    channel: str
    thread_ts: str | None


def card_key(incident_id: uuid.UUID) -> str:
    """Names the card of an incident."""
    return f"incident:{incident_id}"


def private_key(incident_id: uuid.UUID) -> str:
    """Names the card of a security incident: what it may have had before it was one stays another message."""
    return f"{card_key(incident_id)}:private"


def due_key(incident_id: uuid.UUID, clock: str, snoozed: int) -> str:
    """Names the message of a clock that is due: another one each time it was put off."""
    return f"{card_key(incident_id)}:{clock}:{snoozed}"


async def home(session: AsyncSession, incident_id: uuid.UUID) -> Home | None:
    """The thread of the incident's card; None while its room is not there yet."""
    restricted = await session.scalar(select(Incident.restricted).where(Incident.id == incident_id))
    key = private_key(incident_id) if restricted else card_key(incident_id)
    found = await session.execute(
        select(Incident.channel, Message.ts)
        .join(Message, Message.key == key, isouter=True)
        .where(Incident.id == incident_id, Incident.channel.is_not(None))
    )
    row = found.one_or_none()
    return Home(row.channel, row.ts) if row else None


async def called(session: AsyncSession, channel_id: str) -> str | None:
    """What people call this channel, where it is a room: `#inc-7-mail-is-not-going-out`."""
    row = await session.scalar(select(Incident).where(Incident.channel == channel_id))
    return f"#{name_of(row)}" if row else None


async def of_channel(session: AsyncSession, channel_id: str) -> uuid.UUID | None:
    """The incident whose room this channel is."""
    return await session.scalar(select(Incident.id).where(Incident.channel == channel_id))


def source_of(channel_id: str, ts: str) -> str:
    """Names a message in Slack as what a line of the timeline tells of."""
    return f"message:{channel_id}:{ts}"


async def is_marked(session: AsyncSession, channel_id: str, ts: str) -> bool:
    """Whether a timeline has, or had, a line for this message."""
    found = select(IncidentEvent.id).where(IncidentEvent.source == source_of(channel_id, ts))
    return await session.scalar(found) is not None


def name_of(incident: Incident) -> str:
    """What its room is called in Slack: `inc-7-mail-is-not-going-out`, at most 60 characters."""
    if incident.restricted:
        return f"inc-{incident.number}-private"
    slug = "".join(one if one.isascii() and one.isalnum() else "-" for one in incident.title.lower())
    words = "-".join(filter(None, slug.split("-")))
    return f"inc-{incident.number}-{words}"[:60].rstrip("-")


async def changed(session: AsyncSession, incident_id: uuid.UUID) -> None:
    """Have its card drawn anew and what is due of it, and its room made to look like its row."""
    await look_after(session, incident_id)
    await redraw(session, incident_id)
    await redraw_due(session, incident_id)


async def look_after(session: AsyncSession, incident_id: uuid.UUID) -> None:
    """Have its room made to look like its row."""
    await session.flush()
    await session.execute(update(Incident).where(Incident.id == incident_id).values(wanted=Incident.wanted + 1))
    await defer(session, ROOM, incident_id=str(incident_id))


async def redraw(session: AsyncSession, incident_id: uuid.UUID) -> None:
    """Have its card drawn anew, where there is one by now."""
    await outbox.refresh(session, card_key(incident_id))
    await outbox.refresh(session, private_key(incident_id))


async def redraw_due(session: AsyncSession, incident_id: uuid.UUID) -> None:
    """Have what was said of its clocks drawn anew: done, put off, or over with the incident.

    What was put off more than once keeps saying so.
    """
    said = IncidentDue.incident_id == incident_id, or_(IncidentDue.told.is_not(None), IncidentDue.snoozed > 0)
    for clock, snoozed in await session.execute(select(IncidentDue.clock, IncidentDue.snoozed).where(*said)):
        for time in range(max(0, snoozed - 1), snoozed + 1):
            await outbox.refresh(session, due_key(incident_id, clock, time))


async def settle(session: AsyncSession, incident_id: uuid.UUID, channel: str) -> None:
    """Its room is there: the card goes into it."""
    await session.execute(
        update(Incident).where(Incident.id == incident_id).values(channel=func.coalesce(Incident.channel, channel))
    )
    await legal_holds.add_room(session, incident_id, channel)
    restricted = await session.scalar(select(Incident.restricted).where(Incident.id == incident_id))
    key, projection = (private_key(incident_id), PRIVATE) if restricted else (card_key(incident_id), PROJECTION)
    await outbox.show(session, key, channel=channel, projection=projection, subject=str(incident_id))
