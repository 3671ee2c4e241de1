"""Messages that somebody marked with a reaction are lines of the timeline, as they are in Slack now.

Whatever has happened to a message, it is read anew: marked it is a line, changed the line says so, deleted or without
its mark it is none. So events may come twice, late or in any order.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, null
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import webapi
from bot.handlers.payloads import MARKS
from bot.parameters.base import unescape
from bot.people import identity
from bot.people.identity import SlackPerson
from bot.pipeline.core import now
from bot.store import rooms
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import IncidentEvent, IncidentHappened

LONGEST = 1000  # characters that are kept of a message
GONE = {"thread_not_found", "message_not_found", "channel_not_found"}
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
        if incident_id is None:
            return
        message = await self._read(channel, ts)
        async with self.database.transaction() as session:
            await self._write(session, incident_id, channel, ts, message, seen)
            await rooms.redraw(session, incident_id)

    async def _read(self, channel: str, ts: str) -> dict[str, Any] | None:
        """The message as it is in Slack; None where it is deleted, or has no mark."""
        try:
            async with webapi.waiting():
                answer = await self.client.conversations_replies(channel=channel, ts=ts, limit=1)
        except SlackApiError as error:
            if webapi.code(error) in GONE:
                return None
            raise
        found = next((one for one in answer["messages"] if one["ts"] == ts and one.get("subtype") != "tombstone"), None)
        marks = {one["name"] for one in (found or {}).get("reactions", ()) if one.get("count")}
        return found if marks & MARKS else None

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
        who = message and await identity.staff_id_of(session, SlackPerson(self.team_id, message.get("user", "")))
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
