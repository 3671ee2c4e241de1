"""`user suspend someone@… for 24h because …`: no session and no sign-in, for a time or until it is reinstated."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.held import ColumnChange
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.actions.staff.facts import sessions_detail, sessions_fact
from bot.actions.users.facts import belongs_fact, current, data
from bot.errors import NothingToDo
from bot.holds.suspension import SUSPENDED
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.platform import staff, users
from bot.platform.users import UserRecord
from bot.platform.writes import ACCOUNTS, SESSIONS
from bot.policy import Risk
from bot.store.models import HoldKind, Verification
from bot.targets.user import User
from bot.words import listed


@register
class SuspendUser(ColumnChange):
    """Sign a user out everywhere and suspend the account, for a fixed time or until it is reinstated."""

    name, verb, says = "user.suspend", "user suspend", "suspend"
    also = ("block user", "ban user", "lock user")
    offered_as = "suspend a user"
    permission, risk = Permission.USER_SUSPEND, Risk.HIGH
    writes = (ACCOUNTS, SESSIONS)
    containment = True
    changes = "status"
    held = HoldKind.SUSPENSION
    user: User
    duration: Term | None
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return SUSPENDED

    def nothing(self, now: Mapping[str, Any]) -> NothingToDo:
        return NothingToDo(f"This account is already {self.kind.says(now)}. Nothing was done.")

    async def preview(self, session: AsyncSession) -> Impact:
        """With the sessions that end, and the tenants that nobody else could manage meanwhile."""
        impact = await super().preview(session)
        record = await current(session, self.user.id)
        sessions = await staff.active_sessions(session, record.id)
        ending = fact("Sessions", *sessions_fact(sessions).parts, ", all end")
        notes = [ending, belongs_fact(record), *await _left_alone(session, record)]
        return impact.model_copy(
            update={
                "facts": (*impact.facts, *notes),
                "details": sessions_detail(sessions),
                "context": {**impact.context, "user": data(record)},
            }
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        ended = [str(one.id) for one in await staff.active_sessions(session, self.user.id)]
        outcome = await super().execute(session, by)
        return Outcome(
            data={**outcome.data, "sessions": ended},
            old={**outcome.old, "active_sessions": len(ended)},
            new={**outcome.new, "active_sessions": 0},
            holds=outcome.holds,
        )

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """The sessions are refused, and so is the next sign-in."""
        sessions = await platform.sessions(uuid.UUID(one) for one in outcome["sessions"])
        account = await super().verify(outcome, platform)
        return Verified(Verification.NOT_YET, account.at) if sessions.in_force else account

    def back(self, was: Mapping[str, Any]) -> Step:
        """The account comes back; the sessions do not: the user signs in again."""
        return Step(
            action="user.reinstate",
            parameters={"user": self.user.dump(), "reason": f"undoing: {self.reason.text}"},
        )


async def _left_alone(session: AsyncSession, record: UserRecord) -> list[Fact]:
    """The tenants whose only owner they are."""
    owned = {one.tenant_id: one.tenant for one in record.memberships if "owner" in one.roles}
    others = await users.owned_by_others(session, owned, besides=record.id) if owned else set()
    alone = [name for tenant_id, name in owned.items() if tenant_id not in others]
    return (
        [fact("Note", f"the only owner of {listed(alone)}: nobody can manage that until the account is active again")]
        if alone
        else []
    )
