"""The timeline of an incident: its own lines, those of its alerts, and what was asked for in its room or names it.

Only the incident's own lines are stored for it. The others are read where they stand, so they are never out of date.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.parameters import DUTIES, ROLES
from bot.platform import staff
from bot.store.models import (
    Alert,
    AlertEvent,
    AlertHappened,
    Incident,
    IncidentAlert,
    IncidentEvent,
    IncidentHappened,
    IncidentRole,
    Proposal,
)
from bot.words import counted, duration

CLOCKS = {
    "protocol": "emergency protocol: somebody takes command",
    "stakeholders": "stakeholders are told",
    "customers": "customers are told",
    "executives": "executives are told",
    "update": "the next update",
    "retrospective": "the review",
}
TOLD_OF_ALERTS = (
    AlertHappened.FIRED,
    AlertHappened.WORSE,
    AlertHappened.BETTER,
    AlertHappened.ACKNOWLEDGED,
    AlertHappened.CONTAINED,
    AlertHappened.HEALED,
    AlertHappened.AGAIN,
    AlertHappened.RESOLVED,
)
MOST = 500  # lines of one kind, the oldest first


@dataclass(frozen=True)
class Line:
    """One thing that happened, in words; or a request, whose words are its card's title."""

    at: dt.datetime
    text: str
    proposal: uuid.UUID | None = None

    def as_data(self) -> dict[str, Any]:
        """For a context: JSON."""
        return {"at": self.at.timestamp(), "text": self.text}


async def of(session: AsyncSession, row: Incident) -> list[Line]:
    """All there is, the oldest first. In at most five statements, however much there is."""
    lines = [*await own(session, row.id), *await _of_alerts(session, row.id), *await _of_requests(session, row)]
    return sorted(lines, key=lambda line: line.at)


async def own(session: AsyncSession, incident_id: uuid.UUID, newest: int | None = None) -> list[Line]:
    """Its own lines, the oldest first; of `newest` the last so many."""
    mine = select(IncidentEvent).where(IncidentEvent.incident_id == incident_id, IncidentEvent.gone.is_(None))
    asked = mine.order_by(IncidentEvent.at.desc(), IncidentEvent.id.desc()).limit(newest or MOST)
    events = list(reversed((await session.scalars(asked)).all()))
    names = await staff.names(session, {who for one in events for who in _people(one)})
    return [Line(one.at, said(one, names)) for one in events]


def _people(event: IncidentEvent) -> list[uuid.UUID]:
    named = [event.facts[one] for one in ("to", "before", "owner") if _is_id(event.facts.get(one))]
    return [*([event.staff_id] if event.staff_id else []), *map(uuid.UUID, named)]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 36


async def _of_alerts(session: AsyncSession, incident_id: uuid.UUID) -> list[Line]:
    """What became of its alerts."""
    found = await session.execute(
        select(AlertEvent, Alert.rule, Alert.subject)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .join(IncidentAlert, IncidentAlert.alert_id == Alert.id)
        .where(IncidentAlert.incident_id == incident_id, AlertEvent.what.in_(TOLD_OF_ALERTS))
        .order_by(AlertEvent.id)
        .limit(MOST)
    )
    rows = found.all()
    names = await staff.names(session, {one.staff_id for one, _, _ in rows if one.staff_id})
    return [Line(one.at, _of_alert(one, rule, about, names)) for one, rule, about in rows]


def _of_alert(event: AlertEvent, rule: str, about: str, names: Mapping[uuid.UUID | None, str]) -> str:
    severity = event.facts.get("severity")
    became = {
        AlertHappened.FIRED: f"fired as {severity}",
        AlertHappened.WORSE: f"got worse: {severity}",
        AlertHappened.BETTER: f"got better: {severity}",
        AlertHappened.ACKNOWLEDGED: f"acknowledged by {names.get(event.staff_id, staff.GONE)}",
        AlertHappened.CONTAINED: "held back by a pause",
        AlertHappened.HEALED: f"request {event.facts.get('number')} started automatically",
        AlertHappened.AGAIN: f"fires again as {severity}",
        AlertHappened.RESOLVED: "resolved",
    }
    return f"Alert {rule} on {about}: {became[AlertHappened(event.what)]}."


