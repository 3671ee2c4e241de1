"""`lockdown @staffer because …`: somebody else may be at their keyboard, so nobody gets in as them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, sessions_detail, sessions_fact, who_fact
from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.actions.staff.suspend import Suspend, may_open_again
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import staff
from bot.policy import Risk
from bot.targets.staff import Staffer


@register
class Lockdown(Composite):
    """Sign a staff member out everywhere, suspend the account, and ask security to review what happened."""

    name, verb, says = "staff.lockdown", "lockdown", "lock down"
    also = ("lock down", "contain", "isolate")
    offered_as = "lock somebody down"
    permission, risk = Permission.STAFF_SUSPEND, Risk.HIGH
    containment = True
    reviewed = True
    staffer: Staffer
    reason: Reason

    voids_decisions_of = Action.about

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("activity",)

    async def steps(self, session: AsyncSession) -> Sequence[Action]:
        """Where the account is closed already, its sessions end all the same, and somebody looks at it."""
        record = await current(session, self.staffer.id)
        out = RevokeSessions(staffer=self.staffer, reason=self.reason)
        closes = record.status == "active" or await may_open_again(session, record)
        return [out, Suspend(staffer=self.staffer, reason=self.reason)] if closes else [out]

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        sessions = await staff.active_sessions(session, record.id)
        return Impact(
            facts=(
                who_fact(record),
                sessions_fact(sessions),
                fact("After", "0 sessions; signing in is refused until somebody reinstates the account"),
                fact("Roles", record.roles_in_words, ", kept in case the account is reinstated"),
                fact("Review", "the security channel is asked to look at what happened"),
            ),
            details=sessions_detail(sessions),
            context={"staffer": {"id": str(record.id), "name": record.name}, "sessions": len(sessions)},
        )
