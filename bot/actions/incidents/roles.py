"""`incident lead 7 commander`: who looks after what, one person each."""

import uuid
from typing import Annotated, Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import clocks, members
from bot.actions.incidents.facts import OnIncident, holders, still_open, subject, tell, which
from bot.actions.incidents.parameters import RoleIn
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.platform import staff
from bot.store import rooms
from bot.store.models import IncidentClock, IncidentHappened, IncidentHolder, IncidentRole
from bot.targets.incident import Incident as IncidentTarget
from bot.targets.staff import Asker, Staffer


@register
class TakeRole(OnIncident):
    """Take a role in an incident (commander, technical, security or communications lead), or give it to somebody.

    One person has it: whoever had it before is told by the card. With a commander the emergency protocol has begun.
    """

    name, verb, says = "incident.role", "incident lead", "take"
    also = ("lead incident",)
    phrased = "take a role in an incident"
    incident: IncidentTarget
    role: RoleIn
    holder: Annotated[Staffer | None, introduced_by("to")]
    asker: Asker

    @property
    def _whose(self) -> Staffer:
        return self.holder or self.asker

    @property
    def about(self) -> None:
        """Looking after something is no change of what somebody may do: one gives it to oneself."""

    async def _before(self, session: AsyncSession) -> uuid.UUID | None:
        before = (await holders(session, self.incident.id)).get(IncidentRole(self.role.name))
        if before == self._whose.id:
            raise NothingToDo(f"{self._whose.shown} is {self.role.shown} already. Nothing was done.")
        return before

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        before = await self._before(session)
        return Impact(
            facts=(
                *which(row),
                fact("Role", self.role.shown, bound=True),
                fact("Before", await staff.name_of(session, before) if before else "nobody", bound=True),
                fact("After", self._whose.shown),
            ),
            context={"incident": subject(row), "role": self.role.shown, "who": self._whose.shown},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        before = await self._before(session)
        await members.join(session, row, self._whose.id)
        await vacate(session, row.id, self.role.name)
        await _give(session, row.id, self.role, self._whose.id)
        await tell(
            session,
            row.id,
            IncidentHappened.CLAIMED,
            by,
            role=self.role.name,
            to=str(self._whose.id),
            before=_id(before),
        )
        if self.role.name == IncidentRole.COMMANDER:
            await clocks.meet(session, row.id, IncidentClock.PROTOCOL, by)
        await rooms.changed(session, row.id)
        data = {"incident": str(row.id), "role": self.role.name, "before": _id(before)}
        return Outcome(data, {self.role.name: _id(before)}, {self.role.name: str(self._whose.id)})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "role": outcome["role"]}
        if outcome["before"] is None:
            return Step(action=LeaveRole.name, parameters=given)
        return Step(action=self.name, parameters={**given, "holder": outcome["before"], "asker": outcome["before"]})


@register
class LeaveRole(OnIncident):
    """Leave a role in an incident: nobody has it until somebody takes it."""

    name, verb, says = "incident.leave", "incident leave", "leave"
    phrased = "leave a role in an incident"
    incident: IncidentTarget
    role: RoleIn

    async def _holder(self, session: AsyncSession) -> uuid.UUID:
        found = (await holders(session, self.incident.id)).get(IncidentRole(self.role.name))
        if found is None:
            raise NothingToDo(f"Nobody is {self.role.shown} of incident {self.incident.number}. Nothing was done.")
        return found

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        name = await staff.name_of(session, await self._holder(session))
        return Impact(
            facts=(*which(row), fact("Role", self.role.shown, bound=True), fact("Before", name, bound=True)),
            context={"incident": subject(row), "role": self.role.shown, "who": name},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        before = await self._holder(session)
        await vacate(session, row.id, self.role.name)
        await tell(session, row.id, IncidentHappened.LEFT, by, role=self.role.name, before=str(before))
        await rooms.changed(session, row.id)
        data = {"incident": str(row.id), "role": self.role.name, "before": str(before)}
        return Outcome(data, {self.role.name: str(before)}, {self.role.name: None})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "role": outcome["role"]}
        return Step(action=TakeRole.name, parameters={**given, "holder": outcome["before"], "asker": outcome["before"]})


async def vacate(session: AsyncSession, incident_id: uuid.UUID, role: str) -> None:
    """Nobody has it."""
    held = IncidentHolder.incident_id == incident_id, IncidentHolder.role == role
    await session.execute(delete(IncidentHolder).where(*held))


async def _give(session: AsyncSession, incident_id: uuid.UUID, role: RoleIn, to: uuid.UUID) -> None:
    """Raises `NothingToDo` where somebody else was first."""
    try:
        async with session.begin_nested():
            session.add(IncidentHolder(incident_id=incident_id, role=role.name, staff_id=to))
    except IntegrityError:
        raise NothingToDo(f"Somebody else has just become {role.shown}. Nothing was done.") from None


def _id(one: uuid.UUID | None) -> str | None:
    return str(one) if one else None
