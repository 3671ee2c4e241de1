"""`incident resolve 7 because …` and `incident reopen 7 because …`: it is over, and it is not."""

import uuid
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.facts import WORDS, OnIncident, load, still_open, subject, tell, tell_stakeholders, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.store import rooms
from bot.store.models import Incident, IncidentAlert, IncidentClock, IncidentHappened, IncidentState
from bot.targets.incident import Incident as IncidentTarget
from bot.words import duration


@register
class Resolve(OnIncident):
    """Resolve an incident: its deadlines stop, and stakeholders are told. After a serious one, a review becomes due."""

    name, verb, says = "incident.resolve", "incident resolve", "resolve"
    also = ("resolve incident", "close incident")
    offered_as = "resolve an incident"
    changes = "state"
    incident: IncidentTarget
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        time = (await clocks.of(session, row)).retrospective
        after = "resolved; stakeholders are told" + (f", and the review is due in {duration(time, 2)}" if time else "")
        return Impact(facts=(*which(row), fact("After", after)), context={"incident": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        row.state, row.is_open = IncidentState.RESOLVED, False
        row.resolved, row.resolved_by = func.clock_timestamp(), by
        await session.flush()
        await session.refresh(row)
        await clocks.begin_retrospective(session, row)
        told = await tell(session, row.id, IncidentHappened.RESOLVED, by, reason=self.reason.text)
        await tell_stakeholders(session, told)
        await rooms.changed(session, row.id)
        return Outcome({"incident": str(row.id)}, {"state": IncidentState.OPEN}, {"state": row.state})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "reason": f"undoing: {self.reason.text}"}
        return Step(action=Reopen.name, parameters=given)


@register
class Reopen(OnIncident):
    """Reopen an incident that is not over after all: its deadlines run again, and its alerts are part of it again."""

    name, verb, says = "incident.reopen", "incident reopen", "reopen"
    also = ("reopen incident",)
    offered_as = "reopen an incident"
    changes = "state"
    incident: IncidentTarget
    reason: Reason

    async def _over(self, session: AsyncSession) -> Incident:
        row = await load(session, self.incident.id)
        if row.state == IncidentState.OPEN:
            raise NothingToDo(f"Incident {row.number} is open already. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._over(session)
        after = fact("After", "open, with its alerts and its roles as before")
        return Impact(facts=(*which(row), after), context={"incident": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._over(session)
        before, merged_into = row.state, row.merged_into
        await _open_again(session, row)
        await clocks.meet(session, row.id, IncidentClock.RETROSPECTIVE, None)
        told = await tell(session, row.id, IncidentHappened.REOPENED, by, reason=self.reason.text, before=before)
        await tell_stakeholders(session, told)
        await rooms.changed(session, row.id)
        data = {"incident": str(row.id), "before": before, "into": str(merged_into) if merged_into else None}
        return Outcome(data, {"state": before}, {"state": row.state})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "reason": f"undoing: {self.reason.text}"}
        if outcome["into"]:
            return Step(action="incident.merge", parameters={**given, "into": outcome["into"]})
        resolved = outcome["before"] == IncidentState.RESOLVED
        return Step(action=Resolve.name if resolved else "incident.withdraw", parameters=given)


async def _open_again(session: AsyncSession, row: Incident) -> None:
    """Its alerts come back to it. Raises `NothingToDo` where one is part of another open incident by now."""
    moved = (
        update(IncidentAlert)
        .where(IncidentAlert.incident_id == row.merged_into, IncidentAlert.came_from == row.id)
        .values(incident_id=row.id, is_open=False, came_from=None)
    )
    try:
        async with session.begin_nested():
            if row.merged_into is not None:
                await session.execute(moved)
            row.state, row.is_open = IncidentState.OPEN, True
            row.resolved = row.resolved_by = row.merged_into = None
            await session.flush()
    except IntegrityError:
        known = WORDS[IncidentState.OPEN]
        raise NothingToDo(
            f"One of its alerts is now part of another {known} incident. Nothing was done. Merge this incident into "
            "the other one, or declare a new one. /pm incidents shows all of them."
        ) from None
    await session.refresh(row)
