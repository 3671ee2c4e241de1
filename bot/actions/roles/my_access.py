"""`my access`: one's own roles, what they allow, and what ends when."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register, registry
from bot.actions.roles.change import held_parts
from bot.actions.staff.facts import current, sessions_detail, sessions_fact
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import staff, staff_roles
from bot.policy import Risk
from bot.targets.staff import Asker


@register
class MyAccess(Action):
    """Show your own roles, until when you have them, and what they allow.

    Everybody may ask, quality too: one's own access is nobody's secret.
    """

    name, verb = "staff.my_access", "my access"
    also = ("whoami", "my roles", "my permissions")
    offered_as = "show my access"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    staffer: Asker

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        allowed = await staff.permissions(session, record.roles)
        sessions = await staff.active_sessions(session, record.id)
        verbs = sorted(one.verb for one in registry.by_name.values() if one.permission in allowed and one.verb)
        return Impact(
            facts=(
                fact("Account", record.name, " · ", Personal(personal="email", value=record.email)),
                fact("Roles", *held_parts(await staff_roles.held_roles(session, record.id))),
                fact("Can use", ", ".join(verbs) or "nothing"),
                fact("Personal data", "shown" if Permission.PERSONAL_READ in allowed else "masked"),
                sessions_fact(sessions).model_copy(update={"label": "Signed in"}),
            ),
            details=sessions_detail(sessions),
            context={"staffer": {"id": str(record.id), "name": record.name}},
        )
