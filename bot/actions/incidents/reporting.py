"""`incident told 7 authority saying …` and `incident not needed 7 authority because …`: the end of a duty to tell."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import func, null
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import duties
from bot.actions.incidents.facts import OnIncident, load, subject, tell, which
from bot.actions.incidents.parameters import DUTIES, Line
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Control, Reason
from bot.parameters.named import Known
from bot.permissions import Permission
from bot.personal import Moment
from bot.store.models import Incident, IncidentDuty, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget


@dataclass(frozen=True)
class ByLaw(Known):
    """Who has to be told."""

    label: ClassVar[str] = "Who"
    usage: ClassVar[str] = "authority"
    example: ClassVar[str] = "authority"
    explanation: ClassVar[str] = "; ".join(f"{name}: {said}" for name, said in DUTIES.items())
    hint: ClassVar[str] = "Who?"
    words: ClassVar[Mapping[Any, str]] = DUTIES
    what: ClassVar[str] = "recipient"

    name: str


@dataclass(frozen=True)
class HowTold(Line):
    """How somebody was told, so that it can be shown later."""

    label: ClassVar[str] = "How they were told, and the number of the report"
    usage: ClassVar[str] = "saying …"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    example: ClassVar[str] = "by their web form, number 2026-1234"
    explanation: ClassVar[str] = "how they were told, and the number of the report: everything after “saying”"
    hint: ClassVar[str] = "By their web form, number 2026-1234"
    longest: ClassVar[int] = 1000
    say: ClassVar[str] = "After “saying”, type how they were told, and the number of the report."


class OnDuty(OnIncident):
    """What becomes of one who has to be told."""

    incident: IncidentTarget
    whom: ByLaw

    async def _open(self, session: AsyncSession) -> tuple[Incident, IncidentDuty]:
        row = await load(session, self.incident.id)
        one = await duties.one_of(session, row, self.whom.name)
        if one.ended is not None:
            what = "somebody told" if one.told else "nobody has to tell"
            raise NothingToDo(f"It is on record that {what} {DUTIES[one.duty]}. Nothing was done.")
        return row, one

    def _impact(self, row: Incident, one: IncidentDuty, after: str) -> Impact:
        return Impact(
            facts=(
                *which(row),
                fact("Who", DUTIES[one.duty], bound=True),
                fact("Deadline", Moment.of(one.due)),
                fact("After", after, bound=True),
            ),
            context={"incident": subject(row), "whom": DUTIES[one.duty]},
        )


class EndsDuty(OnDuty):
    """They are told, or need not be."""

    async def _end(self, session: AsyncSession, by: uuid.UUID, *, told: bool, note: str) -> Outcome:
        row, one = await self._open(session)
        one.ended, one.ended_by, one.told, one.note = func.clock_timestamp(), by, told, note
        await session.flush()
        what = IncidentHappened.REPORTED if told else IncidentHappened.NOT_NEEDED
        await tell(session, row.id, what, by, duty=one.duty, **{"text" if told else "reason": note})
        await duties.redraw(session, one)
        data = {"incident": str(row.id), "whom": one.duty}
        return Outcome(data, {one.duty: "to be told"}, {one.duty: "told" if told else "not needed"})

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        return Step(action=StillNeeded.name, parameters={"incident": outcome["incident"], "whom": outcome["whom"]})


@register
class Told(EndsDuty):
    """Put on record who was told about the personal data in an incident. The law requires that they are told."""

    name, verb, says = "incident.told", "incident told", "note"
    phrased = "note who was told that an incident concerns personal data"
    incident: IncidentTarget
    whom: ByLaw
    how: HowTold

    async def preview(self, session: AsyncSession) -> Impact:
        row, one = await self._open(session)
        return self._impact(row, one, f"told: {self.how.text}")

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        return await self._end(session, by, told=True, note=self.how.text)


@register
class NotNeeded(EndsDuty):
    """Note why somebody need not be told that an incident concerns personal data. The reason stays on record."""

    name, verb, says = "incident.not_needed", "incident not needed", "note"
    phrased = "note who need not be told that an incident concerns personal data"
    permission = Permission.INCIDENT_SECURITY
    incident: IncidentTarget
    whom: ByLaw
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        row, one = await self._open(session)
        return self._impact(row, one, "need not be told; nobody is reminded any more")

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        return await self._end(session, by, told=False, note=self.reason.text)


@register
class StillNeeded(OnDuty):
    """Say that somebody still has to be told. The deadline of the law does not change."""

    name, verb, says = "incident.still_needed", "", "open it again"
    phrased = "say that somebody is still to be told"
    incident: IncidentTarget
    whom: ByLaw

    async def _ended(self, session: AsyncSession) -> tuple[Incident, IncidentDuty]:
        row = await load(session, self.incident.id)
        one = await duties.one_of(session, row, self.whom.name)
        if one.ended is None:
            raise NothingToDo(
                f"It is already on record that somebody still has to tell {DUTIES[one.duty]}. Nothing was done."
            )
        return row, one

    async def preview(self, session: AsyncSession) -> Impact:
        row, one = await self._ended(session)
        return self._impact(row, one, "still to be told")

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, one = await self._ended(session)
        told = "told" if one.told else "not needed"
        one.ended = one.ended_by = one.told = one.note = null()
        await session.flush()
        await session.refresh(one)
        await tell(session, row.id, IncidentHappened.STILL_NEEDED, by, duty=one.duty)
        await duties.redraw(session, one)
        return Outcome({"incident": str(row.id)}, {one.duty: told}, {one.duty: "to be told"})
