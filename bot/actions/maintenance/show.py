"""`maintenance`: what is planned, what is under way, what ended lately."""

from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Impact, fact
from bot.actions.maintenance.facts import OPEN, OnWindow
from bot.actions.registry import register
from bot.permissions import Permission
from bot.platform import staff
from bot.policy import Risk
from bot.store.models import MaintenanceWindow, WindowState
from bot.words import counted

LATELY = text("interval '30 days'")
SHOWN = 20


@register
class ListMaintenance(OnWindow):
    """Show maintenance that is planned or under way, and what ended in the last 30 days."""

    name, verb = "maintenance.list", "maintenance"
    also = ("list maintenance", "show maintenance", "maintenance windows", "windows")
    offered_as = "show maintenance"
    permission, risk = Permission.MAINTENANCE_READ, Risk.READ
    target = "maintenance:all"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("maintenance start", "maintenance announce")

    async def preview(self, session: AsyncSession) -> Impact:
        lately = or_(MaintenanceWindow.state.in_(OPEN), MaintenanceWindow.ended > func.now() - LATELY)
        found = list(
            await session.scalars(
                select(MaintenanceWindow).where(lately).order_by(MaintenanceWindow.starts.desc()).limit(SHOWN)
            )
        )
        names = await staff.names(session, {one.staff_id for one in found}) if found else {}
        shown = [(one, _entry(one, names.get(one.staff_id, staff.GONE))) for one in found]
        opened = [entry for one, entry in reversed(shown) if one.state in OPEN]
        return Impact(
            facts=(fact("Planned or under way", counted(len(opened), "window")),),
            context={"open_ones": opened, "over": [entry for one, entry in shown if one.state not in OPEN]},
        )


def _entry(row: MaintenanceWindow, who: str) -> dict[str, Any]:
    return {
        "number": row.number,
        "what": row.subject or "everything",
        "state": "under way" if row.state == WindowState.RUNNING else row.state,
        "starts": row.starts.timestamp(),
        "ends": (row.ended or row.ends).timestamp(),
        "reason": row.reason,
        "who": who,
    }
