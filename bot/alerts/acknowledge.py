"""What people do to an alert. Each locks its row, checks that it is still so, and puts a line on record."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import timeline
from bot.alerts.rules import Rule
from bot.audit import trail
from bot.errors import AlreadyDecided, NothingToDo, NotPermitted, OutOfDate
from bot.holds.reads import clock
from bot.people.handover import hands_over
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Part
from bot.pipeline import read_only
from bot.platform import staff
from bot.store import silences
from bot.store.models import Alert, AlertHappened, AlertState, AuditKind

SILENCES = {"1h": dt.timedelta(hours=1), "4h": dt.timedelta(hours=4)}
"""What one press silences for; any other time is typed into a form."""
MAY = {
    Permission.ALERT_ACKNOWLEDGE: (
        "acknowledge alerts",
        "Operations, security, engineering, finance and super admins can.",
    ),
    Permission.ALERT_SILENCE: ("silence alerts", "Operations, security, engineering and super admins can."),
    Permission.QUEUE_READ: ("look at queues", "Operations, support and security can."),
}


@hands_over("Alerts they acknowledged")
async def _in_hand(session: AsyncSession, staff_id: uuid.UUID) -> list[Sequence[Part]]:
    theirs = Alert.acknowledged_by == staff_id, Alert.state != AlertState.RESOLVED
    found = await session.scalars(select(Alert).where(*theirs).order_by(Alert.fired))
    return [(f"{one.rule} on {one.facts.get('name', one.subject)}",) for one in found]


def check(operator: Operator, permission: Permission) -> None:
    """Raise `NotPermitted`, saying who may."""
    if not operator.may(permission):
        what, who = MAY.get(permission, ("see these details", "Ask security for what you need."))
        raise NotPermitted(f"You can't {what} (your roles: {operator.in_roles}). {who} Nothing was done.")


async def load(session: AsyncSession, alert_id: uuid.UUID, *, hold: bool = False) -> Alert:
    """The alert, with `hold` nobody else changes it. Raises `OutOfDate` when there is none."""
    found = await session.get(Alert, alert_id, with_for_update=hold or None, populate_existing=True)
    if found is None:
        raise OutOfDate("There is no such alert any more.")
    return found


async def _open(session: AsyncSession, alert_id: uuid.UUID) -> tuple[Alert, dt.datetime]:
    alert = await load(session, alert_id, hold=True)
    if alert.state == AlertState.RESOLVED:
        raise AlreadyDecided("This alert is over, so there is nothing left to do about it.")
    return alert, await clock(session)


async def _done(
    session: AsyncSession,
    rules: Mapping[str, Rule],
    operator: Operator,
    alert: Alert,
    what: AlertHappened,
    now: dt.datetime,
    **facts: float,
) -> None:
    """A line in the alert's thread, an entry in the trail, and the message drawn anew."""
    timeline.tell(session, alert, what, now, staff_id=operator.id, facts=facts)
    await trail.append(
        session,
        AuditKind.RESPONDED,
        actor_id=operator.id,
        action=f"alert.{what}",
        target=f"alert:{alert.id}",
        facts={"rule": alert.rule, "severity": alert.severity, **facts},
    )
    if alert.shown is not None:
        await timeline.draw(session, alert, rules.get(alert.rule), now)


async def acknowledge(
    session: AsyncSession, rules: Mapping[str, Rule], operator: Operator, alert_id: uuid.UUID
) -> None:
    """Take it on; nobody else is told, until it gets worse or ends. Raises `Refused`."""
    check(operator, Permission.ALERT_ACKNOWLEDGE)
    alert, now = await _open(session, alert_id)
    if alert.state == AlertState.CONTAINED:
        raise NothingToDo(
            "Nobody has to acknowledge this alert now: a pause holds its jobs back. "
            "If the alert fires again, somebody has to acknowledge it."
        )
    if alert.state == AlertState.ACKNOWLEDGED:
        known = await staff.load(session, alert.acknowledged_by) if alert.acknowledged_by else None
        who = "You have" if alert.acknowledged_by == operator.id else f"{known.name if known else 'Somebody'} has"
        raise AlreadyDecided(f"{who} acknowledged it already.")
    alert.state, alert.acknowledged, alert.acknowledged_by = AlertState.ACKNOWLEDGED, now, operator.id
    alert.waiting_since = None
    await _done(session, rules, operator, alert, AlertHappened.ACKNOWLEDGED, now)


async def false_alarm(
    session: AsyncSession, rules: Mapping[str, Rule], operator: Operator, alert_id: uuid.UUID
) -> None:
    """Say that it fired for nothing, also when it is over; whoever says it again takes that back. Raises `Refused`."""
    check(operator, Permission.ALERT_ACKNOWLEDGE)
    alert, now = await load(session, alert_id, hold=True), await clock(session)
    if alert.false_at is None:
        alert.false_at, alert.false_by = now, operator.id
        await _done(session, rules, operator, alert, AlertHappened.FALSE_ALARM, now)
    else:
        alert.false_at = alert.false_by = None
        await _done(session, rules, operator, alert, AlertHappened.NO_FALSE_ALARM, now)


async def silence(
    session: AsyncSession,
    rules: Mapping[str, Rule],
    operator: Operator,
    alert_id: uuid.UUID,
    time: dt.timedelta = SILENCES["1h"],
) -> None:
    """Hear nothing of the rule on this subject for so long, unless it gets worse. Raises `Refused`."""
    check(operator, Permission.ALERT_SILENCE)
    await read_only.refuse_anything(session)
    alert, now = await _open(session, alert_id)
    if alert.silenced_until is not None and alert.silenced_until > now:
        raise AlreadyDecided("It is silent already.")
    until = now + time
    silences.begin(session, alert, operator.id, now, until)
    await _done(session, rules, operator, alert, AlertHappened.SILENCED, now, until=until.timestamp())


async def unsilence(session: AsyncSession, rules: Mapping[str, Rule], operator: Operator, alert_id: uuid.UUID) -> None:
    """Hear of it again. Raises `Refused`."""
    check(operator, Permission.ALERT_SILENCE)
    alert, now = await _open(session, alert_id)
    if alert.silenced_until is None:
        raise NothingToDo("It is not silent.")
    await silences.end(session, alert.rule, alert.subject, now)
    silences.heard_again(alert, now)
    await _done(session, rules, operator, alert, AlertHappened.UNSILENCED, now)
