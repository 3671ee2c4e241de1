"""`offboard @staffer because …`: whoever leaves loses every way in, and what they leave behind is listed."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.access.end_access import EndAccess
from bot.actions.base import Action
from bot.actions.cases import Case
from bot.actions.composite import Composite
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.roles.change import held_parts
from bot.actions.roles.remove import RemoveRole
from bot.actions.staff.facts import current, sessions_detail, sessions_fact, who_fact
from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.actions.staff.suspend import Suspend, may_open_again
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.people import handover
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Part
from bot.platform import staff, staff_roles
from bot.platform.staff import StaffRecord
from bot.policy import Risk, Stakes
from bot.targets.role import RolesHeld
from bot.targets.staff import Staffer

NAMED = 3  # of what is handed over, on the card; the others are among its details


@register
class Offboard(Composite):
    """End all access of a staff member who leaves, and list what has to be handed over.

    Limits damage in each of its steps, so whoever is on call may run it alone; it still takes somebody else to decide
    where there is time. Done in part, that part can be taken back; as a whole somebody is made staff again (`onboard`).
    """

    name, verb = "staff.offboard", "offboard"
    also = ("off board", "let go", "terminate")
    offered_as = "offboard somebody"
    permission, risk = Permission.STAFF_OFFBOARD, Risk.HIGH
    containment = True
    reversible = False
    staffer: Staffer
    reason: Reason

    voids_decisions_of = Action.about

    @property
    def stakes(self) -> Stakes:
        """Who may decide about each of their roles decides about all of it."""
        return Stakes(self.name, self.risk, containment=self.containment, concerns=self.staffer.roles)

    @classmethod
    async def cases(cls, session: AsyncSession, people: Sequence[StaffRecord], roles: Collection[str]) -> list[Case]:
        each = [cls(staffer=Staffer(one.id, one.name, one.roles), reason=Reason("-")) for one in people]
        return [Case(one.stakes, about=one.staffer.id, refuses=one.refuses) for one in each]

    def refuses(self, operator: Operator) -> str | None:
        if operator.id != self.staffer.id:
            return None
        return "You cannot offboard yourself. Nothing was done: ask somebody else whose roles allow it."

    async def steps(self, session: AsyncSession) -> Sequence[Action]:
        """Whatever of it is not so already."""
        record = await current(session, self.staffer.id)
        common = {"staffer": self.staffer, "reason": self.reason}
        open_account = record.status == "active"
        steps: list[Action] = []
        if open_account or await staff.active_sessions(session, record.id):
            steps.append(RevokeSessions(**common))
        if open_account or await may_open_again(session, record):
            steps.append(Suspend(**common))
        if await staff_roles.held_roles(session, record.id):
            steps.append(RemoveRole(roles=RolesHeld((), whole=True), duration=None, **common))
        if record.is_active:
            steps.append(EndAccess(**common))
        if not steps:
            raise NothingToDo(f"{record.name} already had no access, so nothing was done.")
        return steps

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        sessions = await staff.active_sessions(session, record.id)
        held = await staff_roles.held_roles(session, record.id)
        left = await handover.dependents(session, record.id)
        return Impact(
            facts=(
                who_fact(record),
                sessions_fact(sessions),
                fact("Roles", *held_parts(held)),
                fact("After", "no session, no sign-in, no role, no longer staff"),
                *_handed_over(left, NAMED),
                fact(
                    "Stays",
                    "what they did: audit entries for 7 years, operational logs for 90 days; the account, closed",
                ),
                fact("Not included", "Slack, mail and other systems: close the accounts there yourself"),
            ),
            details=(*sessions_detail(sessions), *_handed_over({k: v for k, v in left.items() if len(v) > NAMED})),
            context={"staffer": {"id": str(record.id), "name": record.name}, "left": sorted(left)},
        )


def _handed_over(left: dict[str, Sequence[Sequence[Part]]], named: int | None = None) -> list[Fact]:
    """A line for each kind, with the first so many of it by name."""
    if not left:
        return [fact("To hand over", "nothing that I know of")] if named else []
    return [fact(f"To hand over: {kind.lower()}", *_listed(some, named or len(some))) for kind, some in left.items()]


def _listed(some: Sequence[Sequence[Part]], named: int) -> list[Part]:
    parts: list[Part] = []
    for one in some[:named]:
        parts += [*(["; "] if parts else []), *one]
    return [*parts, f"; and {len(some) - named} more"] if len(some) > named else parts
