"""`incident severity 7 P1 because …`: it is worse than thought, or less bad."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.facts import OnIncident, still_open, subject, tell, which
from bot.actions.incidents.parameters import SEVERITIES, HowBad
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.store import rooms
from bot.store.models import Incident, IncidentHappened, IncidentSeverity
from bot.targets.incident import Incident as IncidentTarget


@register
class ChangeSeverity(OnIncident):
    """Say how bad an incident is, from P1 to P4. If it becomes a P1, the deadlines of a P1 run from that moment."""

    name, verb, says = "incident.severity", "incident severity", "change the severity of"
    offered_as = "change the severity of an incident"
    changes = "severity"
    incident: IncidentTarget
    severity: HowBad
    reason: Reason

    async def _other(self, session: AsyncSession) -> Incident:
        row = await still_open(session, self.incident.id)
        if row.severity == self.severity.name:
            raise NothingToDo(f"Incident {row.number} is {row.severity} already. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._other(session)
        severity = IncidentSeverity(self.severity.name)
        return Impact(
            facts=(*which(row), fact("After", f"{severity}, {SEVERITIES[severity]}")),
            context={"incident": subject(row), "severity": severity.value},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._other(session)
        before, row.severity = row.severity, self.severity.name
        await session.flush()
        await clocks.begin(session, row)
        await tell(
            session,
            row.id,
            IncidentHappened.SEVERITY,
            by,
            before=before,
            severity=row.severity,
            reason=self.reason.text,
        )
        await rooms.changed(session, row.id)
        data = {"incident": str(row.id), "before": before}
        return Outcome(data, {"severity": before}, {"severity": row.severity})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "severity": outcome["before"]}
        return Step(action=self.name, parameters={**given, "reason": f"undoing: {self.reason.text}"})
