"""What actions on maintenance windows have in common: the row, and what a card says of it."""

import uuid
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, fact
from bot.errors import NothingToDo
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store.models import MaintenanceWindow, WindowScope, WindowState
from bot.targets.maintenance import Window

OPEN = (WindowState.PLANNED, WindowState.RUNNING)
_ITS_OWN = "alerts about it, and alerts that this work causes, are not reported until the maintenance ends"
SILENCES = {
    WindowScope.EVERYTHING: "alerts of the operations channel are not reported until the maintenance ends",
    WindowScope.SERVICE: _ITS_OWN,
    WindowScope.QUEUE: _ITS_OWN,
}


class OnWindow(Action):
    """What is done about maintenance: the bot's own rows, confirmed by whoever asks."""

    permission: ClassVar[str] = Permission.MAINTENANCE_RUN
    risk: ClassVar[Risk] = Risk.MEDIUM
    only_notes: ClassVar[bool] = True
    team: ClassVar[str] = "operations"

    @classmethod
    def resource(cls) -> str:
        """Not what its name begins with: `end 12` and `extend 12` are short for nothing, they mean a hold."""
        return "maintenance window"


async def load(session: AsyncSession, window_id: uuid.UUID | str) -> MaintenanceWindow:
    """The row as it is now, also where it was read before."""
    return await session.get_one(MaintenanceWindow, window_id, populate_existing=True)


async def still_open(session: AsyncSession, window: Window) -> MaintenanceWindow:
    """The row. Raises `NothingToDo` where it is over."""
    row = await load(session, window.id)
    if row.state not in OPEN:
        raise NothingToDo(f"Maintenance {row.number} is over already. Nothing was done.")
    return row


def which(row: MaintenanceWindow) -> tuple[Fact, ...]:
    """Which one it is, and where it stands."""
    return (
        fact("Maintenance", f"{row.number} · {row.subject or 'everything'}", bound=True),
        fact("Now", row.state, bound=True),
    )


async def beside(session: AsyncSession, scope: WindowScope, subject: str | None) -> tuple[Fact, ...]:
    """Windows of the same that are open already: somebody may have announced it before."""
    same = MaintenanceWindow.scope == scope, MaintenanceWindow.subject.is_not_distinct_from(subject)
    rows = await session.scalars(
        select(MaintenanceWindow)
        .where(MaintenanceWindow.state.in_(OPEN), *same)
        .order_by(MaintenanceWindow.starts)
        .limit(3)
    )
    return tuple(
        fact("Also", f"maintenance {row.number}, {row.state}: ", Moment.of(row.starts), " to ", Moment.of(row.ends))
        for row in rows
    )
