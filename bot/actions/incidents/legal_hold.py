"""`incident release 7 because …`: what belongs to a security incident is forgotten as anything else is."""

import uuid
from typing import Any

from sqlalchemy import func, null
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents.facts import OnIncident, load, subject, tell, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store.models import Incident, IncidentHappened, LegalHold
from bot.targets.incident import Incident as IncidentTarget


class OnHold(OnIncident):
    """What is done to the legal hold of an incident."""

    permission, team = Permission.INCIDENT_SECURITY, "security"
    incident: IncidentTarget

    async def _hold(self, session: AsyncSession) -> tuple[Incident, LegalHold]:
        row = await load(session, self.incident.id)
        hold = await session.get(LegalHold, row.id, populate_existing=True)
        if hold is None:
            raise NothingToDo(
                f"Incident {row.number} has no legal hold: only security incidents have one. Nothing was done."
            )
        return row, hold


@register
class Release(OnHold):
    """End the legal hold of a security incident: its texts and cards older than seven days are deleted for ever."""

    name, verb, says = "incident.release", "incident release", "release"
    phrased = "end the legal hold of an incident"
    risk = Risk.HIGH
    only_notes = False
    incident: IncidentTarget
    reason: Reason

    async def _open(self, session: AsyncSession) -> tuple[Incident, LegalHold]:
        row, hold = await self._hold(session)
        if hold.lifted is not None:
            raise NothingToDo(f"The legal hold of incident {row.number} has already ended. Nothing was done.")
        return row, hold

    async def preview(self, session: AsyncSession) -> Impact:
        row, hold = await self._open(session)
        return Impact(
            facts=(
                *which(row),
                fact("Held since", Moment.of(hold.began)),
                fact("After", "its texts and cards are deleted for ever when they are older than seven days"),
                fact("Kept", "its timeline, its evidence and the audit trail"),
            ),
            context={"incident": subject(row)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, hold = await self._open(session)
        hold.lifted, hold.lifted_by = func.clock_timestamp(), by
        await session.flush()
        await tell(session, row.id, IncidentHappened.RELEASED, by, reason=self.reason.text)
        return Outcome({"incident": str(row.id)}, {"held": True}, {"held": False})

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(action=HoldAgain.name, parameters={"incident": outcome["incident"]})


@register
class HoldAgain(OnHold):
    """Set the legal hold of a security incident again: what is still there is kept."""

    name, verb, says = "incident.hold_again", "", "hold"
    phrased = "set the legal hold of an incident again"
    incident: IncidentTarget

    async def _lifted(self, session: AsyncSession) -> tuple[Incident, LegalHold]:
        row, hold = await self._hold(session)
        if hold.lifted is None:
            raise NothingToDo(f"Incident {row.number} already has a legal hold. Nothing was done.")
        return row, hold

    async def preview(self, session: AsyncSession) -> Impact:
        row, _ = await self._lifted(session)
        after = fact("After", "what is still there is kept; what was deleted meanwhile is not restored")
        return Impact(facts=(*which(row), after), context={"incident": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, hold = await self._lifted(session)
        hold.lifted = hold.lifted_by = null()
        await session.flush()
        await tell(session, row.id, IncidentHappened.HELD, by)
        return Outcome({"incident": str(row.id)}, {"held": False}, {"held": True})
