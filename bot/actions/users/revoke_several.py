"""`user revoke where tenant=acme because …`: everybody of a customer is signed out."""

import uuid
from typing import Any

from sqlalchemy import not_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.bulk import Did, PartOf
from bot.actions.registry import register
from bot.actions.users.selection import Users
from bot.actions.users.several import ManyUsers
from bot.integrations.platform.probe import PlatformProbe
from bot.permissions import Permission
from bot.platform import user_selection
from bot.platform.user_selection import Group
from bot.platform.writes import ACCOUNTS, RECORD, SESSIONS
from bot.policy import Risk
from bot.store.models import Verification

ASKED_TOGETHER = 500  # sessions in one question to the platform


@register
class RevokePart(PartOf):
    """One part of a large request: sign these users out everywhere."""

    name, says, judged_as = "user.revoke_some", "sign out", "user.revoke"
    permission, risk = Permission.USER_SUSPEND, Risk.HIGH
    writes = (ACCOUNTS, SESSIONS, RECORD)
    containment = True
    chosen_from = Users

    async def lock(self, session: AsyncSession) -> None:
        await user_selection.lock(session, self.chosen.ids)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        ended = await user_selection.revoke(session, self.chosen.ids, by)
        did = [Did(who, tenant, {"active_sessions": len(ids)}, {"active_sessions": 0}) for who, tenant, ids in ended]
        sessions = [str(one) for _, _, ids in ended for one in ids]
        return await self.recorded(session, by, did, sessions=len(sessions), ended=sessions)

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        ended, in_force, moments = outcome["ended"], False, []
        for start in range(0, len(ended), ASKED_TOGETHER):
            answer = await platform.sessions(uuid.UUID(one) for one in ended[start : start + ASKED_TOGETHER])
            in_force = in_force or bool(answer.in_force)
            moments.append(answer.at)
        return Verified(Verification.NOT_YET if in_force else Verification.CONFIRMED, min(moments, default=None))


@register
class RevokeUsers(ManyUsers):
    """Choose users by what they have in common, and sign them out everywhere."""

    name, verb, says = "user.revoke_several", "user revoke where", "sign out several users"
    also = ("sign out users", "log out users")
    offered_as = "sign out several users"
    part = RevokePart
    done_to = "0 sessions; users with an active account can sign in again"

    async def groups(self, session: AsyncSession) -> list[Group]:
        rules = {"not signed in": not_(user_selection.signed_in())}
        return await user_selection.sort_by(session, self.selection.ids, rules)
