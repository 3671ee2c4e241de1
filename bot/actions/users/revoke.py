"""`user revoke someone@… because …`: a customer's account is in wrong hands, and the sessions go."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import sessions_detail, sessions_fact
from bot.actions.users.facts import current, data, who_fact
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import staff
from bot.platform.writes import ACCOUNTS, SESSIONS
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.user import User


@register
class RevokeUser(Action):
    """Sign a user out everywhere."""

    name, verb, says = "user.revoke", "user revoke", "sign out"
    also = ("sign out user", "log out user")
    offered_as = "sign a user out"
    permission, risk = Permission.USER_SUSPEND, Risk.HIGH
    writes = (ACCOUNTS, SESSIONS)
    containment = True
    user: User
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        sessions = await staff.active_sessions(session, record.id)
        after = "0 sessions; can sign in again" if record.status == "active" else "0 sessions"
        return Impact(
            facts=(
                who_fact(record),
                sessions_fact(sessions),
                fact("After", f"{after}; the account stays {record.status}"),
            ),
            details=sessions_detail(sessions),
            context={"user": data(record), "sessions": len(sessions)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        ended = await staff.revoke_sessions(session, self.user.id, by)
        return Outcome(
            data={"sessions": [str(one) for one in ended]},
            old={"active_sessions": len(ended)},
            new={"active_sessions": 0},
        )

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.sessions(uuid.UUID(one) for one in outcome["sessions"])
        return Verified(Verification.NOT_YET if answer.in_force else Verification.CONFIRMED, answer.at)
