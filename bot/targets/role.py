"""Roles of staff: one, several, or all that somebody holds."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Choice, Lookup, did_you_mean, quoted, unescape
from bot.personal import Part
from bot.platform import staff_roles
from bot.targets.base import Several, Target
from bot.words import plain

EVERY = "all"


def spelled(name: str) -> str:
    """A role as the platform spells it: `User manager` is user_manager."""
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


@dataclass(frozen=True)
class Role(Target):
    """One role, by its name."""

    kind: ClassVar[str] = "role"
    noun: ClassVar[str] = "role"
    such_as: ClassVar[str] = "user_manager"
    label: ClassVar[str] = "Role"
    usage: ClassVar[str] = "role"
    example: ClassVar[str] = "user_manager"
    explanation: ClassVar[str] = "a role such as user_manager; /pm roles shows them"
    hint: ClassVar[str] = "Type the name of a role"

    name: str

    @property
    def id(self) -> str:
        return self.name

    @property
    def parts(self) -> tuple[Part, ...]:
        return (plain(self.name),)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        return cls(identifier) if identifier in await staff_roles.role_names(session) else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        name = spelled(typed)
        return [cls(name)] if name in await staff_roles.role_names(session) else []

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        near = get_close_matches(spelled(typed), await staff_roles.role_names(session), n=2, cutoff=0.6)
        return [cls(name) for name in near]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls(name) for name in await staff_roles.role_names(session) if spelled(typed) in name]

    @classmethod
    def missing(cls, parameter: str) -> MissingParameter:
        return MissingParameter(parameter, f"Say which role, such as {cls.such_as}. /pm roles shows them all.")

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        close = [one.name for one in await cls.close(lookup.session, typed)]
        there = ", ".join(await staff_roles.role_names(lookup.session))
        return InvalidParameter(
            parameter,
            f"There is no role {quoted(spelled(typed))}. {did_you_mean(close) or f'The roles: {there}.'}",
            suggestions=[lookup.instead(parameter, one, one) for one in close],
        )


@dataclass(frozen=True)
class Roles(Several[Role]):
    """One role or several of them: `user_manager`, `finance, support`."""

    of: ClassVar[type[Target]] = Role
    label: ClassVar[str] = "Role"
    usage: ClassVar[str] = "role"
    example: ClassVar[str] = "user_manager"
    explanation: ClassVar[str] = (
        "a role such as user_manager, or several, separated by commas; /pm roles shows all roles"
    )
    hint: ClassVar[str] = "Type the name of a role"

    whole: bool = False
    """All that somebody holds are meant, whichever these are."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.dump() for one in self.found)

    def held_of(self, held: Collection[str]) -> frozenset[str]:
        """Those of somebody's roles that are meant."""
        return frozenset(held) if self.whole else frozenset(held) & frozenset(self.names)


@dataclass(frozen=True)
class RolesHeld(Roles):
    """Roles that are taken: some, or `all`."""

    example: ClassVar[str] = "finance"
    explanation: ClassVar[str] = (
        "a role such as finance; several roles, separated by commas; or the word “all”, for all roles of the person"
    )

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        if unescape(raw or "").strip(" ,").lower() == EVERY:
            return cls((), whole=True)
        return await super().resolve(parameter, raw, lookup)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        every = [Choice((EVERY,), EVERY)] if spelled(typed) in EVERY else []
        return [*await super().matching(typed, session), *every]

    @property
    def shown(self) -> str:
        return EVERY if self.whole else super().shown

    @property
    def parts(self) -> tuple[Part, ...]:
        return (EVERY,) if self.whole else super().parts

    def dump(self) -> str:
        return EVERY if self.whole else super().dump()

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls((), whole=True) if dumped == EVERY else await super().load(dumped, session)
