"""`end 12`: what is temporary ends now."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.holds.change import HoldChange
from bot.actions.holds.parameters import HeldBy
from bot.actions.impact import Impact, fact
from bot.actions.queues.facts import left
from bot.actions.registry import register
from bot.holds import engine, reads
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.policy import Stakes
from bot.store.models import Hold, HoldCause, Verification


@register
class End(HoldChange):
    """End a temporary change before its end time. Ending it needs the same approval as undoing the change."""

    name, verb = "hold.end", "end"
    also = ("finish", "lift")
    offered_as = "end a temporary change"
    renewable = True
    ends_holds = True
    hold: HeldBy
    reason: Reason | None

    @property
    def stakes(self) -> Stakes:
        return self.kind.stakes(self.hold.hold, ending=True)

    async def preview(self, session: AsyncSession) -> Impact:
        hold = await self.opened(session)
        what = await self.kind.describe(session, hold)
        [placed] = await reads.placed(session, [hold])
        return Impact(
            facts=(
                *self.meant(what, placed.by),
                fact("Time left", left(placed)),
                fact("After", *await self.kind.then(session, hold)),
            ),
            context={
                "request": self.hold.number,
                "what": [part if isinstance(part, str) else part.model_dump() for part in what],
            },
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        hold = await self.opened(session)
        await engine.end(session, hold, HoldCause.RESUMED, by)
        return Outcome(data={"hold": str(hold.id)}, old={"open": True}, new={"open": False})

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        hold = await session.get_one(Hold, self.hold.hold_id, populate_existing=True)
        return {**outcome, "after": await self.kind.after(session, hold)}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await self.kind.confirm(platform, self.hold.hold, outcome["after"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)
