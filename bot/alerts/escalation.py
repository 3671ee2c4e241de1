"""Nobody acknowledged in time: the next on call is told, by direct message and in the thread."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import timeline
from bot.alerts.rules import Rule, Severity
from bot.alerts.states import BELOW
from bot.people import on_call
from bot.people.identity import slack_ids
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.policy import Policy
from bot.store import outbox
from bot.store.models import Alert, AlertHappened, AlertState, IncidentAlert, IncidentHolder, IncidentRole


def waiting() -> Select[Alert]:
    """Alerts that nobody has acknowledged, as long as somebody is to hear of that.

    Not what is quiet now and only waits to be over, nor what another alert explains, nor what belongs to an open
    incident that somebody commands: whoever that is sees to it that somebody looks.
    """
    return select(Alert).where(
        Alert.state == AlertState.FIRING,
        Alert.silenced_until.is_(None),
        Alert.waiting_since.is_not(None),
        Alert.part_of.is_(None),
        ~Alert.breached.has_key(BELOW),
        ~_commanded(),
    )


def next_at(alert: Alert, rules: Mapping[str, Rule]) -> dt.datetime | None:
    """When the next person is told of one that waits: as long after the last one as its rule says; None: never."""
    rule = rules.get(alert.rule)
    level = rule.levels.get(Severity(alert.severity)) if rule and alert.severity else None
    if level is None or level.escalate is None or alert.waiting_since is None:
        return None
    return alert.waiting_since + level.escalate * (alert.escalated + 1)


async def escalate(
    session: AsyncSession, rules: Mapping[str, Rule], policy: Policy, team_id: str, now: dt.datetime
) -> None:
    """Tell the next person of each alert that has waited long enough, and longer for each one told before."""
    for alert in await session.scalars(waiting()):
        due = next_at(alert, rules)
        if due is not None and now >= due:
            await _tell_next(session, alert, policy, team_id, now)


def _commanded() -> ColumnElement[bool]:
    """Whether the alert belongs to an open incident that has a commander."""
    return (
        select(IncidentAlert.alert_id)
        .join(IncidentHolder, IncidentHolder.incident_id == IncidentAlert.incident_id)
        .where(
            IncidentAlert.alert_id == Alert.id,
            IncidentAlert.is_open,
            IncidentHolder.role == IncidentRole.COMMANDER,
        )
        .exists()
    )


async def _tell_next(session: AsyncSession, alert: Alert, policy: Policy, team_id: str, now: dt.datetime) -> None:
    """Whoever is on call has the channel; the next layers and then the others follow in order.

    Whoever cannot be reached costs no time: the one after them is told at once.
    """
    everybody = (await on_call.now(session, policy, now)).order
    order = everybody[1:] or everybody
    while alert.escalated <= len(order):
        alert.escalated += 1
        if alert.escalated > len(order):
            timeline.tell(session, alert, AlertHappened.NOBODY_LEFT, now)
        elif await _told(session, alert, order[alert.escalated - 1], team_id, now):
            return


async def _told(session: AsyncSession, alert: Alert, email: str, team_id: str, now: dt.datetime) -> bool:
    """Tell one person, by direct message and in the thread; whether there is a way to reach them."""
    links = await slack_ids(session, team_id)
    person = await _active(session, email)
    reached = links.get(person.id) if person else None
    timeline.tell(
        session,
        alert,
        AlertHappened.TOLD,
        now,
        staff_id=person.id if person else None,
        facts={"reached": reached is not None, "number": alert.escalated},
    )
    if reached is not None:
        await outbox.show(
            session,
            f"{timeline.key_of(alert.id)}:told:{alert.escalated}",
            channel=reached,
            projection="alert_told",
            subject=str(alert.id),
        )
    return reached is not None


async def _active(session: AsyncSession, email: str) -> StaffRecord | None:
    everybody = await staff.everybody(session)
    return next((one for one in everybody if one.email.lower() == email.lower() and one.may_act), None)
