"""`incident attach 7 email-sending`: an alert that is part of an incident, and one that was not after all."""

import uuid
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents.declare import attach
from bot.actions.incidents.facts import OnIncident, belongs_to, still_open, subject, tell, which
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.alert import AlertOn
from bot.store import rooms
from bot.store.models import Alert, Incident, IncidentAlert, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget


@register
class Attach(OnIncident):
    """Make an open alert part of an incident. An alert can be part of only one open incident."""

    name, verb, says = "incident.attach", "incident attach", "add"
    phrased = "add an alert to an incident"
    incident: IncidentTarget
    alert: AlertOn

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
        if row.restricted:
            raise NothingToDo(
                "A security incident cannot have alerts, because everybody can read alerts. Nothing was done."
            )
        await _of_none(session, self.alert.id)
        alert = await session.get_one(Alert, self.alert.id)
        return _impact(row, alert)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.incident.id)
        alert = await session.get_one(Alert, self.alert.id)
        await attach(session, row, alert.id)
        await tell(session, row.id, IncidentHappened.ATTACHED, by, rule=alert.rule, subject=alert.subject)
        await rooms.redraw(session, row.id)
        data = {"incident": str(row.id), "alert": str(alert.id)}
        return Outcome(data, {"alert": None}, {"alert": str(alert.id)})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "alert": outcome["alert"]}
        return Step(action=Detach.name, parameters=given)


@register
class Detach(OnIncident):
    """Take an alert out of an incident, because the alert has another cause."""

    name, verb, says = "incident.detach", "incident detach", "take out"
    phrased = "take an alert out of an incident"
    incident: IncidentTarget
    alert: AlertOn

    async def _there(self, session: AsyncSession) -> Alert:
        if await session.get(IncidentAlert, (self.incident.id, self.alert.id)) is None:
            raise NothingToDo(f"That alert is not part of incident {self.incident.number}. Nothing was done.")
        return await session.get_one(Alert, self.alert.id)

    async def preview(self, session: AsyncSession) -> Impact:
        return _impact(await still_open(session, self.incident.id), await self._there(session))

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row, alert = await still_open(session, self.incident.id), await self._there(session)
        mine = IncidentAlert.incident_id == row.id, IncidentAlert.alert_id == alert.id
        await session.execute(delete(IncidentAlert).where(*mine))
        await tell(session, row.id, IncidentHappened.DETACHED, by, rule=alert.rule, subject=alert.subject)
        data = {"incident": str(row.id), "alert": str(alert.id)}
        return Outcome(data, {"alert": str(alert.id)}, {"alert": None})

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"incident": outcome["incident"], "alert": outcome["alert"]}
        return Step(action=Attach.name, parameters=given)


async def _of_none(session: AsyncSession, alert_id: uuid.UUID) -> None:
    if (known := await belongs_to(session, alert_id)) is not None:
        raise NothingToDo(f"This alert is part of incident {known.number} ({known.title}) already. Nothing was done.")


def _impact(row: Incident, alert: Alert) -> Impact:
    about = f"{alert.rule} on {alert.subject}"
    return Impact(
        facts=(*which(row), fact("Alert", about, bound=True)), context={"incident": subject(row), "alert": about}
    )
