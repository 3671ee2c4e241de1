"""The last step of an offboarding: whoever is no longer staff has no admin access, whatever roles they are given."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, who_fact
from bot.errors import NothingToDo
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.platform.writes import ACCOUNTS, MEMBERS, SESSIONS
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.staff import Staffer


def _check(record: StaffRecord) -> None:
    if not record.is_active:
        raise NothingToDo(f"{record.name} is not active as staff. Nothing was done.")


@register
class EndAccess(Action):
    """End somebody's access as staff. It is one step of offboarding; there is no command for it alone."""

    name, verb, says = "staff.end_access", "", "end the access of"
    permission, risk = Permission.STAFF_OFFBOARD, Risk.HIGH
    writes = (ACCOUNTS, MEMBERS, SESSIONS)
    containment = True
    staffer: Staffer
    reason: Reason

    voids_decisions_of = Action.about
    removes_access_of = Action.about

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        _check(record)
        return Impact(
            facts=(who_fact(record), fact("After", "no longer staff: no admin access, whatever roles they have")),
            context={"staffer": {"id": str(record.id), "name": record.name}},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        _check(await current(session, self.staffer.id))
        await staff.set_active(session, self.staffer.id, active=False)
        ended = await staff.revoke_sessions(session, self.staffer.id, by)
        return Outcome(
            data={"sessions": [str(one) for one in ended]}, old={"is_active": True}, new={"is_active": False}
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "may_sign_in": (await current(session, self.staffer.id)).may_act}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.access(self.staffer.id)
        holds = answer.may_sign_in is outcome["may_sign_in"] and (answer.may_sign_in or not answer.sessions)
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return not (await current(session, self.staffer.id)).is_active
