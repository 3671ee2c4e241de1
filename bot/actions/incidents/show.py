"""`incidents` and `incident 7`: which there are, and all that is known of one."""

from typing import Any, ClassVar

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, fact
from bot.actions.incidents import duties, timeline
from bot.actions.incidents.facts import WORDS, holders, load
from bot.actions.incidents.parameters import DUTIES, ROLES, SEVERITIES
from bot.actions.registry import register
from bot.people import secrecy
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import staff
from bot.policy import Risk
from bot.store.models import Incident, IncidentDue, IncidentDuty, IncidentSeverity, IncidentState
from bot.targets.incident import Incident as IncidentTarget
from bot.targets.staff import Asker
from bot.words import counted

LATELY = text("interval '30 days'")
SHOWN = 20
LINES = 40  # of a timeline, the newest


@register
class ListIncidents(Action):
    """Show the incidents that are open, and those that ended in the last 30 days."""

    name, verb = "incident.list", "incidents"
    also = ("list incidents", "show incidents")
    offered_as = "show incidents"
    permission, risk = Permission.INCIDENT_READ, Risk.READ
    asker: Asker

    @property
    def target(self) -> str:
        return "incident:all"

    async def preview(self, session: AsyncSession) -> Impact:
        opened = Incident.state == IncidentState.OPEN
        lately = Incident.declared > func.now() - LATELY
        shown = await secrecy.shown_to(session, self.asker.id)
        found = list(
            await session.scalars(
                select(Incident).where(or_(opened, lately), shown).order_by(Incident.number.desc()).limit(SHOWN)
            )
        )
        now = [one for one in found if one.state == IncidentState.OPEN]
        over = [one for one in found if one.state != IncidentState.OPEN]
        return Impact(
            facts=(fact("Open", counted(len(now), "incident")), fact("Ended", counted(len(over), "incident"))),
            context={"open_ones": [_entry(one) for one in now], "over": [_entry(one) for one in over]},
        )


def _entry(row: Incident) -> dict[str, Any]:
    return {
        "number": row.number,
        "title": row.title,
        "severity": row.severity,
        "restricted": row.restricted,
        "state": WORDS[IncidentState(row.state)],
        "declared": row.declared.timestamp(),
        "lasted": (row.resolved - row.began).total_seconds() if row.resolved else None,
    }


@register
class ShowIncident(Action):
    """Show an incident: who is responsible for what, what is due and when, and its timeline."""

    name, verb, says = "incident.show", "incident show", "look at"
    also = ("show incident",)
    offered_as = "look at an incident"
    shares: ClassVar[str] = "incident"
    permission, risk = Permission.INCIDENT_READ, Risk.READ
    incident: IncidentTarget

    async def preview(self, session: AsyncSession) -> Impact:
        row = await load(session, self.incident.id)
        lines = await timeline.of(session, row)
        return Impact(
            facts=(*await _facts(session, row), *await _due(session, row), *await _to_tell(session, row)),
            context={
                "incident": {"number": row.number, "title": row.title},
                "lines": [line.as_data() for line in lines if line.proposal is None][-LINES:],
                "earlier": max(0, len(lines) - LINES),
                "requests": {"asked": [str(line.proposal) for line in lines if line.proposal][-SHOWN:]},
            },
        )

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        """What is worth doing while it is open."""
        return ("incident update", "incident resolve") if self.incident.state == IncidentState.OPEN else ()


async def _facts(session: AsyncSession, row: Incident) -> tuple[Fact, ...]:
    held = await holders(session, row.id)
    names = await staff.names(session, {*held.values(), row.declared_by})
    roles = [fact(ROLES[role].capitalize(), names.get(who, staff.GONE)) for role, who in held.items()]
    ended = (fact("Resolved", Moment.of(row.resolved)),) if row.resolved else ()
    return (
        fact("State", WORDS[IncidentState(row.state)]),
        fact("Severity", f"{row.severity}, {SEVERITIES[IncidentSeverity(row.severity)]}"),
        fact("Began", Moment.of(row.began)),
        fact("Declared", Moment.of(row.declared), f" by {names.get(row.declared_by, staff.GONE)}"),
        *ended,
        *(roles or [fact("Commander", "nobody yet")]),
    )


async def _due(session: AsyncSession, row: Incident) -> list[Fact]:
    """What has not been done yet, the most urgent first."""
    waiting = IncidentDue.incident_id == row.id, IncidentDue.met.is_(None)
    found = await session.scalars(select(IncidentDue).where(*waiting).order_by(IncidentDue.due))
    return [fact("Due", Moment.of(one.due), f": {timeline.CLOCKS[one.clock]}") for one in found]


async def _to_tell(session: AsyncSession, row: Incident) -> list[Fact]:
    """Who has to be told by law, and what became of it."""
    if not row.restricted:
        return []
    return [_told(one) for one in await duties.of(session, row.id)]


def _told(one: IncidentDuty) -> Fact:
    if one.ended is None:
        return fact("To be told", DUTIES[one.duty], " by ", Moment.of(one.due))
    return fact("Told" if one.told else "Need not be told", DUTIES[one.duty], f": {one.note}")
