"""One problem, one message: what a greater problem explains is told on its message, and so is what comes at once."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import Row
from bot.alerts.rules import Rule, Severity, rank
from bot.alerts.states import Standing
from bot.store.models import Alert, AlertState

STORM = ("storm", "platform")  # the rule and the subject of many problems at once
AT_ONCE = dt.timedelta(minutes=1)
AFTERWARDS = dt.timedelta(minutes=2)  # for which what a problem explained may take to be over, too

LEVELS = frozenset(Severity)

Key = tuple[str, str]


def together(standings: Mapping[Key, Standing], alerts: Mapping[Key, Alert], now: dt.datetime) -> Row:
    """How many problems have begun within a minute, and how many a storm holds that are not over."""
    storm = alerts.get(STORM)
    begun, held = 0, 0
    for key in {*standings, *alerts} - {STORM}:
        alert, standing = alerts.get(key), standings.get(key)
        fired, stands = alert.fired if alert else None, standing is not None and standing.severity is not None
        begun += stands if fired is None else now - fired < AT_ONCE
        held += stands and storm is not None and alert is not None and alert.part_of == storm.id
    return {"begun": begun, "held": held}


def explains(alert: Alert, rule: Rule, others: Iterable[Alert], storms: Rule | None) -> Alert | None:
    """The open alert on whose message this one is told: the worst that explains it and is no milder itself."""
    causes = [
        one
        for one in others
        if one is not alert
        and one.state != AlertState.RESOLVED
        and _rank(one) >= rank(alert.severity)
        and (rule.explained_by(one.rule, one.subject, alert.subject) or _blowing(one, storms))
    ]
    return max(causes, key=_rank, default=None)


def _rank(alert: Alert) -> int:
    """How bad it is, or would be if it lasts."""
    return max(rank(one) for one in (alert.severity, *(Severity(name) for name in alert.breached if name in LEVELS)))


def _blowing(alert: Alert, storms: Rule | None) -> bool:
    """Whether it is a storm to which more is still added."""
    return storms is not None and alert.rule == STORM[0] and alert.facts.get("begun", 0) > storms.least


async def root(session: AsyncSession, alert: Alert) -> Alert:
    """The alert that has the message: of what is part of something itself, that."""
    return await session.get_one(Alert, alert.part_of) if alert.part_of else alert


async def over(session: AsyncSession, part_of: uuid.UUID, now: dt.datetime) -> bool:
    """Whether what explained a problem has been over for so long that it explains no more."""
    cause = await session.get(Alert, part_of)
    if cause is None:  # above its threshold only for a moment
        return True
    return cause.resolved is not None and now - cause.resolved >= AFTERWARDS


async def parts(session: AsyncSession, alert: Alert) -> list[Alert]:
    """What is told on its message and is not over, the worst first."""
    found = await session.scalars(
        select(Alert).where(Alert.part_of == alert.id, Alert.state.not_in((AlertState.RESOLVED, AlertState.PENDING)))
    )
    return sorted(found, key=lambda one: (-rank(one.severity), one.rule, one.subject))
