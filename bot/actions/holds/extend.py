"""`extend 12 by 1h`, `extend 12 until 18:00`: what is temporary ends at another time."""

import datetime as dt
import uuid
from typing import Annotated, Any, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.declared import introduced_by
from bot.actions.holds.change import HoldChange
from bot.actions.holds.parameters import HeldBy
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import engine, reads
from bot.holds.reads import clock
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.personal import Moment
from bot.policy import Stakes
from bot.store.models import Hold, Verification


@register
class Extend(HoldChange):
    """Change the end of a temporary change: add some time, or set a new end time (it may be earlier).

    What limits damage is extended by a click; more of what somebody was given is decided as giving it, and an
    earlier end as ending it.
    """

    name, verb = "hold.extend", "extend"
    also = ("prolong", "lengthen")
    offered_as = "change an end time"
    hold: HeldBy
    duration: Annotated[Term, introduced_by("by", "for", "until")]
    reason: Reason | None

    @classmethod
    def of(cls, hold: HeldBy) -> Self:
        return cls(hold=hold, duration=Term(dt.timedelta(hours=1)))

    @property
    def stakes(self) -> Stakes:
        return self.kind.stakes(self.hold.hold, ending=self._earlier)

    @property
    def _earlier(self) -> bool:
        ends = self.hold.hold.ends
        return ends is not None and self.duration.until is not None and self.duration.until < ends

    def _moved(self, hold: Hold, now: dt.datetime) -> dt.datetime:
        """The new end. Raises `NothingToDo` where there would be none."""
        if hold.ends is None:
            raise NothingToDo(
                "This temporary change has no end time: it lasts until somebody ends it. Nothing was done."
            )
        moved = self.duration.ends(now) if self.duration.until else self.duration.ends(hold.ends)
        if moved == hold.ends:
            raise NothingToDo("It ends at that time already. Nothing was done.")
        if moved - now > Term.longest:
            raise NothingToDo(
                "The new end would be more than a year from now. Nothing was done. Choose an earlier end."
            )
        return moved

    async def preview(self, session: AsyncSession) -> Impact:
        hold = await self.opened(session)
        moved = self._moved(hold, await clock(session))
        [placed] = await reads.placed(session, [hold])
        return Impact(
            facts=(
                *self.meant(await self.kind.describe(session, hold), placed.by),
                fact("Ends", Moment.of(hold.ends) if hold.ends else "no end", " → ", Moment.of(moved), bound=True),
            ),
            context={"request": self.hold.number, "until": moved.timestamp()},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        hold = await self.opened(session)
        before = hold.ends
        moved = self._moved(hold, await clock(session))
        await engine.extend(session, hold, moved)
        return Outcome(
            data={"hold": str(hold.id), "before": before.isoformat() if before else None, "ends": moved.isoformat()},
            old={"ends": before.isoformat() if before else None},
            new={"ends": moved.isoformat()},
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        hold = await session.get_one(Hold, self.hold.hold_id, populate_existing=True)
        return {**outcome, "after": await self.kind.after(session, hold)}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await self.kind.confirm(platform, self.hold.hold, outcome["after"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)

    def undo(self, outcome: dict[str, Any]) -> Step:
        """The end as it was."""
        return Step(
            action=self.name,
            parameters={"hold": self.hold.dump(), "duration": f"until {outcome['before']}"},
        )
