"""What the review of an incident knows by itself: who noticed it, how far it went, who was told when, what is open."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.timeline import CLOCKS, Line
from bot.alerts.cards import peak
from bot.alerts.rules import Rule
from bot.incidents.words import after, plain, time
from bot.parameters.alert import called
from bot.platform import staff, tenants
from bot.store.models import (
    Alert,
    Incident,
    IncidentAlert,
    IncidentClock,
    IncidentDue,
    IncidentEvent,
    IncidentHappened,
    IncidentNotice,
    IncidentRole,
    IncidentTask,
    IncidentTold,
)
from bot.words import counted, listed, sentence

Facts = list[tuple[str, str]]
NAMED = 20  # tenants


async def of_alerts(session: AsyncSession, row: Incident) -> list[Alert]:
    """Its alerts, the first at first."""
    mine = select(Alert).join(IncidentAlert, IncidentAlert.alert_id == Alert.id)
    return list(await session.scalars(mine.where(IncidentAlert.incident_id == row.id).order_by(Alert.fired)))


async def noticed(session: AsyncSession, row: Incident, alerts: Sequence[Alert]) -> Facts:
    """By an alert or by a person; and how long it took until somebody looked at it."""
    names = await staff.names(session, {row.declared_by, *(one.acknowledged_by for one in alerts)})
    first = next((one for one in alerts if one.fired is not None and one.fired <= row.declared), None)
    if first is None or first.fired is None:
        return [("Noticed", f"by {names[row.declared_by]}, before any alert")]
    said = [("Noticed", f"by the alert “{called(first)}”, {time(first.fired)}")]
    if first.acknowledged is None:
        return [*said, ("Acknowledged", "by nobody")]
    who = names.get(first.acknowledged_by, staff.GONE)
    return [*said, ("Acknowledged", f"by {who}, {after(first.fired, first.acknowledged)} after the alert fired")]


async def figures(
    session: AsyncSession, row: Incident, alerts: Sequence[Alert], lines: Sequence[Line], rules: Mapping[str, Rule]
) -> str:
    """What was measured, counted and told, beside what people wrote."""
    mine = select(IncidentEvent).where(IncidentEvent.incident_id == row.id).order_by(IncidentEvent.at)
    events = list(await session.scalars(mine))
    led = _first(events, IncidentHappened.CLAIMED, role=IncidentRole.COMMANDER)
    told = _first(events, IncidentHappened.UPDATE)
    soon = after(row.declared, told.at) if told else ""
    updates = sum(one.what == IncidentHappened.UPDATE for one in events)
    requests = sum(one.proposal is not None for one in lines)
    said = [
        *(f"{plain(called(one))}: {_went(one, rules.get(one.rule))}." for one in alerts),
        f"Somebody took command {after(row.declared, led.at)} after the incident was declared."
        if led
        else "Nobody took command.",
        f"Stakeholders got {counted(updates, 'update')}, the first one {soon} after the incident was declared."
        if told
        else "Stakeholders got no update about it.",
        await _customers(session, row),
        f"Requests to the bot that belong to the incident: {requests}.",
    ]
    return "\n".join(f"- {one}" for one in said)


def _went(alert: Alert, rule: Rule | None) -> str:
    """How far, in the rule's own unit, and for how long."""
    far = peak(alert, rule)
    far = far[0].lower() + far[1:]
    if alert.fired is None or alert.resolved is None:
        return f"{far}, and is not resolved"
    return f"{far}, and lasted {after(alert.fired, alert.resolved)}"


def _first(events: Sequence[IncidentEvent], what: IncidentHappened, **facts: str) -> IncidentEvent | None:
    return next((one for one in events if one.what == what and facts.items() <= one.facts.items()), None)


async def _customers(session: AsyncSession, row: Incident) -> str:
    """Whom of them we told, how soon and by how many mails."""
    mine = IncidentNotice.incident_id == row.id
    asked = select(func.min(IncidentNotice.at), func.coalesce(func.sum(IncidentNotice.mails), 0)).where(mine)
    first, mails = (await session.execute(asked)).one()
    if first is None:
        return "Customers got no mail about it."
    told = await session.scalars(select(IncidentTold.tenant_id).where(IncidentTold.incident_id == row.id))
    names = sorted((await tenants.names(session, told.all())).values())
    more = [counted(len(names) - NAMED, "other")] if len(names) > NAMED else []
    whom = listed([*map(plain, names[:NAMED]), *more])
    return (
        f"Customers were told {after(row.declared, first)} after the incident was declared: {whom}, "
        f"by {counted(mails, 'mail')}."
    )


async def still_open(
    session: AsyncSession, row: Incident, tasks: Sequence[IncidentTask], alerts: Sequence[Alert]
) -> str:
    """What nobody has done yet."""
    unmet = [IncidentDue.incident_id == row.id, IncidentDue.met.is_(None)]
    if row.resolved is not None:  # the others are due while it lasts
        unmet.append(IncidentDue.clock == IncidentClock.RETROSPECTIVE)
    clocks = await session.scalars(select(IncidentDue).where(*unmet).order_by(IncidentDue.due))
    said = [
        *(f"The alert “{plain(called(one))}” is not resolved." for one in alerts if one.resolved is None),
        *(_due(one) for one in clocks),
        *(f"Task {one.number}: {plain(one.what)}, due {one.due:%Y-%m-%d}." for one in tasks if one.done is None),
    ]
    return "\n".join(f"- {one}" for one in said) or "Nothing."


def _due(one: IncidentDue) -> str:
    what = "Post this review" if one.clock == IncidentClock.RETROSPECTIVE else sentence(CLOCKS[one.clock])
    return f"{what}: due {time(one.due)}."
