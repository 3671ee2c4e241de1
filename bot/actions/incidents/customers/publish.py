"""`incident publish 7 identified headline "Mail is late" saying …`: what everybody reads on the public status page."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents.customers.parameters import ToCustomers
from bot.actions.incidents.facts import WORDS, load, subject, tell, told_outside, which
from bot.actions.incidents.parameters import Line
from bot.actions.registry import register
from bot.errors import MissingParameter, NothingToDo
from bot.parameters.base import Reason
from bot.parameters.named import Known
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import Incident, IncidentHappened, IncidentState, PublicPhase, PublicUpdate
from bot.targets.incident import Incident as IncidentTarget
from bot.words import listed

PHASES: Mapping[PublicPhase, str] = {
    PublicPhase.INVESTIGATING: "we look for the cause",
    PublicPhase.IDENTIFIED: "the cause is known",
    PublicPhase.MONITORING: "it is repaired, and we watch it",
    PublicPhase.RESOLVED: "it is over",
}


@dataclass(frozen=True)
class Phase(Known):
    """How far it is, for everybody to read."""

    label: ClassVar[str] = "Stage of the incident"
    usage: ClassVar[str] = "identified"
    example: ClassVar[str] = "identified"
    explanation: ClassVar[str] = listed((f"{name} ({means})" for name, means in PHASES.items()), "or")
    hint: ClassVar[str] = "At what stage is it?"
    words: ClassVar[Mapping[Any, str]] = PHASES
    what: ClassVar[str] = "phase"

    name: str


@dataclass(frozen=True)
class Headline(Line):
    """What the public page calls an incident."""

    label: ClassVar[str] = "Headline"
    usage: ClassVar[str] = "headline …"
    keywords: ClassVar[tuple[str, ...]] = ("headline",)
    example: ClassVar[str] = "Mails leave late"
    explanation: ClassVar[str] = (
        "the incident's title on the public page; without this: the title of the previous update"
    )
    hint: ClassVar[str] = "What customers see; empty: the same as in the previous update"
    longest: ClassVar[int] = 100
    say: ClassVar[str] = "After “headline”, type a title for the incident on the public page."


class _OnPage(Action):
    """What changes the public status page."""

    permission, risk = Permission.TENANT_NOTICE, Risk.HIGH
    team = "operations"
    incident: IncidentTarget

    async def _standing(self, session: AsyncSession) -> PublicUpdate | None:
        """The newest update that the page has of it."""
        mine = PublicUpdate.incident_id == self.incident.id, PublicUpdate.retracted.is_(None)
        return await session.scalar(select(PublicUpdate).where(*mine).order_by(PublicUpdate.at.desc()).limit(1))


@register
class Publish(_OnPage):
    """Say on the public status page at what stage an incident is. The card shows what everybody will read.

    Its undo takes the update off the page again.
    """

    name, verb, says = "incident.publish", "incident publish", "publish"
    also = ("publish", "publish update", "public status")
    phrased = "publish an update of an incident"
    incident: IncidentTarget
    phase: Phase
    headline: Headline | None
    reason: ToCustomers

    async def _called(self, session: AsyncSession) -> str:
        """What the page calls it. Raises `MissingParameter` where nobody has said so yet."""
        if self.headline is not None:
            return self.headline.text
        before = await self._standing(session)
        if before is None:
            raise MissingParameter(
                "headline", "After “headline”, type a title for the incident on the public page. Nothing was done."
            )
        return before.headline

    async def _about(self, session: AsyncSession) -> Incident:
        row = await told_outside(session, self.incident.id)
        if row.state not in (IncidentState.OPEN, IncidentState.RESOLVED):
            raise NothingToDo(f"Incident {row.number} is {WORDS[IncidentState(row.state)]}. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._about(session)
        return Impact(
            facts=(
                *which(row),
                fact("Headline", await self._called(session), bound=True),
                fact("Stage", f"{self.phase.name}: {PHASES[PublicPhase(self.phase.name)]}", bound=True),
                fact("Everybody reads", self.reason.text, bound=True),
            ),
            context={"incident": subject(row)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._about(session)
        called, said = await self._called(session), self.reason.text
        one = PublicUpdate(incident_id=row.id, headline=called, phase=self.phase.name, said=said, staff_id=by)
        session.add(one)
        await session.flush()
        await tell(session, row.id, IncidentHappened.PUBLISHED, by, phase=self.phase.name, text=said)
        return Outcome({"update": str(one.id)}, {"update": None}, {"update": str(one.id), "phase": self.phase.name})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": self.incident.dump(), "reason": f"undoing: {self.reason.text}"}
        return Step(action=Retract.name, parameters=given)


@register
class Retract(_OnPage):
    """Remove the newest update of an incident from the public status page. It shows the previous update again."""

    name, verb, says = "incident.retract", "incident retract", "take off the public page"
    phrased = "take an update off the public page"
    incident: IncidentTarget
    reason: Reason

    async def _newest(self, session: AsyncSession) -> PublicUpdate:
        """Raises `NothingToDo` where the page has none."""
        found = await self._standing(session)
        if found is None:
            raise NothingToDo(f"The public page says nothing of incident {self.incident.number}. Nothing was done.")
        return found

    async def preview(self, session: AsyncSession) -> Impact:
        row, one = await load(session, self.incident.id), await self._newest(session)
        taken = fact("Taken off", f"{one.headline} · {one.phase}: {one.said}", bound=True)
        return Impact(facts=(*which(row), taken), context={"incident": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        one = await self._newest(session)
        one.retracted = await session.scalar(select(func.clock_timestamp()))
        await tell(session, one.incident_id, IncidentHappened.RETRACTED, by, text=one.said)
        was = {"phase": one.phase, "headline": one.headline, "said": one.said}
        return Outcome(was, {"update": str(one.id)}, {"update": None})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"phase": outcome["phase"], "headline": outcome["headline"], "reason": outcome["said"]}
        return Step(action=Publish.name, parameters={"incident": self.incident.dump(), **given})
