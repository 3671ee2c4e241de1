"""Drawing maintenance: the one message of a window, the reminder before it, the summary after it."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.cards import title_of
from bot.alerts.rules import Rule
from bot.delivery.deliver import Projection
from bot.drawing.buttons import button
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.platform import staff
from bot.store import maintenance
from bot.store.models import JSON, Alert, AlertState, MaintenanceSilence, MaintenanceWindow, WindowState

ICONS = {
    WindowState.PLANNED: "🗓️",
    WindowState.RUNNING: "🚧",
    WindowState.ENDED: "🟢",
    WindowState.CANCELLED: "⚪",
}
STATES = {WindowState.RUNNING: "under way"}
NAMED = 10  # alerts that a message names


class MaintenanceCards:
    """What delivery draws of maintenance."""

    def __init__(self, renderer: Renderer, rules: Mapping[str, Rule]) -> None:
        self._renderer, self._rules = renderer, rules

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name; they take a window's id."""
        return {
            maintenance.CARD: self.card,
            maintenance.REMINDER: self.reminder,
            maintenance.SUMMARY: self.summary,
        }

    async def card(self, session: AsyncSession, subject: str) -> JSON:
        """The one message of a window, for its whole life."""
        row = await session.get_one(MaintenanceWindow, uuid.UUID(subject))
        return self._renderer.message(
            "maintenance/card.j2",
            Clearance.CHANNEL,
            row=row,
            what=row.subject or "everything",
            icon=ICONS[WindowState(row.state)],
            state=STATES.get(WindowState(row.state), row.state),
            who=await staff.name_of(session, row.staff_id),
            ended_by=await staff.name_of(session, row.ended_by) if row.ended_by else None,
            silenced=await self._silenced(session, row),
            card_buttons=_buttons(row),
        )

    async def reminder(self, session: AsyncSession, subject: str) -> JSON:
        """Shortly before the start; changes in place once it has begun, or was cancelled."""
        row = await session.get_one(MaintenanceWindow, uuid.UUID(subject))
        return self._renderer.message(
            "maintenance/reminder.j2", Clearance.CHANNEL, row=row, what=row.subject or "everything"
        )

    async def summary(self, session: AsyncSession, subject: str) -> JSON:
        """After the end: how long it took, what was silenced, what is still wrong."""
        row = await session.get_one(MaintenanceWindow, uuid.UUID(subject))
        silenced = await self._silenced(session, row)
        return self._renderer.message(
            "maintenance/summary.j2",
            Clearance.CHANNEL,
            row=row,
            what=row.subject or "everything",
            ended_by=await staff.name_of(session, row.ended_by) if row.ended_by else None,
            over=[one for one in silenced if one["over"]],
            still=[one for one in silenced if not one["over"]],
        )

    async def _silenced(self, session: AsyncSession, row: MaintenanceWindow) -> list[dict[str, object]]:
        """The alerts that it explained, in the order in which they came."""
        found = await session.scalars(
            select(Alert)
            .join(MaintenanceSilence, MaintenanceSilence.alert_id == Alert.id)
            .where(MaintenanceSilence.window_id == row.id)
            .order_by(MaintenanceSilence.at)
        )
        return [
            {
                "title": title_of(one, self._rules.get(one.rule)),
                "severity": one.worst,
                "fired": one.fired,
                "over": one.state == AlertState.RESOLVED,
            }
            for one in found
        ]


def _buttons(row: MaintenanceWindow) -> list[JSON]:
    if row.state == WindowState.RUNNING:
        return [
            button("End maintenance …", "maintenance:end", row.id, "primary"),
            button("Extend it …", "maintenance:extend", row.id),
        ]
    if row.state == WindowState.PLANNED:
        return [
            button("Cancel it …", "maintenance:end", row.id),
            button("Change its end …", "maintenance:extend", row.id),
        ]
    return []
