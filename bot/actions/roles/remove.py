"""`role remove finance from @staffer because …`: at once; whoever loses the last role loses admin access."""

from collections.abc import Collection, Sequence
from typing import Annotated

from bot.actions.declared import introduced_by
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.actions.roles.change import RoleChange, listed
from bot.errors import NothingToDo, Suggestion
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.platform.staff import StaffRecord
from bot.platform.staff_roles import HeldRole
from bot.targets.role import RolesHeld
from bot.targets.staff import Staffer


@register
class RemoveRole(RoleChange):
    """Remove a role from a staff member. If no role is left, admin access and sessions end."""

    name, verb, says = "staff.remove_role", "role remove", "remove"
    also = ("take", "take away", "unassign")
    containment = True
    roles: RolesHeld
    staffer: Annotated[Staffer, introduced_by("from")]
    duration: Term | None
    reason: Reason

    def gains(self, held: Collection[str]) -> frozenset[str]:
        return frozenset()

    def losses(self, held: Collection[str]) -> frozenset[str]:
        return self.roles.held_of(held)

    def nothing(self, record: StaffRecord, held: Sequence[HeldRole]) -> NothingToDo:
        if self.roles.whole:
            return NothingToDo(f"{record.name} has no role. Nothing was done.")
        given = {"staffer": self.staffer.dump(), "reason": self.reason.text}
        return NothingToDo(
            f"{record.name} does not have {self.roles.shown}. They have: {listed(held)}. Nothing was done.",
            suggestions=[
                Suggestion(f"Remove {one.role.replace('_', ' ')}", self.verb, {**given, "roles": one.role})
                for one in held
            ],
        )

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("suspend",)
