"""What maintenance explains is not told while it lasts: neither that it begins nor that it gets worse, whatever it is.

What was on the screen before stays there, also that it is over. What outlasts the window is told then.
"""

import datetime as dt
import glob
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import timeline
from bot.alerts.rules import Rule, Severity
from bot.alerts.settling import Turn, settle
from bot.store import maintenance as screens
from bot.store.models import (
    Alert,
    AlertHappened,
    AlertSilence,
    MaintenanceSilence,
    MaintenanceWindow,
    WindowScope,
    WindowState,
)

TECHNICAL = "operations"  # the channel whose alerts work on everything explains; log-ins and payments it does not


@dataclass(frozen=True)
class Windows:
    """Those under way at one tick, the one that lasts longest first."""

    under_way: Sequence[MaintenanceWindow]

    @classmethod
    async def read(cls, session: AsyncSession, now: dt.datetime) -> Self:
        """One statement for all alerts. Until the tick is over none of them is ended: what it silences is on record."""
        rows = await session.scalars(
            select(MaintenanceWindow)
            .where(
                MaintenanceWindow.closed.is_(None),
                MaintenanceWindow.state.in_((WindowState.PLANNED, WindowState.RUNNING)),
                MaintenanceWindow.starts <= now,
                MaintenanceWindow.ends > now,
            )
            .order_by(MaintenanceWindow.ends.desc(), MaintenanceWindow.number)
            .with_for_update(read=True)
        )
        return cls(list(rows))

    def silence(self, rule: Rule | None, name: str, subject: str, facts: Mapping[str, Any]) -> AlertSilence | None:
        """Whatever it is and however bad it gets, it is explained; None: it is not."""
        window = self._explaining(rule, subject, facts)
        if window is None:
            return None
        return AlertSilence(
            id=window.id,
            rule=name,
            subject=subject,
            severity=Severity.CRITICAL,
            staff_id=window.staff_id,
            until=window.ends,
        )

    def _explaining(self, rule: Rule | None, subject: str, facts: Mapping[str, Any]) -> MaintenanceWindow | None:
        return next((one for one in self.under_way if rule and explains(one, rule, subject, facts)), None)

    async def settled(self, session: AsyncSession, at: Turn) -> Alert:
        """Settle it, and put on record where a window is what kept it from being told."""
        silent_before = at.alert.silenced_until is not None
        alert = await settle(session, at)
        window, silent = self._explaining(at.rule, alert.subject, at.facts), alert.silenced_until is not None
        if window is not None and silent and not silent_before:
            facts = {"until": window.ends.timestamp(), "window": window.number}
            timeline.tell(session, alert, AlertHappened.SILENCED, at.now, facts=facts)
            await _note(session, window, alert.id)
        if window is not None and silent != silent_before:
            await screens.redraw(session, window.id)
        return alert


NONE = Windows(())


def explains(window: MaintenanceWindow, rule: Rule, subject: str, facts: Mapping[str, Any]) -> bool:
    """Whether work on that explains what the rule says of the subject: it is the same, or one of its symptoms."""
    if window.scope == WindowScope.EVERYTHING:
        return timeline.channel_of(rule, facts) == TECHNICAL
    worked_on = window.subject or ""
    return subject == worked_on or any(_stands_for(one, worked_on, subject) for one in rule.symptom_of)


def _stands_for(cause: str, worked_on: str, subject: str) -> bool:
    """Whether a cause, as rules name it (`service-state:Redis`), is a problem of what is worked on."""
    _, _, pattern = cause.partition(":")
    return bool(pattern) and fnmatchcase(worked_on, pattern.replace("{subject}", glob.escape(subject)))


async def _note(session: AsyncSession, window: MaintenanceWindow, alert_id: uuid.UUID) -> None:
    await session.flush()
    known = insert(MaintenanceSilence).values(window_id=window.id, alert_id=alert_id).on_conflict_do_nothing()
    await session.execute(known)
