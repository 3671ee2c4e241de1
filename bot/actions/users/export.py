"""`user export someone@… because …`: all that is known of a customer's person, as a file for whoever asks."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.users.erase import in_numbers
from bot.actions.users.facts import current, data, who_fact
from bot.holds import engine
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import leaving
from bot.platform.erasure import ERASURE as THEIRS
from bot.platform.models import PlatformBase
from bot.policy import Risk
from bot.store import erasing
from bot.store.base import Base
from bot.store.erasure import ERASURE as OURS
from bot.targets.user import User


@register
class ExportUser(Action):
    """Send yourself a file with all data about a user. Slack's copy of the file is deleted after a day.

    By the same declarations as an erasure: the rows that are about the person. What names them in the rows of others is
    those others' as well, and not in it; nor is what a session proves itself by.
    """

    name, verb, says = "user.export", "user export", "export"
    also = ("export", "export user", "data export")
    offered_as = "export all data about a user"
    permission, risk = Permission.USER_EXPORT, Risk.HIGH
    user: User
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        person = await leaving.person(session, record.id)
        found = await erasing.count(session, person, (THEIRS, PlatformBase.metadata), (OURS, Base.metadata))
        numbers = {one.called: found[one.table] for one in (*THEIRS, *OURS) if one.table in found}
        return Impact(
            facts=(
                who_fact(record),
                fact("In the file", in_numbers(numbers)),
                fact("For", "only the person who asks, as a direct message; nobody else gets it"),
                fact("After", "Slack's copy of the file is deleted after a day; other copies are not"),
            ),
            context={"user": data(record)},
        )

    async def lock(self, session: AsyncSession) -> None:
        """Nobody is erased meanwhile; of the platform's rows none is changed, and none is locked."""
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await current(session, self.user.id)
        request = {"user": str(record.id), "asker": str(by)}
        return Outcome(
            data={"asker": str(by)},
            old={"exported": False},
            new={"exported": True},
            effects=(EffectRequest("file to whoever asked", "export", request),),
        )
