"""`incident update 7 next 30m saying …`: what everybody concerned is told, and when they hear more."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.facts import OnIncident, still_open, subject, tell, tell_stakeholders, which
from bot.actions.incidents.parameters import News, NextUpdate
from bot.actions.registry import register
from bot.store.models import IncidentClock, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget
from bot.words import duration


@register
class Update(OnIncident):
    """Tell stakeholders in their channel what is known about an incident, and when they hear more."""

    name, verb, says = "incident.update", "incident update", "post"
    incident: IncidentTarget
    next: NextUpdate | None
    news: News

    @classmethod
    def phrase(cls) -> str:
        return "post an update of an incident"

    @property
    def _after(self) -> NextUpdate:
        return self.next or NextUpdate(clocks.NEXT_UPDATE)

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        return Impact(
            facts=(
                *which(row),
                fact("Update", self.news.text, bound=True),
                fact("Next update", f"in {duration(self._after.time, 2)}"),
            ),
            context={"incident": subject(row), "news": self.news.text, "after": self._after.shown},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        seconds = self._after.time.total_seconds()
        told = await tell(session, row.id, IncidentHappened.UPDATE, by, text=self.news.text, after=seconds)
        await tell_stakeholders(session, told)
        await clocks.meet(session, row.id, IncidentClock.STAKEHOLDERS, by)
        await clocks.promise_update(session, row.id, self._after.time)
        data = {"incident": str(row.id), "event": told.id}
        return Outcome(data, {"update": None}, {"update": told.id})
