"""Feature flags: by their key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, quoted
from bot.platform import flags
from bot.platform.flags import Flag
from bot.targets.base import Target


@dataclass(frozen=True)
class FlagKey(Target):
    """A flag, by its key."""

    kind: ClassVar[str] = "flag"
    noun: ClassVar[str] = "flag"
    such_as: ClassVar[str] = "ai-composer"
    otherwise: ClassVar[str] = "/pm flags shows all flags."
    label: ClassVar[str] = "Flag"
    usage: ClassVar[str] = "flag-key"
    example: ClassVar[str] = "ai-composer"
    explanation: ClassVar[str] = "a flag such as ai-composer; /pm flags shows them"
    hint: ClassVar[str] = "Type the key of a flag"

    name: str
    state: Flag = field(compare=False, repr=False)
    """As it was when it was read."""

    @property
    def id(self) -> str:
        return self.name

    async def lock(self, session: AsyncSession) -> None:
        await super().lock(session)
        await flags.load(session, self.name, hold=True)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        state = await flags.load(session, identifier)
        return cls(state.key, state) if state else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = {one.lower(): one for one in await flags.names(session)}
        found = known.get(typed.lower()) or known.get(re.sub(r"[\s_]+", "-", typed.lower()))
        return await cls._all(session, [found] if found else [])

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = {one.lower(): one for one in await flags.names(session)}
        return await cls._all(session, [known[one] for one in get_close_matches(typed.lower(), known, n=2, cutoff=0.5)])

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._all(session, [key for key in await flags.names(session) if typed.lower() in key.lower()])

    @classmethod
    def missing(cls, parameter: str) -> MissingParameter:
        return MissingParameter(parameter, f"Say which flag, such as {cls.such_as}. {cls.otherwise}")

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        first, _, rest = typed.partition(" ")
        if rest and await cls.find(lookup.session, first):
            return InvalidParameter(
                parameter, f"I understand {first}, but not {quoted(rest)} after it. Did you mean “for {rest}”?"
            )
        return await super().unknown(parameter, typed, lookup)

    @classmethod
    async def _all(cls, session: AsyncSession, keys: Sequence[str]) -> Sequence[Self]:
        found = [await cls.get(session, key) for key in keys]
        return [one for one in found if one is not None]
