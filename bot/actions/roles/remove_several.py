"""`roles remove finance from @staffer, @oncall because …`, `… where role=support`: each is a step by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.roles.remove import RemoveRole
from bot.errors import InvalidParameter, NothingToDo
from bot.parameters.base import Lookup, Reason, quoted, unescape
from bot.parameters.conditions import Fields, OneOf
from bot.permissions import Permission
from bot.platform import staff, staff_roles
from bot.platform.tables.people import UserStatus
from bot.policy import Risk, Stakes
from bot.targets.base import Several, Target
from bot.targets.role import RolesHeld
from bot.targets.staff import Staffer
from bot.words import counted, listed, plain


async def _roles(session: AsyncSession) -> Mapping[str, str]:
    """By each way to write it the role."""
    names = await staff_roles.role_names(session)
    return {written: name for name in names for written in (plain(name).lower(), name.replace("_", "-"), name)}


@dataclass(frozen=True)
class Staffers(Several[Staffer]):
    """Several staff members: `@staffer, @oncall`, or by what they have in common: `role=support`."""

    of: ClassVar[type[Target]] = Staffer
    label: ClassVar[str] = "Staff members"
    usage: ClassVar[str] = "@staffer, @oncall"
    example: ClassVar[str] = "@staffer, @oncall"
    explanation: ClassVar[str] = (
        "staff members, separated by commas: mentions, addresses or names; "
        "or the word “where” and conditions, such as role=support status=suspended (all must be true)"
    )
    hint: ClassVar[str] = "Type a name or address"
    fields: ClassVar[Fields] = Fields(
        "staff member",
        "role=support status=suspended",
        {
            "role": OneOf(staff.with_role, _roles, "with the role {}"),
            "status": OneOf(staff.with_status, get_args(UserStatus), "who are {}"),
        },
    )

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip()
        if not cls.fields.begins(typed):
            return await super().resolve(parameter, raw, lookup)
        conditions = await cls.fields.read(parameter, typed, lookup)
        found = await Staffer.that_are(lookup.session, cls.fields.sql(conditions))
        if not found:
            raise InvalidParameter(parameter, f"No staff member matches {quoted(typed)}. Nothing was done.")
        if len(found) > cls.most:
            text = f"These are {len(found)} staff members. Nothing was done: choose at most {cls.most} at once."
            raise InvalidParameter(parameter, text)
        return cls(tuple(found))


@register
class RemoveRoles(Composite):
    """Remove a role from several staff members, one after the other. Those who do not have it are left out."""

    name, verb, says = "staff.remove_role_several", "roles remove", "remove"
    also = ("take roles",)
    offered_as = "remove a role from several people"
    permission, risk = Permission.ROLE_CHANGE, Risk.HIGH
    target = "staff:several"
    containment = True
    roles: RolesHeld
    people: Annotated[Staffers, introduced_by("from", "where")]
    reason: Reason

    @classmethod
    def usually(cls) -> Stakes:
        return Stakes(RemoveRole.name, cls.risk, containment=True)

    @property
    def _which(self) -> str:
        return "a role" if self.roles.whole else self.roles.shown

    @property
    def _holding(self) -> list[Staffer]:
        return [one for one in self.people.found if self.roles.held_of(one.roles)]

    async def steps(self, session: AsyncSession) -> Sequence[Action]:
        if not self._holding:
            raise NothingToDo(f"None of them has {self._which}. Nothing was done.")
        return [RemoveRole(roles=self.roles, staffer=one, reason=self.reason) for one in self._holding]

    async def preview(self, session: AsyncSession) -> Impact:
        without = [one.name for one in self.people.found if one not in self._holding]
        people = counted(len(self._holding), "person", "people")
        return Impact(
            facts=(
                fact("From", listed(one.name for one in self._holding), bound=True),
                *([fact("Left out", listed(without), f": without {self._which}")] if without else []),
            ),
            context={"roles": self.roles.shown, "people": people},
            affected=len(self._holding),
        )
