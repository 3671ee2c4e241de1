"""`reinstate @staffer because …`: opens a suspended account again."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.held import set_for_good
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, who_fact
from bot.errors import NothingToDo
from bot.holds import engine
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform.staff import StaffRecord
from bot.platform.writes import ACCOUNTS, MEMBERS
from bot.policy import Risk
from bot.store.models import HoldKind, Verification
from bot.targets.staff import Staffer


def _check(record: StaffRecord) -> None:
    if record.status != "suspended":
        raise NothingToDo(f"The account of {record.name} is {record.status}, not suspended. Nothing was done.")
    if not record.is_active:
        raise NothingToDo(
            f"{record.name} is no longer active as staff, so even with a reinstated account they could not sign in. "
            "Nothing was done. Make them active as staff on the platform first."
        )


@register
class Reinstate(Action):
    """Reactivate the account of a suspended staff member."""

    name, verb = "staff.reinstate", "reinstate"
    also = ("unlock", "unblock", "unsuspend", "unban", "reactivate", "enable", "unfreeze")
    offered_as = "reinstate somebody"
    permission, risk = Permission.STAFF_REINSTATE, Risk.HIGH
    writes = (ACCOUNTS, MEMBERS)
    changes = "status"
    staffer: Staffer
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        _check(record)
        return Impact(
            facts=(
                who_fact(record),
                fact("Now", "suspended"),
                fact("After", "active; can sign in again, old sessions stay ended"),
                # More power than was approved would come back: an approval is for exactly these roles.
                fact("Roles", record.roles_in_words, bound=True),
            ),
            context={"staffer": {"id": str(record.id), "name": record.name}},
        )

    async def lock(self, session: AsyncSession) -> None:
        await super().lock(session)
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await current(session, self.staffer.id)
        _check(record)
        await set_for_good(session, HoldKind.SUSPENSION, record.id, {"status": "active"}, by)
        return Outcome(data={"staffer": str(record.id)}, old={"status": record.status}, new={"status": "active"})

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "may_sign_in": (await current(session, self.staffer.id)).may_act}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.access(self.staffer.id)
        holds = answer.may_sign_in is outcome["may_sign_in"]
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return (await current(session, self.staffer.id)).status == "active"

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(
            action="staff.suspend",
            parameters={"staffer": self.staffer.dump(), "reason": f"undoing: {self.reason.text}"},
        )
