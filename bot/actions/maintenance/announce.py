"""`maintenance start SMTP service for 2h because …` and `maintenance announce … from … until … because …`."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Group, Outcome
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.maintenance.facts import SILENCES, OnWindow, beside
from bot.actions.maintenance.parameters import Begins, Concerned, Takes, TakesThen
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds.reads import clock
from bot.parameters.base import Reason
from bot.personal import Moment
from bot.store import maintenance
from bot.store.models import MaintenanceWindow, WindowState

ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.maintenance'))")


class _Opens(OnWindow):
    """What makes a new window."""

    concerned: Concerned
    duration: Takes
    reason: Reason

    @property
    def target(self) -> str:
        return "maintenance:new"

    async def lock(self, session: AsyncSession) -> None:
        """One after the other: whoever announces the same at the same time sees the first one."""
        await session.execute(ONE_BY_ONE)

    def _starts(self, now: dt.datetime) -> dt.datetime:
        return now

    def _begins(self) -> Fact:
        return fact("Begins", "as soon as it is confirmed")

    async def preview(self, session: AsyncSession) -> Impact:
        starts = self._starts(await clock(session))
        ends = self.duration.ends(starts)
        return Impact(
            facts=(
                fact("Work on", self.concerned.named, bound=True),
                self._begins(),
                fact("Ends", *([Moment.of(ends)] if self.duration.until else [f"{self.duration.shown} later"])),
                fact("Meanwhile", SILENCES[self.concerned.scope]),
                *await beside(session, self.concerned.scope, self.concerned.subject),
            ),
            context={"work_on": self.concerned.named},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        now = await clock(session)
        starts = self._starts(now)
        row = MaintenanceWindow(
            scope=self.concerned.scope,
            subject=self.concerned.subject,
            reason=self.reason.text,
            starts=starts,
            ends=self.duration.ends(starts),
            state=WindowState.RUNNING if starts <= now else WindowState.PLANNED,
            staff_id=by,
        )
        session.add(row)
        await session.flush()
        await session.refresh(row)
        await maintenance.tell(session, row.id, maintenance.CARD, (maintenance.OPERATIONS,))
        data = {"window": str(row.id), "number": row.number, "ends": row.ends.timestamp()}
        return Outcome(data, {"state": None}, {"state": row.state, "number": row.number})

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(action="maintenance.end", parameters={"window": outcome["window"]})


@register
class Start(_Opens):
    """Begin maintenance of a service, a queue or everything. Alerts that the maintenance causes are not reported."""

    name, verb, says = "maintenance.start", "maintenance start", "begin"
    also = ("start maintenance", "begin maintenance")
    phrased = "begin maintenance"
    offered_as = "begin maintenance"
    group = Group("Maintenance and deployments", 5)
    concerned: Concerned
    duration: Takes
    reason: Reason


@register
class Announce(_Opens):
    """Announce maintenance that begins later. Everybody is reminded, and it begins and ends automatically."""

    name, verb, says = "maintenance.announce", "maintenance announce", "announce"
    also = ("announce maintenance", "plan maintenance", "schedule maintenance")
    phrased = "announce maintenance"
    offered_as = "announce maintenance"
    concerned: Concerned
    begins: Begins
    duration: TakesThen
    reason: Reason

    def _starts(self, now: dt.datetime) -> dt.datetime:
        """Raises `NothingToDo` where the beginning has passed by before it was confirmed."""
        if self.begins.at <= now:
            raise NothingToDo(
                "The time when it should begin has passed, so nothing was announced. To begin now, use "
                "/pm maintenance start."
            )
        return self.begins.at

    def _begins(self) -> Fact:
        return fact("Begins", Moment.of(self.begins.at), bound=True)
