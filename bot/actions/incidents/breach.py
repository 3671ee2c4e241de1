"""`incident breach 7 high saying …`: personal data is concerned, so the law's clocks run (GDPR, articles 33 and 34)."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.incidents import duties
from bot.actions.incidents.duties import ToTell
from bot.actions.incidents.facts import OnIncident, load, subject, tell, which
from bot.actions.incidents.parameters import DUTIES, Line, NextUpdate
from bot.actions.registry import register
from bot.errors import InvalidParameter, NothingToDo
from bot.holds.reads import clock
from bot.parameters.base import Control, Lookup, quoted, unescape
from bot.parameters.named import Known
from bot.parameters.time import seconds_in
from bot.personal import Moment
from bot.store import rooms
from bot.store.models import Incident, IncidentBreach, IncidentDuty, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget

LONGEST = dt.timedelta(days=30)


@dataclass(frozen=True)
class RiskForThem(Known):
    """How high the risk is for the people whose data it is."""

    label: ClassVar[str] = "Risk for the people whose data it is"
    usage: ClassVar[str] = "high"
    example: ClassVar[str] = "high"
    explanation: ClassVar[str] = (
        "the risk for the people whose data it is: high (then they have to be told, too) or low"
    )
    hint: ClassVar[str] = "High or low?"
    words: ClassVar[Mapping[Any, str]] = {
        "high": "they have to be told, too",
        "low": "no high risk for them, as far as is known",
    }
    what: ClassVar[str] = "risk"

    name: str


@dataclass(frozen=True)
class KnownFor(NextUpdate):
    """How long ago it became known."""

    label: ClassVar[str] = "Known since"
    usage: ClassVar[str] = "known 2h"
    keywords: ClassVar[tuple[str, ...]] = ("known",)
    example: ClassVar[str] = "2h"
    explanation: ClassVar[str] = (
        "how long ago somebody first knew of the breach, at most 30 days. The legal deadline starts at that moment. "
        "Without this: just now"
    )
    hint: ClassVar[str] = "2h or 1d; empty: it became known just now"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        seconds = seconds_in(typed.lower().removeprefix("for ").removesuffix(" ago"))
        if seconds is None or seconds > LONGEST.total_seconds():
            said = (
                f"{quoted(typed)} is not valid. Say how long ago, at most 30 days: for example 2h or 1d. "
                "Nothing was done."
            )
            raise InvalidParameter(parameter, said)
        return cls(dt.timedelta(seconds=seconds))


@dataclass(frozen=True)
class DataConcerned(Line):
    """Whose data it is, and which."""

    label: ClassVar[str] = "What personal data"
    usage: ClassVar[str] = "saying …"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    example: ClassVar[str] = "addresses of about 400 customers"
    explanation: ClassVar[str] = "which people, which data, and about how many people: everything after “saying”"
    hint: ClassVar[str] = "Such as: addresses of about 400 customers. Do not write anybody's name."
    longest: ClassVar[int] = 1500
    say: ClassVar[str] = "After “saying”, type whose data it is, and which data."


@register
class Breach(OnIncident):
    """Say that a security incident concerns personal data. I show who must be told (the law says so), and by when."""

    name, verb, says = "incident.breach", "incident breach", "note"
    also = ("personal data", "data breach", "gdpr")
    phrased = "say that an incident concerns personal data"
    incident: IncidentTarget
    for_them: RiskForThem
    known: KnownFor | None
    concerns: DataConcerned

    async def _before(self, session: AsyncSession) -> tuple[Incident, IncidentBreach | None]:
        row = await load(session, self.incident.id)
        if not row.restricted:
            raise NothingToDo(
                f"Nothing was done: incident {row.number} is not a security incident, so everybody would be able to "
                f"read this. First make it a security incident: /pm incident restrict {row.number} because …"
            )
        before = await session.get(IncidentBreach, row.id, populate_existing=True)
        if before is not None and (before.high_risk or self.for_them.name == "low"):
            raise NothingToDo(
                f"It is already on record that incident {row.number} concerns personal data. Nothing was done. To see "
                f"who has to be told, type /pm incident {row.number}."
            )
        return row, before

    async def _known(self, session: AsyncSession, before: IncidentBreach | None) -> dt.datetime:
        """What has been said once counts."""
        ago = self.known.time if self.known else dt.timedelta()
        return before.known if before else await clock(session) - ago

    async def preview(self, session: AsyncSession) -> Impact:
        row, before = await self._before(session)
        wanted = await duties.asked(session, await self._known(session, before), high_risk=self.for_them.name == "high")
        return Impact(
            facts=(
                *which(row),
                fact("Personal data", self.concerns.text, bound=True),
                fact("Risk for them", f"{self.for_them.name}: {self.for_them.words[self.for_them.name]}", bound=True),
                *map(_to_tell, wanted),
            ),
            context={"incident": subject(row), "to_tell": [one.as_data() for one in wanted]},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, breach = await self._before(session)
        first, known = breach is None, await self._known(session, breach)
        high = self.for_them.name == "high"
        if breach is None:
            breach = IncidentBreach(incident_id=row.id, known=known, staff_id=by)
            session.add(breach)
        breach.high_risk, breach.concerns = high, self.concerns.text
        await session.flush()
        wanted = await duties.asked(session, known, high_risk=high)
        await duties.begin(session, breach, wanted, await clock(session))
        await tell(session, row.id, IncidentHappened.BREACH, by, high_risk=high, text=self.concerns.text)
        data = {"incident": str(row.id), "first": first}
        return Outcome(data, {"breach": None if first else "low"}, {"breach": self.for_them.name})

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """A risk that was said to be high later stays so: then whoever need not be told is named."""
        if not outcome["first"]:
            return None
        return Step(action=NoBreach.name, parameters={"incident": outcome["incident"]})


def _to_tell(one: ToTell) -> Fact:
    return fact("To be told", DUTIES[one.duty], f" within {one.within}, by ", Moment.of(one.due))


@register
class NoBreach(OnIncident):
    """Say that no personal data is concerned after all: nobody has to be told."""

    name, verb, says = "incident.no_breach", "", "take it back"
    phrased = "say that no personal data is concerned"
    incident: IncidentTarget

    async def _running(self, session: AsyncSession) -> tuple[Incident, list[IncidentDuty]]:
        row = await load(session, self.incident.id)
        found = await duties.of(session, row.id)
        if not found:
            raise NothingToDo(f"Nobody has said that incident {row.number} concerns personal data. Nothing was done.")
        if any(one.ended for one in found):
            raise NothingToDo(
                f"You can no longer take back that incident {row.number} concerns personal data, because it is on "
                "record that somebody was told or need not be told. Nothing was done. If the others need not be told, "
                f"type for each of them: /pm incident not needed {row.number} authority because …"
            )
        return row, found

    async def preview(self, session: AsyncSession) -> Impact:
        row, found = await self._running(session)
        over = tuple(fact("Need not be told", DUTIES[one.duty]) for one in found)
        return Impact(facts=(*which(row), *over), context={"incident": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, found = await self._running(session)
        breach = await session.get_one(IncidentBreach, row.id)
        told = "high" if breach.high_risk else "low"
        await tell(session, row.id, IncidentHappened.NO_BREACH, by)
        await session.execute(delete(IncidentDuty).where(IncidentDuty.incident_id == row.id))
        await session.execute(delete(IncidentBreach).where(IncidentBreach.incident_id == row.id))
        for one in found:
            await duties.redraw(session, one)
        await rooms.redraw(session, row.id)
        return Outcome({"incident": str(row.id)}, {"breach": told}, {"breach": None})
