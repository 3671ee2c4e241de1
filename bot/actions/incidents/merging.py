"""`incident merge 8 into 7 because …`: two names of the same problem become one."""

import uuid
from typing import Annotated, Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents.facts import OnIncident, still_open, subject, tell, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.store import rooms
from bot.store.models import Incident, IncidentAlert, IncidentHappened, IncidentState
from bot.targets.incident import Incident as IncidentTarget
from bot.targets.incident import OtherIncident
from bot.words import counted


@register
class Merge(OnIncident):
    """Merge one incident into another. The first one keeps its timeline. All its alerts move to the second one."""

    name, verb, says = "incident.merge", "incident merge", "merge"
    also = ("merge incident", "merge incidents")
    offered_as = "merge two incidents"
    changes = "state"
    incident: IncidentTarget
    into: Annotated[OtherIncident, introduced_by("into")]
    reason: Reason

    async def lock(self, session: AsyncSession) -> None:
        """Both rows, the older first."""
        both = select(Incident.id).where(Incident.id.in_((self.incident.id, self.into.id))).order_by(Incident.number)
        await session.execute(both.with_for_update(key_share=True))

    async def _both(self, session: AsyncSession) -> tuple[Incident, Incident]:
        if self.incident.id == self.into.id:
            raise NothingToDo("An incident cannot be merged into itself. Nothing was done: name two.")
        row, other = await still_open(session, self.incident.id), await still_open(session, self.into.id)
        if row.restricted or other.restricted:
            raise NothingToDo("A security incident cannot be merged with another incident. Nothing was done.")
        return row, other

    async def preview(self, session: AsyncSession) -> Impact:
        row, other = await self._both(session)
        alerts = await session.scalar(
            select(func.count()).select_from(IncidentAlert).where(IncidentAlert.incident_id == row.id)
        )
        return Impact(
            facts=(
                *which(row),
                fact("Into", f"{other.number} · {other.title}", bound=True),
                fact(
                    "After",
                    f"{counted(alerts or 0, 'alert')} of incident {row.number} move to incident {other.number}; "
                    f"work on both incidents continues in the channel of incident {other.number}",
                ),
            ),
            context={"incident": subject(row), "into": subject(other)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, other = await self._both(session)
        row.state, row.is_open, row.merged_into = IncidentState.MERGED, False, other.id
        await session.flush()
        await session.execute(
            update(IncidentAlert)
            .where(IncidentAlert.incident_id == row.id)
            .values(incident_id=other.id, is_open=True, came_from=func.coalesce(IncidentAlert.came_from, row.id))
        )
        await tell(session, row.id, IncidentHappened.MERGED, by, number=other.number, reason=self.reason.text)
        await tell(session, other.id, IncidentHappened.ABSORBED, by, number=row.number, title=row.title)
        for one in (row, other):
            await rooms.changed(session, one.id)
        return Outcome({"incident": str(row.id)}, {"state": IncidentState.OPEN}, {"state": row.state})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "reason": f"undoing: {self.reason.text}"}
        return Step(action="incident.reopen", parameters=given)
