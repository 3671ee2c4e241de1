"""Problems that come and go: the same one keeps its message, and is over only once it has been quiet for a while."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import Rule
from bot.alerts.states import NO_TIME
from bot.store.models import Alert, AlertState

SHORTLY = dt.timedelta(minutes=15)  # what comes back within this is no new problem
OFTEN = 3  # times that it came back, from which on it has to be quiet for as long before it is over


async def earlier(session: AsyncSession, alert: Alert, now: dt.datetime) -> Alert | None:
    """The last alert of the same rule and subject, if people saw it and it was over only shortly ago; locked."""
    return await session.scalar(
        select(Alert)
        .where(
            Alert.rule == alert.rule,
            Alert.subject == alert.subject,
            Alert.state == AlertState.RESOLVED,
            Alert.resolved > now - SHORTLY,
            Alert.shown.is_not(None),
        )
        .order_by(Alert.resolved.desc())
        .limit(1)
        .with_for_update()
    )


def flaps(alert: Alert) -> bool:
    """Whether it has come back so often that an end is no end yet."""
    return alert.returned >= OFTEN


def keep(rule: Rule, alert: Alert | None) -> dt.timedelta:
    """For how long it has to be quiet before it is over."""
    return max(rule.keep, SHORTLY if alert is not None and flaps(alert) else NO_TIME)


def said(alert: Alert) -> dict[str, Any]:
    """What the line in its thread says of its coming back."""
    return {"returned": alert.returned, "flaps": flaps(alert)}
