"""`incident update 7 next 30m saying …`: what everybody concerned is told, and when they hear more."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.facts import OnIncident, still_open, subject, tell, tell_stakeholders, which
from bot.actions.incidents.parameters import News, NextUpdate
from bot.actions.registry import register
from bot.store.models import Incident, IncidentClock, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget
from bot.words import duration


@register
class Update(OnIncident):
    """Tell stakeholders in their channel what is known about an incident, and when they hear more."""

    name, verb, says = "incident.update", "incident update", "post"
    also = ("post update", "update incident")
    phrased = "post an update of an incident"
    incident: IncidentTarget
    next: NextUpdate | None
    news: News

    async def _after(self, session: AsyncSession, row: Incident) -> NextUpdate:
        return self.next or NextUpdate((await clocks.of(session, row)).update)

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        after = await self._after(session, row)
        return Impact(
            facts=(
                *which(row),
                fact("Update", self.news.text, bound=True),
                fact("Next update", f"in {duration(after.time, 2)}"),
            ),
            context={"incident": subject(row), "update": self.news.text, "after": after.shown},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        after = (await self._after(session, row)).time
        told = await tell(
            session, row.id, IncidentHappened.UPDATE, by, text=self.news.text, after=after.total_seconds()
        )
        await tell_stakeholders(session, told)
        await clocks.meet(session, row.id, IncidentClock.STAKEHOLDERS, by)
        await clocks.promise_update(session, row.id, after)
        data = {"incident": str(row.id), "event": told.id}
        return Outcome(data, {"update": None}, {"update": told.id})
