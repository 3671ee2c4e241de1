"""`user reset-password someone@… because …`: the old password no longer counts, and a mail says what to do."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.users.facts import current, data, who_fact
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import users
from bot.platform.users import UserRecord
from bot.platform.writes import Write
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.user import User

LETTER = "reset_password"


def _check(record: UserRecord) -> None:
    if record.status != "active":
        raise NothingToDo(f"This account is {record.status}, so nobody can sign in with it anyway. Nothing was done.")


@register
class ResetPassword(Action):
    """Make a user choose a new password. The old one stops working at once, and the user gets a mail about it."""

    name, verb, says = "user.reset_password", "user reset-password", "reset the password of"
    also = ("reset password", "forgot password")
    offered_as = "reset a user's password"
    permission, risk = Permission.USER_RESET_PASSWORD, Risk.MEDIUM
    writes = (Write("users", update=("password_reset", "updated")),)
    team = "operations"
    user: User
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        _check(record)
        return Impact(
            facts=(
                who_fact(record),
                fact("After", "the old password no longer works; the next sign-in needs a new one"),
                fact("Sessions", "stay: to end them, too, use /pm user revoke"),
            ),
            context={"user": data(record)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await current(session, self.user.id)
        _check(record)
        at = await users.require_new_password(session, record.id)
        was = record.password_reset
        return Outcome(
            data={"since": at.isoformat()},
            old={"password_reset": was.isoformat() if was else None},
            new={"password_reset": at.isoformat()},
            effects=(EffectRequest("mail to the user", "mail", {"to": record.email, "letter": LETTER, "context": {}}),),
        )

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.ask(f"/internal/users/{self.user.id}")
        with agreed():
            said, at = answer["password_reset"], instant(answer)
            since = dt.datetime.fromisoformat(said) if said else None
            holds = since is not None and since >= dt.datetime.fromisoformat(outcome["since"])
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, at)
