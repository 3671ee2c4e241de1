"""`revoke @staffer because …`: the laptop is gone, the sessions on it go too."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, sessions_detail, sessions_fact, who_fact
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import staff
from bot.platform.writes import ACCOUNTS, MEMBERS, SESSIONS
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.staff import Staffer


@register
class RevokeSessions(Action):
    """Sign a staff member out everywhere."""

    name, verb, says = "staff.revoke_sessions", "revoke", "sign out"
    also = ("sign out", "signout", "log out", "logout", "log off", "logoff", "kick", "kick out")
    offered_as = "sign somebody out"
    permission, risk = Permission.STAFF_REVOKE, Risk.HIGH
    writes = (ACCOUNTS, MEMBERS, SESSIONS)
    containment = True
    on_oneself = "sign yourself out everywhere"
    staffer: Staffer
    reason: Reason
    voids_decisions_of = Action.about

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("suspend",)

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        sessions = await staff.active_sessions(session, record.id)
        after = "0 sessions; can sign in again" if record.may_act else "0 sessions"
        return Impact(
            facts=(
                who_fact(record),
                sessions_fact(sessions),
                fact("After", after),
                fact("Roles", f"{record.roles_in_words}; account stays {record.status}"),
            ),
            details=sessions_detail(sessions),
            context={"staffer": {"id": str(record.id), "name": record.name}, "sessions": len(sessions)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        ended = await staff.revoke_sessions(session, self.staffer.id, by)
        return Outcome(
            data={"sessions": [str(one) for one in ended]},
            old={"active_sessions": len(ended)},
            new={"active_sessions": 0},
        )

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.sessions(uuid.UUID(one) for one in outcome["sessions"])
        return Verified(Verification.NOT_YET if answer.in_force else Verification.CONFIRMED, answer.at)
