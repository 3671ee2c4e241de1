"""What an alert says: a line on record for its thread, and a new drawing of its message."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.facts import belongs_to
from bot.alerts.rules import Rule
from bot.store import outbox, rooms
from bot.store.models import Alert, AlertEvent, AlertHappened, AlertState

CHANNEL = "operations"  # of alerts whose rule is gone


def channel_of(rule: Rule | None, facts: Mapping[str, Any]) -> str:
    """Where it is told: what others evaluate, where the policy says; the rest, where its rule does."""
    return str(facts.get("channel") or (rule.channel if rule else CHANNEL))


def key_of(alert_id: uuid.UUID | str) -> str:
    """Names the message of an alert."""
    return f"alert:{alert_id}"


def tell(
    session: AsyncSession,
    alert: Alert,
    what: AlertHappened,
    at: dt.datetime,
    *,
    staff_id: uuid.UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Put a line on record; it is posted once the message is there."""
    session.add(AlertEvent(alert_id=alert.id, at=at, what=what, staff_id=staff_id, facts=facts or {}))


def size(alert: Alert) -> float:
    """The number that its message is about: what counts, or once it is contained all that waits."""
    return float(alert.facts.get("whole") or 0.0) if alert.state == AlertState.CONTAINED else alert.value


async def draw(session: AsyncSession, alert: Alert, rule: Rule | None, now: dt.datetime) -> None:
    """Put the alert's message on the screen, or bring it up to date: also what people were sent, and the card of the
    incident that it is part of.
    """
    alert.shown, alert.shown_value = now, size(alert)
    await session.flush()
    await outbox.show(
        session,
        key_of(alert.id),
        channel=channel_of(rule, alert.facts),
        projection="alert",
        subject=str(alert.id),
    )
    for step in range(1, alert.escalated + 1):
        await outbox.refresh(session, f"{key_of(alert.id)}:told:{step}")
    if (incident := await belongs_to(session, alert.id)) is not None:
        await rooms.redraw(session, incident.id)


async def keep_quiet(session: AsyncSession, alert: Alert, now: dt.datetime) -> None:
    """Its lines stay on record and are posted nowhere."""
    await session.flush()
    await session.execute(
        update(AlertEvent).where(AlertEvent.alert_id == alert.id, AlertEvent.posted.is_(None)).values(posted=now)
    )
