"""Clicks on an incident's card, on what is due, and on an alert out of which an incident becomes."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from bot.actions.incidents.facts import belongs_to
from bot.alerts.cards import title_of
from bot.alerts.rules import Rule
from bot.drawing.buttons import button
from bot.errors import NothingToDo, OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Button, Desk
from bot.incidents import clocks
from bot.permissions import Permission
from bot.store.models import Alert, Incident, IncidentSeverity, IncidentState

OFFERED = 3  # of the incidents that are open
OLD = "That button is from an older version of the bot. Use the newest card of this incident."
AS = {
    "critical": IncidentSeverity.P1,
    "high": IncidentSeverity.P2,
    "medium": IncidentSeverity.P3,
    "low": IncidentSeverity.P4,
}
"""What an alert's severity is called as an incident's (platform.md)."""
FORMS = {
    "update": "incident update",
    "resolve": "incident resolve",
    "reopen": "incident reopen",
    "severity": "incident severity",
    "findings": "incident findings",
    "task": "incident task",
    "restrict": "incident restrict",
    "evidence": "incident evidence",
    "breach": "incident breach",
    "told": "incident told",
    "not_needed": "incident not needed",
}
"""Buttons that open the form of a command."""
CONTAIN = {"lockdown": "lockdown", "suspend": "user suspend", "pause": "pause"}
"""The same of commands that are about no incident: what they say is asked for in its room, and stays there."""


async def declare(desk: Desk, rules: Mapping[str, Rule], alert_id: uuid.UUID) -> None:
    """Out of an alert: its title, its severity, and the alert in it."""
    operator = await desk.operator()
    alert = await desk.session.get(Alert, alert_id)
    if alert is None:
        raise OutOfDate("That alert no longer exists. To declare an incident without it, type /pm incident.")
    if (known := await belongs_to(desk.session, alert_id)) is not None:
        raise NothingToDo(f"This alert is part of incident {known.number} already: see /pm incident {known.number}.")
    given = _of_alert(alert, rules)
    if operator.may(Permission.INCIDENT_RUN) and await _asked_which(desk, alert_id, given):
        return
    await commands.run(desk, operator, "incident", given, once=f"{desk.source}:incident")


async def _asked_which(desk: Desk, alert_id: uuid.UUID, given: Mapping[str, str]) -> bool:
    """Where others are open it may be one of those: ask, and go on with a click. False where none is."""
    others = (
        select(Incident)
        .where(Incident.state == IncidentState.OPEN, ~Incident.restricted)
        .order_by(Incident.number.desc())
    )
    found = list(await desk.session.scalars(others.limit(OFFERED)))
    if not found:
        return False
    buttons = [
        button(
            f"Add it to incident {one.number}: {one.title}",
            f"draft:attach:{one.number}",
            await desk.draft("incident attach", {"incident": str(one.number), "alert": str(alert_id)}),
        )
        for one in found
    ]
    new = button("Open another incident", "draft:incident", await desk.draft("incident", given))
    await desk.note("Is this alert part of an incident that is open already?", [*buttons, new])
    return True


def _of_alert(alert: Alert, rules: Mapping[str, Rule]) -> dict[str, str]:
    return {
        "severity": AS[alert.worst or "low"],
        "title": title_of(alert, rules.get(alert.rule))[:150],
        "alert": str(alert.id),
    }


async def pressed(desk: Desk, incident_id: uuid.UUID, what: str) -> None:
    """A button of an incident's own. Raises `Refused`."""
    operator = await desk.operator()
    name, _, of = what.partition(":")
    if name == "met":
        await clocks.done(desk.session, operator, incident_id, of)
    elif name == "snooze":
        await clocks.snooze(desk.session, operator, incident_id, of)
    elif name == "role":
        given = {"incident": str(incident_id), "role": of}
        await commands.run(desk, operator, "incident lead", given, once=f"{desk.source}:role")
    elif name == "done":
        await commands.run(desk, operator, "incident done", {"task": str(incident_id)}, once=f"{desk.source}:done")
    elif name == "review":
        given = {"incident": str(incident_id)}
        await commands.run(desk, operator, "incident review", given, once=f"{desk.source}:review")
    elif name in FORMS:
        whom = {"whom": of} if of else {}
        given = {"incident": await _number(desk, incident_id), **whom}
        await commands.run(desk, operator, FORMS[name], given, ask_first=True)
    elif name in CONTAIN:
        await commands.run(desk, operator, CONTAIN[name], {})
    else:
        raise OutOfDate(OLD)


async def _number(desk: Desk, incident_id: uuid.UUID) -> str:
    """As it would be typed: what a form shows."""
    found = await desk.session.scalar(select(Incident.number).where(Incident.id == incident_id))
    if found is None:
        raise OutOfDate(OLD)
    return str(found)


def buttons(rules: Mapping[str, Rule]) -> dict[str, Button]:
    """All of them."""

    async def clicked(desk: Desk, about: uuid.UUID, what: str) -> None:
        if what == "declare":
            await declare(desk, rules, about)
        else:
            await pressed(desk, about, what)

    return {"incident": clicked}
