"""`who @staffer`: the first question of every incident."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, device
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import staff
from bot.policy import Risk
from bot.targets.staff import Staffer


@register
class Who(Action):
    """Show a staff member: roles, status, sessions, recent activity."""

    name, verb, says = "staff.who", "who", "look up"
    also = ("who is", "whois", "look up", "lookup", "show")
    offered_as = "look somebody up"
    permission, risk = Permission.STAFF_READ, Risk.READ
    group = Group("Staff and roles", 1)
    shows_people = True
    staffer: Staffer

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        suspended = impact is not None and impact.context["status"] == "suspended"
        return ("reinstate",) if suspended else ("revoke", "suspend")

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        sessions = await staff.active_sessions(session, record.id)
        activity = await staff.recent_activity(session, record.id)
        return Impact(
            facts=(
                fact("Name", Personal(personal="person", value=record.name)),
                fact("Address", Personal(personal="email", value=record.email)),
                fact("Status", record.status if record.is_active else f"{record.status}, not active as staff"),
                fact("Roles", record.roles_in_words),
            ),
            context={
                "status": record.status,
                "sessions": [
                    {"ip": one.ip, "device": device(one.user_agent), "seen": one.last_seen.timestamp()}
                    for one in sessions
                ],
                "activity": [{"at": one.at.timestamp(), "what": one.what, "ip": one.ip} for one in activity],
                "staffer": {"id": str(record.id), "name": record.name},
            },
        )
