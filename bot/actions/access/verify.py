"""`verify @staffer`: what the platform itself would let them do, beside what our rows say of it."""

import datetime as dt
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.outside import Outside
from bot.actions.registry import register
from bot.actions.roles.change import held_parts
from bot.actions.staff.facts import current
from bot.errors import Unavailable
from bot.holds.reads import clock
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import staff, staff_roles
from bot.policy import Risk
from bot.targets.staff import Staffer

IDLE = dt.timedelta(minutes=30)  # after which the platform ends an admin session


@register
class Verify(Action):
    """Compare what the platform says about a staff member (sign-in, roles, sessions) with our records."""

    name, verb = "staff.verify", "verify"
    also = ("check access", "verify access")
    offered_as = "verify somebody's access"
    permission, risk = Permission.STAFF_INVESTIGATE, Risk.READ
    shows_people = True
    staffer: Staffer

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("activity", "revoke")

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        held = await staff_roles.held_roles(session, record.id)
        oldest = await clock(session) - IDLE
        used = [one for one in await staff.active_sessions(session, record.id) if one.last_seen > oldest]
        gets_in = record.may_act and bool(held)
        return Impact(
            facts=(
                fact("Name", Personal(personal="person", value=record.name)),
                fact("Address", Personal(personal="email", value=record.email)),
                fact("Account", record.status if record.is_active else f"{record.status}, not active as staff"),
                fact("Sign-in", "allowed" if gets_in else "refused"),
                fact("Roles", *held_parts(held)),
                fact("Sessions", f"{len(used) if gets_in else 0} active"),
            ),
            context={
                "staffer": {"id": str(record.id), "name": record.name},
                "ours": {
                    "may": gets_in,
                    "roles": sorted(one.role for one in held) if gets_in else [],
                    "sessions": len(used) if gets_in else 0,
                },
            },
        )

    async def asked(self, outside: Outside, impact: Impact) -> dict[str, Any]:
        """What it would answer to that person's own requests; None where nobody answers."""
        if outside.platform is None:
            return {
                "answer": None,
                "why": "I cannot ask the platform about this. Ask whoever runs this bot to set PLATFORM_URL.",
            }
        try:
            answer = await outside.platform.access(self.staffer.id)
        except Unavailable as error:
            return {"answer": None, "why": f"{error} So I cannot say what is in force there. Try again."}
        said = {
            "may": answer.may_sign_in,
            "roles": sorted(answer.roles),
            "in_sessions": sorted(answer.session_roles),
            "sessions": answer.sessions,
            "at": answer.at,
        }
        return {"answer": said, "why": None}
