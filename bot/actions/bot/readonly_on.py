"""`readonly on for 2h because …`: nothing is changed through the bot until the time is over, or it is switched off."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import engine, read_only, reads
from bot.parameters.base import Reason
from bot.parameters.time import Lasting
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import Hold, HoldKind, Proposal, State
from bot.words import counted, duration


@register
class ReadOnlyOn(Action):
    """Refuse all changes except sign out, suspend and pause, for a fixed time or until it is switched off.

    Nothing on the platform is changed, so there is nobody to ask whether it holds: it does with its commit.
    """

    name, verb, says = "bot.readonly_on", "readonly on", "switch on read-only mode"
    also = ("read-only on", "read only on", "stop changes", "freeze changes")
    phrased = "switch on read-only mode"
    offered_as = "switch on read-only mode"
    permission, risk = Permission.READONLY_SWITCH, Risk.HIGH
    containment = True
    stops_others = True
    duration: Lasting | None
    reason: Reason

    @property
    def target(self) -> str:
        return read_only.TARGET

    async def _longest(self, session: AsyncSession) -> Hold | None:
        """What keeps it on already. Raises `NothingToDo` where that lasts as long as is asked for."""
        found = await read_only.switched_on(session)
        if not found:
            return None
        longest = found[0]
        now = await reads.clock(session)
        if longest.ends is None or (self.duration and self.duration.ends(now) <= longest.ends):
            on = await read_only.now(session)
            by = f" by {on.by}" if on else ""
            until = f"for another {duration(longest.ends - now, 2)}" if longest.ends else "until it is switched off"
            raise NothingToDo(f"Read-only mode is on already{by}, {until}. Nothing was done.")
        return longest

    async def preview(self, session: AsyncSession) -> Impact:
        lasts = self.duration.phrase if self.duration else "until it is switched off"
        await self._longest(session)
        return Impact(
            facts=(
                await _now(session),
                fact("After", f"I refuse all changes {lasts}, whoever asks for them"),
                fact(
                    "Still possible",
                    "sign out, suspend, pause; ending temporary changes; looking things up; rejecting requests",
                ),
                *await _waiting(session),
            ),
            context={"lasts": self.duration.phrase if self.duration else None},
        )

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = await self._longest(session)
        hold = await engine.place(
            session,
            HoldKind.READ_ONLY,
            target=self.target,
            subject={},
            by=by,
            reason=self.reason.text,
            ends=self.duration.ends if self.duration else None,
        )
        return Outcome(
            data={"hold": str(hold.id)},
            old={"read_only_until": _instant(before.ends) if before else None, "on": before is not None},
            new={"read_only_until": _instant(hold.ends), "on": True},
            holds=(hold.id,),
        )

    def undo(self, outcome: dict[str, Any]) -> Step:
        """This one ends; another that keeps it on stays."""
        return Step(action="hold.end", parameters={"hold": outcome["hold"], "reason": f"undoing: {self.reason.text}"})


async def _now(session: AsyncSession) -> Fact:
    on = await read_only.now(session)
    return fact("Now", *(("on ", *on.parts) if on else ("off",)), bound=True)


async def _waiting(session: AsyncSession) -> tuple[Fact, ...]:
    """What cannot be approved meanwhile."""
    number = await session.scalar(select(func.count()).where(Proposal.state == State.PENDING)) or 0
    return (
        (fact("Waiting", f"{counted(number, 'open request')}: can be approved only when the mode is off"),)
        if number
        else ()
    )


def _instant(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
