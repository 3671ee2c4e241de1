"""Whoever has to be told of personal data in a security incident: reminders until it is done or not needed.

Nobody puts them off. They come in the incident's own channel, whatever its state; while it has none, in that of
security, which then reads its number and nothing else.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import duties
from bot.actions.incidents.facts import holders, tell
from bot.actions.incidents.parameters import DUTIES
from bot.drawing import mentions
from bot.drawing.buttons import button
from bot.drawing.elements import Element, user_mention
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline.core import now
from bot.platform import staff
from bot.policy import Policy
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON, Incident, IncidentBreach, IncidentDuty, IncidentHappened, IncidentRole

AT_ONCE = 50  # reminders of one round
PROJECTION = "incident_duty"

_WAITING = (
    select(IncidentDuty, IncidentBreach.known, Incident.channel)
    .join(IncidentBreach, IncidentBreach.incident_id == IncidentDuty.incident_id)
    .join(Incident, Incident.id == IncidentDuty.incident_id)
    .where(IncidentDuty.next <= func.clock_timestamp(), IncidentDuty.ended.is_(None))
    .order_by(IncidentDuty.next)
    .limit(AT_ONCE)
    .with_for_update(of=IncidentDuty, skip_locked=True)
)


@dataclass(frozen=True)
class Duties:
    """Any number of processes look; each reminder is one's."""

    database: Database
    renderer: Renderer
    policy: Policy
    team_id: str

    async def sweep(self) -> int:
        """Remind of all that is waiting; how many. What was slept through is said once."""
        async with self.database.transaction() as session:
            found = (await session.execute(_WAITING)).all()
            for one, known, channel in found:
                await self._remind(session, one, known, channel or "security")
            return len(found)

    async def _remind(self, session: AsyncSession, one: IncidentDuty, known: dt.datetime, channel: str) -> None:
        one.last = at = await now(session)
        one.reminded += 1
        one.next = self.policy.incidents.breach.of(one.duty).next_reminder(known, at)
        await session.flush()
        await tell(session, one.incident_id, IncidentHappened.REMINDED, None, duty=one.duty)
        await outbox.show(
            session,
            duties.key_of(one.incident_id, one.duty, one.reminded),
            channel=channel,
            projection=PROJECTION,
            subject=f"{one.incident_id}:{one.duty}:{one.reminded}",
        )
        await duties.redraw(session, one)

    async def draw(self, session: AsyncSession, subject: str) -> JSON:
        """A reminder; what became of it stands in its place. The subject: incident, duty, the how-manieth."""
        incident_id, duty, number = subject.split(":")
        row = await session.get_one(Incident, uuid.UUID(incident_id))
        one = await session.get(IncidentDuty, (row.id, duty))
        left = one.due - one.last if one and one.last else dt.timedelta()
        return self.renderer.message(
            "incidents/duty.j2",
            Clearance.CHANNEL,
            row=row,
            one=one,
            what=DUTIES[duty],
            rule=self.policy.incidents.breach.of(duty),
            by=await staff.name_of(session, one.ended_by) if one and one.ended_by else None,
            newer=one is not None and one.reminded > int(number),
            left=left.total_seconds(),
            mention=await self._whom(session, row.id),
            card_buttons=_buttons(row, duty),
        )

    async def _whom(self, session: AsyncSession, incident_id: uuid.UUID) -> Element | None:
        """The security lead, or the commander; while there is neither, whoever is on call."""
        held, links = await holders(session, incident_id), await slack_ids(session, self.team_id)
        leads = [held.get(role) for role in (IncidentRole.SECURITY, IncidentRole.COMMANDER)]
        found = next((links[one] for one in leads if one in links), None)
        return user_mention(found) if found else await mentions.on_call(session, self.policy, self.team_id)


def _buttons(row: Incident, duty: str) -> list[JSON]:
    return [
        button("They are told …", f"incident:told:{duty}", row.id, "primary"),
        button("Not needed …", f"incident:not_needed:{duty}", row.id),
    ]


async def shown(session: AsyncSession, incident_id: uuid.UUID) -> list[dict[str, Any]]:
    """For the incident's card: each with what became of it."""
    at = await now(session)
    return [
        {"at": one.due, "who": DUTIES[one.duty], "late": one.due < at, "ended": one.ended, "told": one.told}
        for one in await duties.of(session, incident_id)
    ]
