"""`incident findings 7 …` and `incident review 7`: what an incident teaches, written down and handed round."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest, Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.afterwards import CausesFound, Finding, ImpactFound, WentWell
from bot.actions.incidents.facts import OnIncident, load, subject, tell, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.store import rooms
from bot.store.models import Incident, IncidentClock, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget
from bot.words import listed

REVIEW = "incident_review"
"""The integration that makes the document and posts it."""
CALLED = {"impact": "the impact", "causes": "the causes", "went_well": "what went well"}


@register
class WriteDown(OnIncident):
    """Write down for the review what an incident meant, why it happened, and what went well."""

    name, verb, says = "incident.findings", "incident findings", "write down"
    phrased = "write down findings of an incident"
    incident: IncidentTarget
    impact: ImpactFound | None
    causes: CausesFound | None
    went_well: WentWell | None

    def _said(self) -> dict[str, str]:
        found = {name: getattr(self, name) for name in CALLED}
        said = {name: one.text for name, one in found.items() if isinstance(one, Finding)}
        if not said:
            raise NothingToDo(
                f"Nothing was done: say what you found. For example: /pm incident findings {self.incident.number} "
                'causes "the disk was full"'
            )
        return said

    async def preview(self, session: AsyncSession) -> Impact:
        row, said = await load(session, self.incident.id), self._said()
        return Impact(
            facts=(
                *which(row),
                *(fact(CALLED[name].capitalize(), text or "as before", bound=True) for name, text in said.items()),
            ),
            context={"incident": subject(row), "what": listed(CALLED[name] for name in said)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, said = await load(session, self.incident.id), self._said()
        before = {name: getattr(row, name) for name in said}
        for name, text in said.items():
            setattr(row, name, text or None)
        await session.flush()
        await tell(session, row.id, IncidentHappened.FOUND, by, found=listed(CALLED[name] for name in said))
        data = {"incident": str(row.id), "before": before}
        return Outcome(data, {"written": _which(before)}, {"written_now": sorted(said)})

    def undo(self, outcome: dict[str, Any]) -> Step:
        before = {name: text or "" for name, text in outcome["before"].items()}
        return Step(action=self.name, parameters={"incident": outcome["incident"], **before})


def _which(before: dict[str, str | None]) -> list[str]:
    """Those that were written down; what they say stays with the incident."""
    return sorted(name for name, text in before.items() if text)


@register
class Review(OnIncident):
    """Post the review of an incident as a document: timeline, impact, causes, what went well, tasks."""

    name, verb, says = "incident.review", "incident review", "review"
    also = ("review incident", "postmortem", "post-mortem", "retrospective")
    offered_as = "post the review of an incident"
    incident: IncidentTarget

    async def preview(self, session: AsyncSession) -> Impact:
        row = await load(session, self.incident.id)
        missing = _missing(row)
        note = (fact("Not written down yet", listed(missing)),) if missing else ()
        after = fact("After", "a Markdown file in the incident's channel", bound=True)
        return Impact(facts=(*which(row), after, *note), context={"incident": subject(row), "lacks": missing})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await load(session, self.incident.id)
        if not _missing(row):
            await clocks.meet(session, row.id, IncidentClock.RETROSPECTIVE, by)
            await rooms.redraw(session, row.id)
        return Outcome(
            {"incident": str(row.id), "complete": not _missing(row)},
            {"review": None},
            {"review": row.number},
            effects=(EffectRequest("review document", REVIEW, {"incident": str(row.id)}),),
        )


def _missing(row: Incident) -> list[str]:
    """What a review has to say and nobody has written down."""
    return [said for name, said in CALLED.items() if not getattr(row, name)]
