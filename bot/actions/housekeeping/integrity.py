"""`integrity`: what is left over in the platform's tables, each with the command that mends it."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.housekeeping import facts
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.permissions import Permission
from bot.platform import findings
from bot.platform import integrity as leftovers  # noqa: F401 - declares them
from bot.policy import Risk


@register
class ShowIntegrity(Action):
    """Show leftovers on the platform, such as data of deleted tenants, and the commands that remove them."""

    name, verb = "integrity.show", "integrity"
    also = ("orphans", "leftovers", "check data", "data check")
    offered_as = "check the platform's tables"
    permission, risk = Permission.INTEGRITY_READ, Risk.READ
    group = Group("Housekeeping", 8)
    shows_people = True
    target = "integrity:all"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("conflicts",)

    def people_in(self, impact: Impact) -> tuple[str, ...]:
        return facts.people_in(impact)

    async def preview(self, session: AsyncSession) -> Impact:
        return facts.impact_of(await findings.look(session, "integrity"))
