"""`incident member add 7 @staffer` and `incident member remove 7 @staffer`: who may see a security incident."""

import uuid
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents.facts import OnIncident, load, subject, tell, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.people import secrecy
from bot.store import rooms
from bot.store.base import table
from bot.store.models import Incident, IncidentHappened, IncidentMember
from bot.targets.incident import Incident as IncidentTarget
from bot.targets.staff import Staffer


async def join(session: AsyncSession, row: Incident, staff_id: uuid.UUID) -> None:
    """Whoever works on a security incident may see it. Of others everybody may."""
    if row.restricted:
        new = insert(table(IncidentMember)).values(incident_id=row.id, staff_id=staff_id)
        await session.execute(new.on_conflict_do_nothing())


async def known_to(session: AsyncSession, row: Incident, staffer: Staffer) -> None:
    """Raises `NothingToDo` for somebody who may not see it."""
    if not await secrecy.may_see(session, row.id, staffer.id):
        raise NothingToDo(
            f"{staffer.shown} is not a member of this incident, so nothing was done. First add this person: "
            f"/pm incident member add {row.number} to {staffer.dump()}"
        )


class OnMembers(OnIncident):
    """What is done to who may see it."""

    incident: IncidentTarget
    staffer: Staffer

    @property
    def about(self) -> None:
        """Knowing of an incident is no change of what somebody may do."""

    async def _restricted(self, session: AsyncSession) -> Incident:
        row = await load(session, self.incident.id)
        if not row.restricted:
            raise NothingToDo(
                f"Incident {row.number} is not a security incident: everybody can see it. Nothing was done."
            )
        return row

    async def _member(self, session: AsyncSession, row: Incident) -> bool:
        return await session.get(IncidentMember, (row.id, self.staffer.id)) is not None

    def _impact(self, row: Incident, before: str, after: str) -> Impact:
        facts = (*which(row), fact("Who", self.staffer.shown, bound=True), fact("Before", before), fact("After", after))
        return Impact(facts=facts, context={"incident": subject(row), "who": self.staffer.shown})

    def _outcome(self, row: Incident, *, member: bool) -> Outcome:
        data = {"incident": str(row.id), "staffer": str(self.staffer.id)}
        return Outcome(data, {"member": not member}, {"member": member})


@register
class AddMember(OnMembers):
    """Let somebody see a security incident: they are invited to its channel."""

    name, verb, says = "incident.add_member", "incident member add", "add"
    phrased = "add a member to a security incident"
    incident: IncidentTarget
    staffer: Staffer

    async def _new(self, session: AsyncSession) -> Incident:
        row = await self._restricted(session)
        if await self._member(session, row):
            raise NothingToDo(f"{self.staffer.shown} is a member already. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        return self._impact(await self._new(session), "no member", "sees everything of it")

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._new(session)
        await join(session, row, self.staffer.id)
        await tell(session, row.id, IncidentHappened.JOINED, by, to=str(self.staffer.id))
        await rooms.changed(session, row.id)
        return self._outcome(row, member=True)

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "staffer": outcome["staffer"]}
        return Step(action=RemoveMember.name, parameters=given)


@register
class RemoveMember(OnMembers):
    """Remove somebody from a security incident. They can no longer see it, except with the role security."""

    name, verb, says = "incident.remove_member", "incident member remove", "remove"
    phrased = "remove a member of a security incident"
    incident: IncidentTarget
    staffer: Staffer

    async def _there(self, session: AsyncSession) -> Incident:
        row = await self._restricted(session)
        if not await self._member(session, row):
            raise NothingToDo(f"{self.staffer.shown} is not a member of this incident. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        after = "no longer in its channel, and can no longer see it; what they have read cannot be taken back"
        return self._impact(await self._there(session), "member", after)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._there(session)
        mine = IncidentMember.incident_id == row.id, IncidentMember.staff_id == self.staffer.id
        await session.execute(delete(IncidentMember).where(*mine))
        await tell(session, row.id, IncidentHappened.REMOVED, by, to=str(self.staffer.id))
        await rooms.changed(session, row.id)
        return self._outcome(row, member=False)

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "staffer": outcome["staffer"]}
        return Step(action=AddMember.name, parameters=given)
