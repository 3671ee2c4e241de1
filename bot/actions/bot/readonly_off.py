"""`readonly off because …`: what is asked for and approved is done again."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import engine, read_only
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import Hold, HoldCause


@register
class ReadOnlyOff(Action):
    """End read-only mode early, so that changes are allowed again."""

    name, verb, says = "bot.readonly_off", "readonly off", "switch off read-only mode"
    also = ("read-only off", "read only off", "allow changes", "unfreeze changes")
    phrased = "switch off read-only mode"
    offered_as = "switch off read-only mode"
    permission, risk = Permission.READONLY_SWITCH, Risk.HIGH
    ends_holds = True
    reason: Reason

    @property
    def target(self) -> str:
        return read_only.TARGET

    async def _on(self, session: AsyncSession) -> list[Hold]:
        """All that keeps it on. Raises `NothingToDo` while it is off."""
        found = await read_only.switched_on(session)
        if not found:
            raise NothingToDo("Read-only mode is off already. Nothing was done.")
        return found

    async def preview(self, session: AsyncSession) -> Impact:
        await self._on(session)
        on = await read_only.now(session)
        return Impact(
            facts=(
                fact("Now", "on ", *(on.parts if on else ()), bound=True),
                fact("After", "changes are possible again; waiting requests still need an approval"),
            ),
        )

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        holds = await self._on(session)
        await engine.end_together(session, holds, HoldCause.RESUMED, by)
        until = holds[0].ends  # of what would have lasted longest
        data = {"ended": len(holds), "until": until.isoformat() if until else None}
        return Outcome(data=data, old={"on": True}, new={"on": False})

    def undo(self, outcome: dict[str, Any]) -> Step:
        """On again, for as long as it would have been."""
        lasts = {"duration": f"until {outcome['until']}"} if outcome["until"] else {}
        parameters = {**lasts, "reason": f"undoing: {self.reason.text}"}
        return Step(action="bot.readonly_on", parameters=parameters)