async def _of_requests(session: AsyncSession, row: Incident) -> list[Line]:
    """What was asked for in its room, or says its number as the reason; not what was done to the incident itself."""
    number = rf"\m(incident|inc)[ #-]*{row.number}\M"
    concerns = or_(Proposal.channel == row.channel, Proposal.reason.op("~*")(number))
    asked = (
        select(Proposal)
        .where(Proposal.created >= row.began, concerns)
        .where(~func.array_to_string(Proposal.targets, " ").op("~")(r"\mincident(_task)?:"))
        .order_by(Proposal.created)
        .limit(MOST)
    )
    if row.resolved is not None:
        asked = asked.where(Proposal.created <= row.resolved)
    found = (await session.scalars(asked)).all()
    names = await staff.names(session, {one.requester_id for one in found})
    return [Line(one.ended or one.created, f"{names.get(one.requester_id, staff.GONE)} asked", one.id) for one in found]


def said(event: IncidentEvent, names: Mapping[uuid.UUID | None, str]) -> str:
    """A line in words, as one sentence or two."""
    nobody = "Somebody" if event.what in (IncidentHappened.MARKED, IncidentHappened.EVIDENCE) else "The bot"
    who = names.get(event.staff_id, staff.GONE) if event.staff_id else nobody
    return SAID[IncidentHappened(event.what)](who, event.facts, _named(event.facts, names))


def _named(facts: Mapping[str, Any], names: Mapping[uuid.UUID | None, str]) -> dict[str, str]:
    """Whom the ids among the facts stand for."""
    ids = {name: uuid.UUID(value) for name, value in facts.items() if _is_id(value) and name != "alert"}
    return {name: names.get(one, staff.GONE) for name, one in ids.items()}


def _claimed(who: str, facts: Mapping[str, Any], named: Mapping[str, str]) -> str:
    role = ROLES[IncidentRole(facts["role"])]
    instead = f" in place of {named['before']}" if facts.get("before") else ""
    gave = "" if named["to"] == who else f" {who} gave them the role."
    return f"{named['to']} is {role}{instead}.{gave}"


def _left(who: str, facts: Mapping[str, Any], named: Mapping[str, str]) -> str:
    role = ROLES[IncidentRole(facts["role"])]
    by = "" if named["before"] == who else f" {who} made this change."
    return f"{named['before']} is no longer {role}. Nobody has this role now.{by}"


def _because(facts: Mapping[str, Any]) -> str:
    return f": {facts['reason']}" if facts.get("reason") else "."


def _after(facts: Mapping[str, Any]) -> str:
    return duration(dt.timedelta(seconds=facts["after"]), 2)


def _notice(who: str, facts: Mapping[str, Any], named: Mapping[str, str]) -> str:
    mails, tenants = counted(facts["mails"], "mail"), counted(facts["tenants"], "tenant")
    return f"{who} told customers ({facts['letter']}), by {mails} to {tenants}: {facts['text']}"


def _deployed(it: Mapping[str, Any]) -> str:
    by = f" by {it['by']}" if it.get("by") else ""
    return f"The deployment of {it['service']} {it['version']}{by} {it['words']}."


def _breach(who: str, facts: Mapping[str, Any], named: Mapping[str, str]) -> str:
    risk = (
        "with a high risk for the people whose data it is"
        if facts["high_risk"]
        else "with a low risk for the people whose data it is"
    )
    return f"{who} says that personal data is concerned, {risk}: {facts['text']}"


def _evidence(who: str, facts: Mapping[str, Any], named: Mapping[str, str]) -> str:
    if "lacks" in facts:
        return f"Not kept as evidence: {facts['lacks']}"
    called = f", {facts['called']}" if facts.get("called") else ""
    return f"{who} recorded evidence {facts['number']}{called}, SHA-256 {facts['sha256'][:12]}…."


Words = Callable[[str, Mapping[str, Any], Mapping[str, str]], str]


