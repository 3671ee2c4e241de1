"""What becomes of maintenance windows as time goes by: each transition once, by whichever process locks the row."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.policy import Policy
from bot.store import maintenance
from bot.store.database import Database
from bot.store.models import Alert, AlertState, MaintenanceSilence, MaintenanceWindow, WindowState

BEFORE = dt.timedelta(minutes=15)
"""Before the start everybody is reminded, unless they were told later than that."""
AT_ONCE = 20  # windows of one round

_NOW = func.clock_timestamp()
_PLANNED = MaintenanceWindow.state == WindowState.PLANNED
_RUNNING = MaintenanceWindow.state == WindowState.RUNNING


def places(policy: Policy) -> tuple[str, ...]:
    """Where people are told: stakeholders as well, where they have a channel of their own."""
    own = maintenance.STAKEHOLDERS in policy.channels
    return (maintenance.OPERATIONS, *((maintenance.STAKEHOLDERS,) if own else ()))


@dataclass(frozen=True)
class Sweep:
    """Any number of processes look; each transition is one's."""

    database: Database
    policy: Policy

    async def sweep(self) -> int:
        """Do all that is due, in the order of a window's life; how much. What was late is done at once."""
        done = 0
        for step in (self._announce, self._remind, self._begin, self._end, self._close):
            async with self.database.transaction() as session:
                done += await step(session)
        return done

    async def _announce(self, session: AsyncSession) -> int:
        found = await _locked(session, MaintenanceWindow.announced.is_(None))
        for row in found:
            row.announced = _NOW
            await maintenance.tell(session, row.id, maintenance.CARD, places(self.policy))
        return len(found)

    async def _remind(self, session: AsyncSession) -> int:
        """Once; whoever was told less than that before the start needs no reminder."""
        soon = MaintenanceWindow.starts <= _NOW + BEFORE, MaintenanceWindow.starts > _NOW
        told_before = MaintenanceWindow.asked < MaintenanceWindow.starts - BEFORE
        found = await _locked(session, _PLANNED, *soon, told_before, MaintenanceWindow.reminded.is_(None))
        for row in found:
            row.reminded = _NOW
            await maintenance.tell(session, row.id, maintenance.REMINDER, places(self.policy))
        return len(found)

    async def _begin(self, session: AsyncSession) -> int:
        found = await _locked(session, _PLANNED, MaintenanceWindow.starts <= _NOW)
        for row in found:
            row.state = WindowState.RUNNING
            await maintenance.redraw(session, row.id)
        return len(found)

    async def _end(self, session: AsyncSession) -> int:
        found = await _locked(session, _RUNNING, MaintenanceWindow.ends <= _NOW)
        for row in found:
            row.state, row.ended = WindowState.ENDED, row.ends
            await maintenance.redraw(session, row.id)
        return len(found)

    async def _close(self, session: AsyncSession) -> int:
        """Tell again what it silenced, and sum it up. No tick of the alerts silences anything by it any more."""
        over = MaintenanceWindow.state.in_((WindowState.ENDED, WindowState.CANCELLED))
        found = await _locked(session, over)
        for row in found:
            row.closed = _NOW
            await _release(session, row.id)
            await maintenance.tell(session, row.id, maintenance.SUMMARY, places(self.policy))
        return len(found)


async def _locked(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[MaintenanceWindow]:
    """Windows that are not closed, held; those that somebody else holds are theirs."""
    rows = await session.scalars(
        select(MaintenanceWindow)
        .where(MaintenanceWindow.closed.is_(None), *conditions)
        .order_by(MaintenanceWindow.number)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


async def _release(session: AsyncSession, window_id: uuid.UUID) -> None:
    """Its silences are over now: the next look at the alerts tells what is still so. Locked in the alerts' order."""
    silenced = select(MaintenanceSilence.alert_id).where(MaintenanceSilence.window_id == window_id)
    still = Alert.id.in_(silenced), Alert.state != AlertState.RESOLVED, Alert.silenced_until > _NOW
    held = list(await session.scalars(select(Alert.id).where(*still).order_by(Alert.id).with_for_update()))
    if held:
        await session.execute(update(Alert).where(Alert.id.in_(held)).values(silenced_until=_NOW))
