"""`role set support for @staffer because …`: exactly these roles, whichever there were."""

from collections.abc import Collection, Sequence
from typing import Annotated

from bot.actions.declared import introduced_by
from bot.actions.registry import register
from bot.actions.roles.change import RoleChange, listed
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.platform.staff import StaffRecord
from bot.platform.staff_roles import HeldRole
from bot.targets.role import Roles
from bot.targets.staff import Staffer


@register
class SetRole(RoleChange):
    """Give a staff member exactly these roles and remove all others."""

    name, verb, says = "staff.set_role", "role set", "set"
    grants = True
    roles: Roles
    staffer: Annotated[Staffer, introduced_by("for")]
    duration: Term | None
    reason: Reason

    def gains(self, held: Collection[str]) -> frozenset[str]:
        return frozenset(self.roles.names) - frozenset(held)

    def losses(self, held: Collection[str]) -> frozenset[str]:
        return frozenset(held) - frozenset(self.roles.names)

    def nothing(self, record: StaffRecord, held: Sequence[HeldRole]) -> NothingToDo:
        return NothingToDo(f"{record.name} already has exactly these roles: {listed(held)}. Nothing was done.")
