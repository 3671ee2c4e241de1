"""Silences: of a rule on a subject, as bad as it was and no worse, until some moment."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import outbox
from bot.store.models import Alert, AlertEvent, AlertHappened, AlertSilence, AlertState


async def going(session: AsyncSession, *conditions: Any) -> Sequence[AlertSilence]:
    """Those that last, the one that ends first at first."""
    lasts = AlertSilence.until > func.clock_timestamp()
    return (await session.scalars(select(AlertSilence).where(lasts, *conditions).order_by(AlertSilence.until))).all()


async def of(session: AsyncSession, rule: str, subject: str) -> AlertSilence | None:
    """The one that lasts longest on this."""
    found = await going(session, AlertSilence.rule == rule, AlertSilence.subject == subject)
    return found[-1] if found else None


async def newest(session: AsyncSession, rule: str, subject: str) -> Alert | None:
    """The last alert of this that anybody was to hear of, open or over."""
    mine = Alert.rule == rule, Alert.subject == subject, Alert.fired.is_not(None)
    return await session.scalar(select(Alert).where(*mine).order_by(Alert.resolved.desc()).limit(1))


def begin(
    session: AsyncSession,
    alert: Alert,
    staff_id: uuid.UUID,
    now: dt.datetime,
    until: dt.datetime,
    reason: str | None = None,
) -> AlertSilence:
    """Hear nothing of it until then, unless it gets worse than it is; the caller holds the alert's row."""
    one = AlertSilence(
        id=uuid.uuid4(),
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity or "",
        staff_id=staff_id,
        reason=reason,
        since=now,
        until=until,
    )
    session.add(one)
    alert.silenced_until = until
    return one


async def end(session: AsyncSession, rule: str, subject: str, now: dt.datetime) -> None:
    """End all of this; whoever ends them tells of it."""
    mine = AlertSilence.rule == rule, AlertSilence.subject == subject, AlertSilence.until > now
    await session.execute(update(AlertSilence).where(*mine).values(until=now, told=now))


def heard_again(alert: Alert, now: dt.datetime) -> None:
    """The silence of an open alert is over: somebody has to acknowledge it from now on."""
    alert.silenced_until = None
    if alert.state == AlertState.FIRING:
        alert.waiting_since, alert.escalated = now, 0


async def note(
    session: AsyncSession, alert: Alert, what: AlertHappened, staff_id: uuid.UUID, now: dt.datetime, **facts: Any
) -> None:
    """On the alert's record, and on its message; the request's card, which stands in its thread, is what is posted."""
    session.add(AlertEvent(alert_id=alert.id, at=now, what=what, staff_id=staff_id, facts=facts, posted=now))
    await outbox.refresh(session, f"alert:{alert.id}")
