"""`incident P2 mail is not going out`: something is out of order, and from now on everybody knows where to look."""

import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.facts import OnIncident, belongs_to, how_many_open, still_open, subject, tell, which
from bot.actions.incidents.parameters import SEVERITIES, HowBad, Title
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.alert import OfAlert
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.policy import Risk
from bot.store import rooms
from bot.store.models import Alert, Incident, IncidentAlert, IncidentHappened, IncidentSeverity, IncidentState
from bot.targets.incident import Incident as IncidentTarget
from bot.words import counted

ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.incidents'))")


@register
class Declare(Action):
    """Declare an incident. It gets a channel of its own, with a card, roles, a timeline and deadlines.

    Everybody may: a false alarm costs less than one that nobody raised.
    """

    name, verb, says = "incident.declare", "incident", "declare"
    also = ("declare incident", "new incident", "open incident", "outage")
    phrased = "declare an incident"
    permission, risk = Permission.INCIDENT_DECLARE, Risk.LOW
    only_notes = True
    team = "operations"
    group = Group("Incidents", 4)
    severity: HowBad
    title: Title
    alert: OfAlert | None

    @property
    def target(self) -> str:
        return "incident:new"

    async def lock(self, session: AsyncSession) -> None:
        """One after the other: whoever declares the same at the same time sees the first one."""
        await session.execute(ONE_BY_ONE)

    async def preview(self, session: AsyncSession) -> Impact:
        await self._not_yet(session)
        already = await how_many_open(session)
        severity = IncidentSeverity(self.severity.name)
        return Impact(
            facts=(
                fact("Incident", self.title.text, bound=True),
                fact("Severity", f"{severity}, {SEVERITIES[severity]}", bound=True),
                *((fact("Also open", counted(already, "incident")),) if already else ()),
            ),
            context={"title_of": self.title.text, "severity": severity.value},
        )

    async def _not_yet(self, session: AsyncSession) -> None:
        """Raise `NothingToDo` where its alert is part of an open incident."""
        known = await belongs_to(session, self.alert.id) if self.alert else None
        if known is not None:
            raise NothingToDo(
                f"This alert is part of incident {known.number} ({known.title}) already. Nothing was done: see "
                f"/pm incident {known.number}."
            )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await self._not_yet(session)
        row = Incident(title=self.title.text, severity=self.severity.name, declared_by=by)
        alert = await session.get(Alert, self.alert.id) if self.alert else None
        if alert is not None and alert.fired is not None:
            row.began = alert.fired
        session.add(row)
        await session.flush()
        await session.refresh(row)
        if alert is not None:
            await attach(session, row, alert.id)
        await clocks.begin(session, row)
        await rooms.look_after(session, row.id)  # its row before any message: the order in which all lock
        await tell(session, row.id, IncidentHappened.DECLARED, by, severity=row.severity)
        return Outcome(
            data={"incident": str(row.id), "number": row.number},
            old={"state": None},
            new={"state": row.state, "severity": row.severity, "number": row.number},
        )

    def undo(self, outcome: dict[str, Any]) -> Step:
        reason = "declared by mistake"
        return Step(action=Withdraw.name, parameters={"incident": outcome["incident"], "reason": reason})


async def attach(session: AsyncSession, row: Incident, alert_id: uuid.UUID) -> None:
    """Make an alert part of it. Raises `NothingToDo` where it is part of an open one."""
    try:
        async with session.begin_nested():
            session.add(IncidentAlert(incident_id=row.id, alert_id=alert_id))
    except IntegrityError:
        raise NothingToDo("This alert is part of another open incident. Nothing was done.") from None


@register
class Withdraw(OnIncident):
    """Take back an incident that was declared by mistake. It stays on record as declared by mistake."""

    name, verb, says = "incident.withdraw", "incident withdraw", "withdraw"
    offered_as = "withdraw an incident"
    incident: IncidentTarget
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        after = fact("After", "on record as declared by mistake; its channel stays, its deadlines stop")
        return Impact(facts=(*which(row), after), context={"incident": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        row.state, row.is_open = IncidentState.WITHDRAWN, False
        await session.flush()
        await tell(session, row.id, IncidentHappened.WITHDRAWN, by, reason=self.reason.text)
        await rooms.changed(session, row.id)
        return Outcome({"incident": str(row.id)}, {"state": IncidentState.OPEN}, {"state": row.state})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "reason": f"undoing: {self.reason.text}"}
        return Step(action="incident.reopen", parameters=given)
