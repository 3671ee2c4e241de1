"""Drawing incidents: the pinned card, what stakeholders read, what is due."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import timeline
from bot.actions.incidents.customers import satisfaction
from bot.actions.incidents.facts import WORDS, holders
from bot.actions.incidents.parameters import ROLES
from bot.actions.incidents.similar import similar
from bot.delivery.deliver import Projection
from bot.drawing import mentions
from bot.drawing.buttons import button
from bot.drawing.elements import Element, menu, user_mention
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.incidents import duties
from bot.people.identity import slack_ids
from bot.pipeline.core import now
from bot.platform import staff
from bot.policy import Policy
from bot.store.models import (
    JSON,
    Alert,
    Incident,
    IncidentAlert,
    IncidentClock,
    IncidentDue,
    IncidentEvent,
    IncidentEvidence,
    IncidentRole,
    IncidentSeverity,
    IncidentState,
    LegalHold,
)
from bot.words import duration

ICONS = {
    IncidentSeverity.P1: "🔴",
    IncidentSeverity.P2: "🟠",
    IncidentSeverity.P3: "🟡",
    IncidentSeverity.P4: "🔵",
}
OVER = "🟢"
LATEST = 6  # lines of the timeline on the card
LATE = dt.timedelta(minutes=1)
"""From then on what is told late says so."""
TAKE = {
    IncidentRole.COMMANDER: "Take command",
    IncidentRole.TECHNICAL: "Lead technically",
    IncidentRole.SECURITY: "Lead security",
    IncidentRole.COMMUNICATIONS: "Lead communications",
}


class IncidentCards:
    """What delivery draws of incidents."""

    def __init__(self, renderer: Renderer, policy: Policy, team_id: str) -> None:
        self._renderer, self._policy, self._team_id = renderer, policy, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name."""
        return {
            "incident": self.public,
            "incident_private": self.card,
            "incident_told": self.told,
            "incident_clock": self.clock,
        }

    async def public(self, session: AsyncSession, subject: str) -> JSON:
        """Its card where everybody may read it; of one that was restricted since, that it was."""
        row = await session.get_one(Incident, uuid.UUID(subject))
        return self._restricted(row) if row.restricted else await self.card(session, subject)

    def _restricted(self, row: Incident) -> JSON:
        return self._renderer.message("incidents/restricted.j2", Clearance.CHANNEL, number=row.number)

    async def card(self, session: AsyncSession, subject: str) -> JSON:
        """The one card of an incident. In a dozen statements, drawn when something of it has changed."""
        row = await session.get_one(Incident, uuid.UUID(subject))
        held = await holders(session, row.id)
        is_open = row.state == IncidentState.OPEN
        return self._renderer.message(
            "incidents/card.j2",
            Clearance.CHANNEL,
            row=row,
            icon=ICONS[IncidentSeverity(row.severity)] if is_open else OVER,
            state=WORDS[IncidentState(row.state)],
            declarer=await staff.name_of(session, row.declared_by),
            into=await _number(session, row.merged_into),
            roles=await self._roles(session, held),
            alerts=await _alerts(session, row.id),
            due=await _due(session, row) if is_open else [],
            hold=await session.get(LegalHold, row.id),
            evidence=await _evidence(session, row.id) if row.restricted else 0,
            answers=answers.said if (answers := await satisfaction.answers(session, row.id)) else "",
            to_tell=await duties.shown(session, row.id) if row.restricted else [],
            similar=await similar(session, row.id) if is_open else [],
            lines=await timeline.own(session, row.id, newest=LATEST),
            card_buttons=_buttons(row, held),
        )

    async def _roles(self, session: AsyncSession, held: Mapping[IncidentRole, uuid.UUID]) -> list[dict[str, Any]]:
        links, names = await slack_ids(session, self._team_id), await staff.names(session, set(held.values()))

        def shown(who: uuid.UUID | None) -> Element | str | None:
            if who is None:
                return None
            return user_mention(links[who]) if who in links else names.get(who, staff.GONE)

        taken = [role for role in IncidentRole if role in held or role is IncidentRole.COMMANDER]
        return [{"name": ROLES[role].capitalize(), "who": shown(held.get(role))} for role in taken]

    async def told(self, session: AsyncSession, subject: str) -> JSON:
        """To stakeholders: a line of the timeline that concerns them."""
        event = await session.get_one(IncidentEvent, int(subject))
        row = await session.get_one(Incident, event.incident_id)
        if row.restricted:
            return self._restricted(row)
        return self._renderer.message(
            "incidents/told.j2",
            Clearance.CHANNEL,
            event=event,
            row=row,
            who=await staff.name_of(session, event.staff_id),
            next=duration(dt.timedelta(seconds=event.facts.get("after", 0)), 2),
        )

    async def clock(self, session: AsyncSession, subject: str) -> JSON:
        """Something is due; whoever has to see to it is mentioned. The subject: incident, clock, how often put off."""
        incident_id, clock, snoozed = subject.split(":")
        row = await session.get_one(Incident, uuid.UUID(incident_id))
        one = await session.get_one(IncidentDue, (row.id, clock))
        expected = IncidentState.RESOLVED if clock == IncidentClock.RETROSPECTIVE else IncidentState.OPEN
        late = one.told - one.due if one.told else dt.timedelta()
        return self._renderer.message(
            "incidents/clock.j2",
            Clearance.CHANNEL,
            row=row,
            what=timeline.CLOCKS[clock],
            met=one.met,
            met_by=await staff.name_of(session, one.met_by) if one.met_by else None,
            over=WORDS[IncidentState(row.state)] if row.state != expected else None,
            later=one.due if one.snoozed > int(snoozed) else None,
            again=clock == IncidentClock.UPDATE,
            due=one.due,
            late=late.total_seconds() if late > LATE else None,
            mention=await self._whom(session, row.id),
            card_buttons=_clock_buttons(row, clock),
        )

    async def _whom(self, session: AsyncSession, incident_id: uuid.UUID) -> Element | None:
        """The commander; while there is none, whoever is on call."""
        commander = (await holders(session, incident_id)).get(IncidentRole.COMMANDER)
        links = await slack_ids(session, self._team_id)
        if commander in links:
            return user_mention(links[commander])
        return await mentions.on_call(session, self._policy, self._team_id)


