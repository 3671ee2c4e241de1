"""`user reinstate someone@… because …`: opens a customer's suspended account again."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.held import set_for_good
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.actions.users.facts import belongs_fact, current, data, who_fact
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform.users import UserRecord
from bot.platform.writes import ACCOUNTS
from bot.policy import Risk
from bot.store.models import HoldKind, Verification
from bot.targets.user import User


def _check(record: UserRecord) -> None:
    if record.status != "suspended":
        raise NothingToDo(f"This account is {record.status}, not suspended. Nothing was done.")


@register
class ReinstateUser(Action):
    """Open a user's suspended account again."""

    name, verb, says = "user.reinstate", "user reinstate", "reinstate"
    also = ("unblock user", "unban user", "unlock user")
    offered_as = "reinstate a user"
    permission, risk = Permission.USER_REINSTATE, Risk.HIGH
    writes = (ACCOUNTS,)
    changes = "status"
    user: User
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        _check(record)
        return Impact(
            facts=(
                who_fact(record),
                fact("Now", f"suspended: {record.status_reason}" if record.status_reason else "suspended"),
                fact("After", "active; can sign in again, old sessions stay ended"),
                belongs_fact(record),
            ),
            context={"user": data(record)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await current(session, self.user.id)
        _check(record)
        await set_for_good(session, HoldKind.SUSPENSION, record.id, {"status": "active"}, by)
        return Outcome(data={"user": str(record.id)}, old={"status": record.status}, new={"status": "active"})

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "status": (await current(session, self.user.id)).status}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.ask(f"/internal/users/{self.user.id}")
        with agreed():
            holds, at = answer["status"] == outcome["status"], instant(answer)
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return (await current(session, self.user.id)).status == "active"

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(
            action="user.suspend",
            parameters={"user": self.user.dump(), "reason": f"undoing: {self.reason.text}"},
        )
