"""`user suspend where tenant=acme role=member because …`, and reinstate: one approval for all of them."""

import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.bulk import Bulk, PartOf, Sorted
from bot.actions.impact import Step
from bot.actions.registry import register
from bot.actions.users.selection import Users
from bot.holds import engine
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import user_selection
from bot.platform.user_selection import Group
from bot.platform.writes import ACCOUNTS, RECORD, SESSIONS
from bot.policy import Risk
from bot.store.models import Verification

ASKED_TOGETHER = 200  # users in one question to the platform


class UsersPart(PartOf):
    """Some of the users. Whoever is not as it was when this was asked for is left out."""

    chosen_from = Users

    async def lock(self, session: AsyncSession) -> None:
        """The accounts and then the holds, as whoever changes one of them: nobody is suspended for a time meanwhile."""
        await user_selection.lock(session, self.chosen.ids)
        await engine.lock(session)

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        """Of those to whom it was done and who are still there, what they are by now: some may be changed again."""
        now = await self.now(session, [uuid.UUID(one) for one in outcome["done"]])
        there = [one for one in outcome["done"] if uuid.UUID(one) in now]
        return {**outcome, "done": there, "now": {str(one): what for one, what in now.items()}}

    async def now(self, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
        """By the account's id what `agrees` compares with what the platform answers."""
        return await user_selection.statuses(session, ids)

    @abstractmethod
    def agrees(self, outcome: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """Whether the platform goes by it, by what it answers of one of those to whom it was done."""

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """Of each of them. One that the platform does not know is not as it should be."""
        done, agrees, moments = outcome["done"], True, []
        for start in range(0, len(done), ASKED_TOGETHER):
            asked = done[start : start + ASKED_TOGETHER]
            answer = await platform.ask("/internal/users", params={"id": asked})
            with agreed():
                rows = {one["id"]: one for one in answer["users"]}
                agrees = agrees and all(self.agrees(outcome, rows[one]) for one in asked)
                moments.append(instant(answer))
        return Verified(Verification.CONFIRMED if agrees else Verification.NOT_YET, min(moments, default=None))


class ManyUsers(Bulk):
    """A command for users by what they have in common."""

    noun = "user"
    done_to: ClassVar[str]
    selection: Users
    reason: Reason

    @abstractmethod
    async def groups(self, session: AsyncSession) -> list[Group]:
        """The accounts by what can be done to them."""

    async def sort(self, session: AsyncSession) -> Sorted:
        groups = await self.groups(session)
        ready = next((one for one in groups if one.why == "ready"), None)
        return Sorted(
            ready.ids if ready else (),
            tuple((one.ids, one.why) for one in groups if one is not ready),
            tuple((Personal(personal="customer", value=one),) for one in (ready.sample if ready else ())),
        )

    def after(self) -> str:
        return self.done_to


class StatusPart(UsersPart):
    """Their status, from one to another."""

    risk = Risk.HIGH
    writes = (ACCOUNTS, SESSIONS, RECORD)
    changes = "status"
    was: ClassVar[str]
    becomes: ClassVar[str]
    """The status, before and after."""

    async def reached(self, session: AsyncSession) -> Sequence[uuid.UUID]:
        return await user_selection.now_with(session, self.chosen.ids, self.was)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        reason = None if self.becomes == "active" else self.reason.text
        done, ended = await user_selection.change(
            session, self.chosen.ids, self.was, self.becomes, by=by, action=self.judged_as, reason=reason
        )
        return Outcome(
            data={"done": [str(one) for one in done], "left_out": len(self.chosen.ids) - len(done), "sessions": ended},
            old={"status": self.was, "count": len(done)},
            new={"status": self.becomes, "count": len(done)},
        )

    def agrees(self, outcome: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        return bool(row["status"] == outcome["now"][row["id"]])


@register
class SuspendPart(StatusPart):
    """One part of a large request: suspend these users."""

    name, says, judged_as = "user.suspend_some", "suspend", "user.suspend"
    permission = Permission.USER_SUSPEND
    containment = True
    was, becomes = "active", "suspended"

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        return self.back("user.reinstate_some", outcome["done"])


@register
class SuspendUsers(ManyUsers):
    """Choose users by what they have in common, sign them out everywhere and suspend their accounts."""

    name, verb, says = "user.suspend_several", "user suspend where", "suspend several users"
    also = ("block users", "ban users", "lock users")
    offered_as = "suspend several users"
    part = SuspendPart
    done_to = "0 sessions; signing in is refused until somebody reinstates them"

    async def groups(self, session: AsyncSession) -> list[Group]:
        return await user_selection.sort(session, self.selection.ids, "suspend")


@register
class ReinstatePart(StatusPart):
    """One part of a large request: reinstate these users."""

    name, says, judged_as = "user.reinstate_some", "reinstate", "user.reinstate"
    permission = Permission.USER_REINSTATE
    was, becomes = "suspended", "active"

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        return self.back("user.suspend_some", outcome["done"])


@register
class ReinstateUsers(ManyUsers):
    """Choose suspended accounts by what they have in common, and open them again."""

    name, verb, says = "user.reinstate_several", "user reinstate where", "reinstate several users"
    also = ("unblock users", "unban users")
    offered_as = "reinstate several users"
    part = ReinstatePart
    done_to = "active; they can sign in again, old sessions stay ended"

    async def groups(self, session: AsyncSession) -> list[Group]:
        return await user_selection.sort(session, self.selection.ids, "reinstate")
