"""`suspend @staffer because …`: sessions and account, until somebody reinstates it."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, sessions_detail, sessions_fact, who_fact
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import staff
from bot.platform.writes import ACCOUNTS, SESSIONS
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.staff import Staffer


@register
class Suspend(Action):
    """Sign a staff member out everywhere and suspend the account until it is reinstated."""

    name, verb = "staff.suspend", "suspend"
    offered_as = "suspend somebody"
    permission, risk = Permission.STAFF_SUSPEND, Risk.HIGH
    writes = (ACCOUNTS, SESSIONS)
    containment = True
    changes = "status"
    staffer: Staffer
    reason: Reason

    voids_decisions_of = Action.about
    removes_access_of = Action.about

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        if record.status != "active":
            raise NothingToDo(f"The account of {record.name} is already {record.status}. Nothing was done.")
        sessions = await staff.active_sessions(session, record.id)
        return Impact(
            facts=(
                who_fact(record),
                sessions_fact(sessions),
                fact("After", "0 sessions; signing in is refused until somebody reinstates the account"),
                fact("Roles", record.roles_in_words, ", kept in case the account is reinstated"),
            ),
            details=sessions_detail(sessions),
            context={"staffer": {"id": str(record.id), "name": record.name}, "sessions": len(sessions)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await current(session, self.staffer.id)
        if record.status != "active":
            raise NothingToDo(f"The account of {record.name} is already {record.status}. Nothing was done.")
        await staff.set_status(session, record.id, "suspended", self.reason.text)
        ended = await staff.revoke_sessions(session, record.id, by)
        return Outcome(
            data={"sessions": [str(one) for one in ended], "staffer": str(record.id)},
            old={"status": record.status, "active_sessions": len(ended)},
            new={"status": "suspended", "active_sessions": 0},
        )

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        sessions = await platform.sessions(uuid.UUID(one) for one in outcome["sessions"])
        access = await platform.access(self.staffer.id)
        holds = not sessions.in_force and not access.may_sign_in
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, access.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return (await current(session, self.staffer.id)).status != "active"

    def undo(self, outcome: dict[str, Any]) -> Step:
        """The account comes back; the sessions do not: the person signs in again."""
        return Step(
            action="staff.reinstate",
            parameters={"staffer": self.staffer.dump(), "reason": f"taking back: {self.reason.text}"},
        )
