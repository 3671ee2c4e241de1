"""`user suspend where tenant=acme role=member because …`, and reinstate: one approval for all of them."""

import uuid
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
from bot.platform.writes import ACCOUNTS, RECORD, SESSIONS
from bot.policy import Risk, Stakes
from bot.store.models import Verification

ASKED_TOGETHER = 200  # users in one question to the platform


class UsersPart(PartOf):
    """Some of the users. Whoever is not as it was when this was asked for is left out."""

    risk = Risk.HIGH
    writes = (ACCOUNTS, SESSIONS, RECORD)
    changes = "status"
    was: ClassVar[str]
    becomes: ClassVar[str]
    """The status, before and after."""
    judged_as: ClassVar[str]
    """The action that does it to one: the policy says of both the same."""

    @classmethod
    def usually(cls) -> Stakes:
        return Stakes(cls.judged_as, cls.risk, containment=cls.containment)

    async def lock(self, session: AsyncSession) -> None:
        """The accounts and then the holds, as whoever changes one of them: nobody is suspended for a time meanwhile."""
        await user_selection.lock(session, self.chosen.ids)
        await engine.lock(session)

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

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """Of each of them, by what status the platform goes."""
        done, agrees, moments = outcome["done"], True, []
        for start in range(0, len(done), ASKED_TOGETHER):
            asked = done[start : start + ASKED_TOGETHER]
            answer = await platform.ask("/internal/users", params={"id": asked})
            with agreed():
                statuses = {one["id"]: one["status"] for one in answer["users"]}
                agrees = agrees and all(statuses[one] == self.becomes for one in asked)
                moments.append(instant(answer))
        return Verified(Verification.CONFIRMED if agrees else Verification.NOT_YET, min(moments, default=None))

    def back(self, action: str, outcome: dict[str, Any]) -> Step | None:
        """The same users, without those to whom nothing was done."""
        if not outcome["done"]:
            return None
        given = {"chosen": " ".join(outcome["done"]), "reason": f"taking back: {self.reason.text}"}
        return Step(action=action, parameters=given)


class ManyUsers(Bulk):
    """A command for users by what they have in common."""

    noun = "user"
    risk = Risk.HIGH
    what: ClassVar[str]
    """How it is sorted out to whom it can be done."""
    done_to: ClassVar[str]
    judged_as: ClassVar[str]
    selection: Users
    reason: Reason

    @classmethod
    def usually(cls) -> Stakes:
        return Stakes(cls.judged_as, cls.risk, containment=cls.containment)

    @classmethod
    def phrase(cls) -> str:
        return cls.says

    async def sort(self, session: AsyncSession) -> Sorted:
        groups = await user_selection.sort(session, self.selection.ids, self.what)
        ready = next((one for one in groups if one.why == "ready"), None)
        return Sorted(
            ready.ids if ready else (),
            tuple((len(one.ids), one.why) for one in groups if one is not ready),
            tuple((Personal(personal="customer", value=one),) for one in (ready.sample if ready else ())),
        )

    def after(self) -> str:
        return self.done_to


@register
class SuspendPart(UsersPart):
    """Suspend some users, as a part of many."""

    name, verb, says = "user.suspend_some", "", "suspend"
    permission = Permission.USER_SUSPEND
    containment = True
    was, becomes, judged_as = "active", "suspended", "user.suspend"

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        return self.back("user.reinstate_some", outcome)


@register
class SuspendUsers(ManyUsers):
    """Sign users out everywhere and suspend their accounts, chosen by what they have in common."""

    name, verb, says = "user.suspend_several", "user suspend where", "suspend several users"
    offered_as = "suspend several users"
    permission = Permission.USER_SUSPEND
    containment = True
    part = SuspendPart
    what, done_to = "suspend", "0 sessions; signing in is refused until somebody reinstates them"
    judged_as = "user.suspend"


@register
class ReinstatePart(UsersPart):
    """Reinstate some users, as a part of many."""

    name, verb, says = "user.reinstate_some", "", "reinstate"
    permission = Permission.USER_REINSTATE
    was, becomes, judged_as = "suspended", "active", "user.reinstate"

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        return self.back("user.suspend_some", outcome)


@register
class ReinstateUsers(ManyUsers):
    """Open suspended accounts again, chosen by what they have in common."""

    name, verb, says = "user.reinstate_several", "user reinstate where", "reinstate several users"
    offered_as = "reinstate several users"
    permission = Permission.USER_REINSTATE
    part = ReinstatePart
    what, done_to = "reinstate", "active; they can sign in again, old sessions stay ended"
    judged_as = "user.reinstate"
