"""`maintenance extend 3 by 1h`, `maintenance end 3`: the work takes longer, or is done."""

import datetime as dt
import uuid
from typing import Annotated, Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step, fact
from bot.actions.maintenance.facts import OnWindow, still_open, which
from bot.actions.maintenance.parameters import Takes
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds.reads import clock
from bot.parameters.base import Reason
from bot.personal import Moment
from bot.store import maintenance
from bot.store.models import MaintenanceWindow, WindowState
from bot.targets.maintenance import Window


@register
class Extend(OnWindow):
    """Let maintenance last longer, or end at another time."""

    name, verb, says = "maintenance.extend", "maintenance extend", "extend"
    also = ("prolong maintenance",)
    phrased = "extend maintenance"
    offered_as = "extend maintenance"
    changes = "ends"
    window: Window
    duration: Annotated[Takes, introduced_by("by", "for", "until")]
    reason: Reason | None

    def _moved(self, row: MaintenanceWindow, now: dt.datetime) -> dt.datetime:
        """The new end. Raises `NothingToDo` where there would be none."""
        moved = self.duration.until or self.duration.ends(row.ends)
        if moved == row.ends:
            raise NothingToDo("It ends at that time already. Nothing was done.")
        if moved <= max(row.starts, now):
            raise NothingToDo(
                "It cannot end in the past or before it begins. Nothing was done. To end it now, type /pm "
                f"maintenance end {row.number}."
            )
        if moved - row.starts > Takes.longest:
            raise NothingToDo("It would last longer than 7 days. Nothing was done: make it shorter.")
        return moved

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.window)
        moved = self._moved(row, await clock(session))
        return Impact(
            facts=(*which(row), fact("Ends", Moment.of(row.ends), " → ", Moment.of(moved), bound=True)),
            context={"which": row.number, "until": moved.timestamp()},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.window)
        before, moved = row.ends, self._moved(row, await clock(session))
        row.ends = moved
        await session.flush()
        await maintenance.redraw(session, row.id)
        data = {"window": str(row.id), "before": before.isoformat(), "ends": moved.isoformat()}
        return Outcome(data, {"ends": before.isoformat()}, {"ends": moved.isoformat()})

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        row = await session.get_one(MaintenanceWindow, outcome["window"], populate_existing=True)
        return row.ends == dt.datetime.fromisoformat(outcome["ends"])

    def undo(self, outcome: dict[str, Any]) -> Step:
        """The end as it was."""
        return Step(
            action=self.name, parameters={"window": outcome["window"], "duration": f"until {outcome['before']}"}
        )


@register
class End(OnWindow):
    """End maintenance now, or cancel it before it begins. What is still wrong is then reported at once."""

    name, verb, says = "maintenance.end", "maintenance end", "end"
    also = ("stop maintenance", "cancel maintenance")
    phrased = "end maintenance"
    offered_as = "end maintenance"
    renewable = True
    window: Window
    reason: Reason | None

    async def preview(self, session: AsyncSession) -> Impact:
        row = await still_open(session, self.window)
        begun = row.starts <= await clock(session)
        after = "over; alerts are reported again, and its summary follows" if begun else "cancelled before it begins"
        return Impact(facts=(*which(row), fact("After", after)), context={"which": row.number, "begun": begun})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await still_open(session, self.window)
        before, now = row.state, await clock(session)
        row.state = WindowState.ENDED if row.starts <= now else WindowState.CANCELLED
        row.ended, row.ended_by = now, by
        await session.flush()
        await maintenance.redraw(session, row.id)
        return Outcome({"window": str(row.id)}, {"state": before}, {"state": row.state})
