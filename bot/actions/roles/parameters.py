"""Roles of staff, by name: one, several, or all that somebody holds."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.parameters.base import Choice, Control, Lookup, Parameter, did_you_mean, quoted, unescape
from bot.errors import InvalidParameter, MissingParameter
from bot.permissions import Permission
from bot.platform import staff_roles

EVERY = "all"
BETWEEN = re.compile(r"\s*,\s*|\s+and\s+", re.IGNORECASE)


def spelled(name: str) -> str:
    """A role as the platform spells it: `User manager` is user_manager."""
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


@dataclass(frozen=True)
class Roles(Parameter):
    """One role or several of them: `user_manager`, `finance, support`."""

    label: ClassVar[str] = "Role"
    usage: ClassVar[str] = "role"
    example: ClassVar[str] = "user_manager"
    explanation: ClassVar[str] = "a role such as user_manager, or several with commas between; /pm roles shows them"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the name of a role"
    every: ClassVar[bool] = False
    """Whether `all` is a role to name."""

    names: tuple[str, ...]
    whole: bool = False
    """All that somebody holds are meant, whichever these are."""

    def of(self, held: Collection[str]) -> frozenset[str]:
        """Those of somebody's roles that are meant."""
        return frozenset(held) if self.whole else frozenset(held) & frozenset(self.names)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip(" ,")
        if not typed:
            raise MissingParameter(parameter, "Say which role, such as user_manager. /pm roles shows them all.")
        if cls.every and typed.lower() == EVERY:
            return cls((), whole=True)
        known = await staff_roles.role_names(lookup.session)
        wanted = [spelled(one) for one in BETWEEN.split(typed) if one.strip()]
        for name in wanted:
            if name not in known:
                raise cls._unknown(parameter, name, known, lookup)
        return cls(tuple(dict.fromkeys(wanted)))

    @classmethod
    def _unknown(cls, parameter: str, name: str, known: Collection[str], lookup: Lookup) -> InvalidParameter:
        close = get_close_matches(name, known, n=2, cutoff=0.6)
        return InvalidParameter(
            parameter,
            f"There is no role {quoted(name)}. {did_you_mean(close) or 'The roles: ' + ', '.join(known) + '.'}",
            suggestions=[lookup.instead(parameter, one, one) for one in close],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        if Permission.STAFF_READ not in permissions:
            return []
        names = [*await staff_roles.role_names(session), *([EVERY] if cls.every else [])]
        return [Choice((name.replace("_", " "),), name) for name in names if spelled(typed) in name]

    @property
    def shown(self) -> str:
        return EVERY if self.whole else ", ".join(name.replace("_", " ") for name in self.names)

    def dump(self) -> str:
        return EVERY if self.whole else ", ".join(self.names)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls((), whole=True) if dumped == EVERY else cls(tuple(BETWEEN.split(str(dumped))))


@dataclass(frozen=True)
class RolesHeld(Roles):
    """Roles that are taken: some, or `all`."""

    example: ClassVar[str] = "finance"
    explanation: ClassVar[str] = "a role such as finance, several with commas between, or all for every role they hold"
    every: ClassVar[bool] = True
