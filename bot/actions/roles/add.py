"""`role add user_manager to @staffer for 14d because …`: in force from their next sign-in."""

from collections.abc import Collection, Sequence
from typing import Annotated

from bot.actions.declared import introduced_by
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.actions.roles.change import RoleChange, with_end
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.platform.staff import StaffRecord
from bot.platform.staff_roles import HeldRole
from bot.targets.role import Roles
from bot.targets.staff import Staffer


@register
class AddRole(RoleChange):
    """Add a role to a staff member, temporarily or permanently."""

    name, verb, says = "staff.add_role", "role add", "add"
    also = ("give", "grant", "assign")
    grants = True
    roles: Roles
    staffer: Annotated[Staffer, introduced_by("to")]
    duration: Term | None
    reason: Reason

    def gains(self, held: Collection[str]) -> frozenset[str]:
        return frozenset(self.roles.names)

    def losses(self, held: Collection[str]) -> frozenset[str]:
        return frozenset()

    def nothing(self, record: StaffRecord, held: Sequence[HeldRole]) -> NothingToDo:
        there = ", ".join(with_end(one) for one in held if one.role in self.roles.names)
        return NothingToDo(f"{record.name} already has {there}. Nothing was done.")

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("who",)
