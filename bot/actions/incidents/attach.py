"""`incident attach 7 email-sending`: an alert that is part of an incident, and one that was not after all."""

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.incidents.declare import attach
from bot.actions.incidents.facts import OnIncident, belongs_to, still_open, subject, tell, which
from bot.actions.incidents.parameters import OfAlert
from bot.actions.registry import register
from bot.errors import InvalidParameter, NothingToDo
from bot.parameters.base import Lookup, as_uuid, quoted, required
from bot.store import rooms
from bot.store.models import Alert, AlertState, Incident, IncidentAlert, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget


@dataclass(frozen=True)
class AlertOn(OfAlert):
    """An alert that is open, by what it is about."""

    usage: ClassVar[str] = "email-sending"
    example: ClassVar[str] = "email-sending"
    explanation: ClassVar[str] = "an open alert, by what it is about, such as a queue"
    hint: ClassVar[str] = "What the alert is about, such as email-sending"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which alert, by what it is about, such as email-sending.")
        if (known := as_uuid(typed)) is not None:
            return await super().resolve(parameter, str(known), lookup)
        about = select(Alert.id).where(Alert.subject == typed, Alert.fired.is_not(None))
        newest = about.where(Alert.state != AlertState.RESOLVED).order_by(Alert.fired.desc()).limit(1)
        found = await lookup.session.scalar(newest)
        if found is None:
            raise InvalidParameter(parameter, f"No alert on {quoted(typed)} is open. Nothing was done.")
        return cls(found)


@register
class Attach(OnIncident):
    """Make an open alert part of an incident. It is part of one open incident at most."""

    name, verb, says = "incident.attach", "incident attach", "add"
    incident: IncidentTarget
    alert: AlertOn

    @classmethod
    def phrase(cls) -> str:
        return "add an alert to an incident"

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.incident.id)
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
    """Take an alert out of an incident, since it has another reason."""

    name, verb, says = "incident.detach", "incident detach", "take out"
    incident: IncidentTarget
    alert: AlertOn

    @classmethod
    def phrase(cls) -> str:
        return "take an alert out of an incident"

    async def _there(self, session: AsyncSession) -> Alert:
        if await session.get(IncidentAlert, (self.incident.id, self.alert.id)) is None:
            raise NothingToDo(f"That alert is no part of incident {self.incident.number}. Nothing was done.")
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
