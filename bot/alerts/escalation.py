"""Nobody acknowledged in time: the next on the on-call list is told, by direct message and in the thread."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import timeline
from bot.alerts.rules import Rule, Severity
from bot.alerts.states import BELOW
from bot.people.identity import slack_ids
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.policy import Policy
from bot.store import outbox
from bot.store.models import Alert, AlertHappened, AlertState


async def escalate(
    session: AsyncSession, rules: Mapping[str, Rule], policy: Policy, team_id: str, now: dt.datetime
) -> None:
    """Tell the next person of each alert that has waited long enough, and longer for each one told before.

    Not of what is quiet now and only waits to be over, nor of what another alert explains.
    """
    waiting = await session.scalars(
        select(Alert).where(
            Alert.state == AlertState.FIRING,
            Alert.silenced_until.is_(None),
            Alert.waiting_since.is_not(None),
            Alert.part_of.is_(None),
            ~Alert.breached.has_key(BELOW),
        )
    )
    for alert in waiting:
        rule = rules.get(alert.rule)
        level = rule.levels.get(Severity(alert.severity)) if rule and alert.severity else None
        if rule is None or level is None or level.escalate is None or alert.waiting_since is None:
            continue
        if now >= alert.waiting_since + level.escalate * (alert.escalated + 1):
            await _tell_next(session, alert, rule, policy, team_id, now)


async def _tell_next(
    session: AsyncSession, alert: Alert, rule: Rule, policy: Policy, team_id: str, now: dt.datetime
) -> None:
    """The first on the list is on call and has the channel; the others follow in order.

    Whoever cannot be reached costs no time: the one after them is told at once.
    """
    order = policy.on_call[1:] or policy.on_call
    while alert.escalated <= len(order):
        alert.escalated += 1
        if alert.escalated > len(order):
            timeline.tell(session, alert, AlertHappened.NOBODY_LEFT, now)
        elif await _told(session, alert, rule, order[alert.escalated - 1], team_id, now):
            return


async def _told(session: AsyncSession, alert: Alert, rule: Rule, email: str, team_id: str, now: dt.datetime) -> bool:
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
