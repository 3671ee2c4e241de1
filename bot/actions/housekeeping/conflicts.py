"""`conflicts`: what contradicts itself in the platform's tables, each with the command that mends it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.housekeeping import facts
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.parameters.base import Control, Lookup, Parameter
from bot.permissions import Permission
from bot.platform import conflicts as contradictions  # noqa: F401 - declares them
from bot.platform import findings, staff
from bot.platform.findings import SHOWN, Finding, Found, Result, of_row
from bot.platform.staff import StaffRecord
from bot.policy import Exclusion, Risk
from bot.words import listed, plain

EXCLUDED = Finding(
    "roles-that-exclude-each-other",
    "conflicts",
    "Colleagues with roles that one person must not have together",
    says="{colleague} is {roles}: {because}",
    mends="role remove {role} from {id} because {because}",
    sql="",
)


@dataclass(frozen=True)
class Rules(Parameter):
    """Which roles exclude each other, as the policy has it; nobody types it."""

    label: ClassVar[str] = "Rules"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    control: ClassVar[Control] = "line"
    explanation: ClassVar[str] = "the roles that exclude each other, by the policy"

    exclusive: tuple[Exclusion, ...] = ()

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        return cls(lookup.exclusive)

    def dump(self) -> str:
        return json.dumps([one.model_dump(mode="json") for one in self.exclusive])

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(tuple(Exclusion.model_validate(one) for one in json.loads(dumped)))


@register
class ShowConflicts(Action):
    """Show conflicts in roles, in limits and in the data of tenants, each with the command that repairs it."""

    name, verb = "integrity.conflicts", "conflicts"
    also = ("contradictions", "clashes")
    offered_as = "look for conflicts"
    permission, risk = Permission.INTEGRITY_READ, Risk.READ
    shows_people = True
    target = "integrity:conflicts"
    rules: Rules

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("integrity",)

    def people_in(self, impact: Impact) -> tuple[str, ...]:
        return facts.people_in(impact)

    async def preview(self, session: AsyncSession) -> Impact:
        excluded = [*self._excluded(await staff.everybody(session))]
        first = [Result(EXCLUDED, len(excluded), tuple(excluded[:SHOWN]))] if excluded else []
        return facts.impact_of([*first, *await findings.look(session, "conflicts")])

    def _excluded(self, people: list[StaffRecord]) -> Iterator[Found]:
        """Whom the platform gave such roles itself: through the bot nobody gets them (`access.keep_apart`)."""
        for person in people:
            for rule in self.rules.exclusive:
                if rule.broken_by(person.roles):
                    both = [role for role in (rule.role, *rule.others) if role in person.roles]
                    row = {"id": person.id, "colleague": person.name, "roles": listed(map(plain, both))}
                    yield of_row(EXCLUDED, {**row, "role": both[-1], "because": rule.because})
