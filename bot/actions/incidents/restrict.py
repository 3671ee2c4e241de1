"""`security incident P1 stolen credentials` and `incident restrict 7 because …`: incidents for few."""

import uuid

from sqlalchemy import delete, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.incidents import clocks
from bot.actions.incidents.declare import ONE_BY_ONE
from bot.actions.incidents.facts import OnIncident, holders, load, subject, tell, which
from bot.actions.incidents.members import join
from bot.actions.incidents.parameters import SEVERITIES, HowBad, Title
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.policy import Risk
from bot.store import legal_holds, outbox, rooms
from bot.store.models import (
    Incident,
    IncidentAlert,
    IncidentEvent,
    IncidentHappened,
    IncidentSeverity,
    StaffLink,
)
from bot.store.rooms import Home
from bot.targets.incident import Incident as IncidentTarget
from bot.targets.staff import Asker
from bot.words import counted


@register
class DeclareSecurity(Action):
    """Declare a security incident. It has a private channel for its members and security, and is shown nowhere else."""

    name, verb, says = "incident.declare_security", "security incident", "declare"
    also = ("declare security incident", "breach")
    phrased = "declare a security incident"
    permission, risk = Permission.INCIDENT_SECURITY, Risk.LOW
    only_notes = True
    severity: HowBad
    title: Title
    asker: Asker

    @property
    def target(self) -> str:
        return "incident:new"

    @property
    def about(self) -> None:
        """Whoever asks does nothing to themselves."""

    async def lock(self, session: AsyncSession) -> None:
        """One after the other, as every declaration."""
        await session.execute(ONE_BY_ONE)

    async def home(self, session: AsyncSession) -> Home | None:
        """Whoever declares it, in their direct messages."""
        found = select(StaffLink.slack_user_id).where(StaffLink.staff_id == self.asker.id).limit(1)
        linked = await session.scalar(found)
        return Home(linked or "security", None)

    async def preview(self, session: AsyncSession) -> Impact:
        severity = IncidentSeverity(self.severity.name)
        return Impact(
            facts=(
                fact("Severity", f"{severity}, {SEVERITIES[severity]}", bound=True),
                fact("Seen by", "its members and security"),
            ),
            context={"severity": severity.value},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = Incident(title=self.title.text, severity=self.severity.name, declared_by=by, restricted=True)
        session.add(row)
        await session.flush()
        await session.refresh(row)
        await join(session, row, by)
        await legal_holds.begin(session, row.id)
        await clocks.begin(session, row)
        await rooms.look_after(session, row.id)
        await tell(session, row.id, IncidentHappened.DECLARED, by, severity=row.severity)
        return Outcome({"incident": str(row.id), "number": row.number}, {"incident": None}, {"incident": row.number})


@register
class Restrict(OnIncident):
    """Make an incident a security incident, for its members only. It can never become an ordinary incident again."""

    name, verb, says = "incident.restrict", "incident restrict", "restrict"
    phrased = "make an incident a security incident"
    incident: IncidentTarget
    reason: Reason

    async def _open_to_all(self, session: AsyncSession) -> Incident:
        row = await load(session, self.incident.id)
        if row.restricted:
            raise NothingToDo(f"Incident {row.number} is a security incident already. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._open_to_all(session)
        alerts = await session.scalar(select(func.count()).where(IncidentAlert.incident_id == row.id)) or 0
        return Impact(
            facts=(
                *which(row),
                fact(
                    "After",
                    "a private channel for the people with a role in the incident, for the person who declared it, "
                    "and for security",
                ),
                fact("Its old channel", "archived; what people have read there cannot be taken back"),
                *((fact("Taken out of the incident", counted(alerts, "alert")),) if alerts else ()),
            ),
            context={"incident": subject(row)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._open_to_all(session)
        await legal_holds.begin(session, row.id, [row.channel] if row.channel else [])
        row.restricted, row.left, row.channel = True, row.channel, null()
        row.topic = row.pinned = row.bookmark = null()
        row.invited = []
        await session.flush()
        await session.refresh(row)
        for one in {by, row.declared_by, *(await holders(session, row.id)).values()}:
            await join(session, row, one)
        await session.execute(delete(IncidentAlert).where(IncidentAlert.incident_id == row.id))
        await tell(session, row.id, IncidentHappened.RESTRICTED, by)
        await rooms.changed(session, row.id)
        told = await session.scalars(select(IncidentEvent.id).where(IncidentEvent.incident_id == row.id))
        for event_id in told:  # what others were told of it is shown no more
            await outbox.refresh(session, f"{rooms.card_key(row.id)}:told:{event_id}")
        return Outcome({"incident": str(row.id), **subject(row)}, {"restricted": False}, {"restricted": True})
