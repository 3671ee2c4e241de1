"""`request finance for 4h because month end`: a role of one's own for a time, which whoever may give it decides."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.cases import Case
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.actions.roles.add import AddRole
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.platform.staff import StaffRecord
from bot.platform.staff_roles import HeldRole
from bot.policy import Stakes
from bot.targets.role import Role, Roles
from bot.targets.staff import Asker

USUAL = dt.timedelta(hours=4)


@dataclass(frozen=True)
class Loan(Term):
    """How long somebody needs a role that is not theirs: up to a week."""

    example: ClassVar[str] = "4h"
    usage: ClassVar[str] = "for 4h"
    explanation: ClassVar[str] = (
        "how long you need it, from 1 minute (1m) to 7 days (7d), or an end: until 18:00, until friday 9:00. "
        "Then the role ends automatically"
    )
    hint: ClassVar[str] = "30m, 4h or until 18:00"
    longest: ClassVar[dt.timedelta] = dt.timedelta(days=7)
    endless: ClassVar[str] = " For a longer time, somebody has to add the role with /pm role add."


@register
class RequestRole(AddRole):
    """Ask for a role for yourself for a limited time; it ends automatically.

    Everybody may ask. It is judged as adding the role to them, so those who may give it decide, and nobody alone.
    """

    name, verb, says = "staff.request_role", "request", "give"
    also = ("request access", "lend me", "get access")
    offered_as = "request access"
    permission = Permission.ACCESS_READ
    roles: Roles
    staffer: Asker
    duration: Loan
    reason: Reason

    @classmethod
    def usually(cls) -> Stakes:
        return replace(super().usually(), action=AddRole.name)

    @property
    def stakes(self) -> Stakes:
        return replace(super().stakes, action=AddRole.name)

    @classmethod
    async def cases(cls, session: AsyncSession, people: Sequence[StaffRecord], roles: Collection[str]) -> list[Case]:
        """Each role that somebody does not hold, asked for by themselves."""
        found = []
        for one in people:
            asker, only = Asker(one.id, one.name, one.roles), _only(one)
            for role in sorted(set(roles) - one.roles):
                asked = cls(roles=Roles((Role(role),)), staffer=asker, duration=Loan(USUAL), reason=Reason("-"))
                leaves = await asked.roles_after(session)
                found.append(Case(asked.stakes, asked.roles.dump(), one.id, leaves, refuses=only))
        return found

    def nothing(self, record: StaffRecord, held: Sequence[HeldRole]) -> NothingToDo:
        return NothingToDo(f"You already have {self.roles.shown}. Nothing was done: /pm my access shows until when.")

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("my access",)


def _only(one: StaffRecord) -> Callable[[Operator], str | None]:
    def refuses(operator: Operator) -> str | None:
        return (
            None
            if operator.id == one.id
            else "You can ask only for yourself. To give somebody else a role, type /pm role add."
        )

    return refuses