SAID: Mapping[IncidentHappened, Words] = {
    IncidentHappened.DECLARED: lambda who, it, _: f"{who} declared the incident as {it['severity']}.",
    IncidentHappened.WITHDRAWN: lambda who, it, _: f"{who} withdrew it{_because(it)}",
    IncidentHappened.ATTACHED: lambda who, it, _: f"{who} added the alert {it['rule']} on {it['subject']}.",
    IncidentHappened.DETACHED: lambda who, it, _: f"{who} took out the alert {it['rule']} on {it['subject']}.",
    IncidentHappened.CLAIMED: _claimed,
    IncidentHappened.LEFT: _left,
    IncidentHappened.SEVERITY: lambda who, it, _: (
        f"{who} changed it from {it['before']} to {it['severity']}" + _because(it)
    ),
    IncidentHappened.UPDATE: lambda who, it, _: f"{who} told stakeholders: {it['text']}",
    IncidentHappened.MARKED: lambda who, it, _: f"{who} wrote: {it['text']}",
    IncidentHappened.DUE: lambda _, it, __: f"Due: {CLOCKS[it['clock']]}.",
    IncidentHappened.MET: lambda who, it, _: f"{who} marked this as done: {CLOCKS[it['clock']]}.",
    IncidentHappened.SNOOZED: lambda who, it, _: (
        f"{who} postponed this deadline for {_after(it)}: {CLOCKS[it['clock']]}."
    ),
    IncidentHappened.RESOLVED: lambda who, it, _: f"{who} resolved it{_because(it)}",
    IncidentHappened.REOPENED: lambda who, it, _: f"{who} reopened it{_because(it)}",
    IncidentHappened.MERGED: lambda who, it, _: f"{who} merged it into incident {it['number']}{_because(it)}",
    IncidentHappened.ABSORBED: lambda who, it, _: (
        f"{who} merged incident {it['number']} ({it['title']}) into this one."
    ),
    IncidentHappened.FOUND: lambda who, it, _: f"{who} wrote down {it['found']} for the review.",
    IncidentHappened.TASK: lambda who, it, named: f"{who} noted task {it['number']} for {named['owner']}: {it['text']}",
    IncidentHappened.RESTRICTED: lambda who, _, __: f"{who} made it a security incident, for its members only.",
    IncidentHappened.JOINED: lambda who, _, named: f"{who} made {named['to']} a member.",
    IncidentHappened.REMOVED: lambda who, _, named: f"{who} removed {named['to']} from the members of the incident.",
    IncidentHappened.EVIDENCE: _evidence,
    IncidentHappened.DEPLOYED: lambda _, it, __: _deployed(it),
    IncidentHappened.TASK_DONE: lambda who, it, _: f"{who} says that task {it['number']} is done: {it['text']}",
    IncidentHappened.NOTICE: _notice,
    IncidentHappened.PUBLISHED: lambda who, it, _: f"{who} published ({it['phase']}): {it['text']}",
    IncidentHappened.BREACH: _breach,
    IncidentHappened.NO_BREACH: lambda who, _, __: f"{who} says that no personal data is concerned after all.",
    IncidentHappened.REMINDED: lambda _, it, __: f"Still to be told: {DUTIES[it['duty']]}.",
    IncidentHappened.REPORTED: lambda who, it, _: f"Told: {DUTIES[it['duty']]}. {who} noted: {it['text']}",
    IncidentHappened.NOT_NEEDED: lambda who, it, _: (
        f"Need not be told: {DUTIES[it['duty']]}. {who} said why{_because(it)}"
    ),
    IncidentHappened.STILL_NEEDED: lambda who, it, _: f"Still to be told: {DUTIES[it['duty']]}. {who} said so.",
    IncidentHappened.RELEASED: lambda who, it, _: f"{who} ended the legal hold{_because(it)}",
    IncidentHappened.HELD: lambda who, _, __: f"{who} set the legal hold again.",
    IncidentHappened.RETRACTED: lambda who, it, _: f"{who} took an update off the public status page: {it['text']}",
}
"""By what happened: what the line says, of who did it, its facts, and the people among those."""