async def _number(session: AsyncSession, incident_id: uuid.UUID | None) -> int | None:
    return (await session.get_one(Incident, incident_id)).number if incident_id else None


async def _alerts(session: AsyncSession, incident_id: uuid.UUID) -> list[Alert]:
    found = await session.scalars(
        select(Alert)
        .join(IncidentAlert, IncidentAlert.alert_id == Alert.id)
        .where(IncidentAlert.incident_id == incident_id)
        .order_by(Alert.fired)
    )
    return list(found)


async def _due(session: AsyncSession, row: Incident) -> list[dict[str, Any]]:
    waiting = IncidentDue.incident_id == row.id, IncidentDue.met.is_(None)
    found = await session.scalars(select(IncidentDue).where(*waiting).order_by(IncidentDue.due))
    at = await now(session)
    return [{"at": one.due, "what": timeline.CLOCKS[one.clock], "late": one.due < at} for one in found]


async def _evidence(session: AsyncSession, incident_id: uuid.UUID) -> int:
    """How many pieces are kept."""
    mine = select(func.count()).where(IncidentEvidence.incident_id == incident_id)
    return await session.scalar(mine) or 0


def _buttons(row: Incident, held: Mapping[IncidentRole, uuid.UUID]) -> list[JSON]:
    if row.state == IncidentState.RESOLVED:
        return [
            button("Write down findings …", "incident:findings", row.id),
            button("Note a task …", "incident:task", row.id),
            button("Post the review", "incident:review", row.id),
            button("Reopen …", "incident:reopen", row.id),
        ]
    if row.state != IncidentState.OPEN:
        return []
    led = IncidentRole.COMMANDER in held
    command = [] if led else [button(TAKE[IncidentRole.COMMANDER], "incident:role:commander", row.id, "primary")]
    data = ("It concerns personal data …", "incident:breach", row.id)
    secret = [data] if row.restricted else [("Make it a security incident …", "incident:restrict", row.id)]
    others = [(label, f"incident:role:{role}", row.id) for role, label in TAKE.items() if role not in held]
    further = [*others[0 if led else 1 :], ("Change the severity …", "incident:severity", row.id), *secret]
    return [
        *command,
        button("Post an update …", "incident:update", row.id),
        button("Resolve …", "incident:resolve", row.id),
        *(_of_secret(row) if row.restricted else []),
        menu("incident_more", further),
    ]


def _of_secret(row: Incident) -> list[JSON]:
    """What there is on the card of a security incident besides."""
    kept = button("Keep evidence …", "incident:evidence", row.id)
    return [kept, menu("incident_contain", _containing(row), "Contain …")]


def _containing(row: Incident) -> list[tuple[str, str, object]]:
    """What stops somebody who got in: each a plan of its own, whose card stays in the room."""
    return [
        ("Lock a colleague down …", "incident:lockdown", row.id),
        ("Suspend a customer's user …", "incident:suspend", row.id),
        ("Pause a tenant or a queue …", "incident:pause", row.id),
    ]


def _clock_buttons(row: Incident, clock: str) -> list[JSON]:
    if clock in (IncidentClock.STAKEHOLDERS, IncidentClock.UPDATE):
        done = button("Post an update …", "incident:update", row.id, "primary")
    elif clock == IncidentClock.PROTOCOL:
        done = button(TAKE[IncidentRole.COMMANDER], "incident:role:commander", row.id, "primary")
    elif clock == IncidentClock.RETROSPECTIVE:
        done = button("Post the review", "incident:review", row.id, "primary")
    else:
        done = button("It is done", f"incident:met:{clock}", row.id, "primary")
    return [done, button("Remind me in 15 min", f"incident:snooze:{clock}", row.id)]
