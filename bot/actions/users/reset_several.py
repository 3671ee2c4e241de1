"""`user reset-password where tenant=acme because …`: old passwords no longer count, and mails say what to do."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import not_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest, Outcome
from bot.actions.bulk import Did
from bot.actions.registry import register
from bot.actions.users.reset_password import LETTER
from bot.actions.users.several import ManyUsers, UsersPart
from bot.permissions import Permission
from bot.platform import user_selection
from bot.platform.user_selection import Group
from bot.platform.writes import RECORD, Write
from bot.policy import Risk


@register
class ResetPart(UsersPart):
    """One part of a large request: make these users choose a new password."""

    name, says, judged_as = "user.reset_some", "reset the password", "user.reset_password"
    permission, risk = Permission.USER_RESET_PASSWORD, Risk.MEDIUM
    writes = (Write("users", update=("password_reset", "updated")), RECORD)
    team = "operations"
    size = 200  # each of them has a mail, which commits with it

    async def lock(self, session: AsyncSession) -> None:
        await user_selection.lock(session, self.chosen.ids)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        changed = await user_selection.require_new_passwords(session, self.chosen.ids)
        did = [Did(who, tenant, {}, {"password_reset": at.isoformat()}) for who, tenant, _, at in changed]
        since = changed[0][3].isoformat() if changed else None
        mails = [{"to": email, "letter": LETTER, "context": {}} for _, _, email, _ in changed]
        outcome = await self.recorded(session, by, did, since=since)
        return replace(outcome, effects=tuple(EffectRequest("mail to the user", "mail", one) for one in mails))

    def agrees(self, outcome: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        said = row["password_reset"]
        return bool(said) and dt.datetime.fromisoformat(said) >= dt.datetime.fromisoformat(outcome["since"])


@register
class ResetPasswords(ManyUsers):
    """Make several users choose a new password. The old passwords stop working at once, and each user gets a mail."""

    name, verb, says = "user.reset_several", "user reset-password where", "reset the passwords of several users"
    also = ("reset passwords",)
    offered_as = "reset several users' passwords"
    part = ResetPart
    done_to = "the old passwords no longer work; each of them gets a mail that says so; sessions stay"

    async def groups(self, session: AsyncSession) -> list[Group]:
        return await user_selection.sort_by(session, self.selection.ids, {"not active": not_(user_selection.active())})
