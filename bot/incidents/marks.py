"""Messages that somebody marked with a reaction are lines of the timeline, as they are in Slack now.

Whatever has happened to a message, it is read anew: marked it is a line, changed the line says so, deleted or without
its mark it is none. So events may come twice, late or in any order.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, null
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import evidence
from bot.actions.incidents.facts import load
from bot.delivery import webapi
from bot.handlers.payloads import MARKS
from bot.incidents.collecting import Found, Reader
from bot.parameters.base import unescape
from bot.people import identity
from bot.people.identity import SlackPerson
from bot.pipeline.core import now
from bot.store import rooms
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import IncidentEvent, IncidentHappened

LONGEST = 1000  # characters that are kept of a message
_ROWS = table(IncidentEvent)


@dataclass(frozen=True)
class Marks:
    """Reads messages from Slack."""

    database: Database
    client: AsyncWebClient
    team_id: str

    async def look(self, channel: str, ts: str) -> None:
        """Bring the line of this message up to date. Raises `Later`."""
        async with self.database.transaction() as session:
            incident_id, seen = await rooms.of_channel(session, channel), await now(session)
            secret = incident_id is not None and (await load(session, incident_id)).restricted
        if incident_id is None:
            return
        reader = Reader(self.client)
        async with webapi.waiting():
            message = _marked(await reader.message(channel, ts))
            found = await reader.of_message(channel, message) if message and secret else Found()
        async with self.database.transaction() as session:
            await self._write(session, incident_id, channel, ts, message, seen)
            await self._keep(session, incident_id, message, found)
            await rooms.redraw(session, incident_id)

    async def _keep(
        self, session: AsyncSession, incident_id: uuid.UUID, message: dict[str, Any] | None, found: Found
    ) -> None:
        """What was marked in a security incident's channel, once as often as it was another one; by whoever marked."""
        takers = [await identity.staff_id_of(session, SlackPerson(self.team_id, one)) for one in _markers(message)]
        by = next(filter(None, takers), None)
        for piece in found.pieces:
            await evidence.keep(session, incident_id, piece, by)
        for file_id, why in found.lacking.items():
            said = {"incident_id": incident_id, "what": IncidentHappened.EVIDENCE, "facts": {"lacks": why}}
            once = insert(_ROWS).values(**said, source=f"lacks:{file_id}")
            await session.execute(once.on_conflict_do_nothing())

    async def _write(
        self,
        session: AsyncSession,
        incident_id: uuid.UUID,
        channel: str,
        ts: str,
        message: dict[str, Any] | None,
        seen: dt.datetime,
    ) -> None:
        """What was read later counts: an older look never overwrites a newer one."""
        person = SlackPerson(self.team_id, message.get("user", "")) if message else None
        who = await identity.staff_id_of(session, person) if person else None
        text = unescape(message.get("text", ""))[:LONGEST].replace("\x00", "�") if message else ""
        facts = {"text": text, "seen": seen.timestamp()}
        gone = null() if message else func.clock_timestamp()
        new = insert(_ROWS).values(
            incident_id=incident_id,
            at=dt.datetime.fromtimestamp(float(ts), dt.UTC),
            what=IncidentHappened.MARKED,
            staff_id=who,
            facts=facts,
            source=rooms.source_of(channel, ts),
            gone=gone,
        )
        older = _ROWS.c.facts["seen"].as_float() < seen.timestamp()
        changed = {"staff_id": who, "facts": facts, "gone": gone}
        await session.execute(
            new.on_conflict_do_update(index_elements=["incident_id", "source"], set_=changed, where=older)
        )


def _marked(message: dict[str, Any] | None) -> dict[str, Any] | None:
    """The message; None where it is deleted, or has no mark."""
    return message if any(one.get("count") for one in _marks(message)) else None


def _marks(message: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [one for one in (message or {}).get("reactions", ()) if one["name"] in MARKS]


def _markers(message: dict[str, Any] | None) -> list[str]:
    """Slack's ids of those who marked it, as far as Slack names them."""
    return [user for one in _marks(message) for user in one.get("users", ())]
