"""Settings of the platform: by their key."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import MissingParameter
from bot.parameters.base import Lookup
from bot.platform import settings
from bot.platform.settings import Setting
from bot.targets.base import Target


@dataclass(frozen=True)
class SettingKey(Target):
    """A setting, by its key."""

    kind: ClassVar[str] = "setting"
    noun: ClassVar[str] = "setting"
    such_as: ClassVar[str] = "staff.session_idle_minutes"
    otherwise: ClassVar[str] = "/pm settings shows all settings."
    label: ClassVar[str] = "Setting"
    usage: ClassVar[str] = "setting-key"
    example: ClassVar[str] = "staff.session_idle_minutes"
    explanation: ClassVar[str] = "a setting such as staff.session_idle_minutes; /pm settings shows them"
    hint: ClassVar[str] = "Type the key of a setting"

    name: str
    state: Setting = field(compare=False, repr=False)
    """As it was when it was read."""

    @property
    def id(self) -> str:
        return self.name

    async def lock(self, session: AsyncSession) -> None:
        await super().lock(session)
        await settings.load(session, self.name, hold=True)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        state = await settings.load(session, identifier)
        return cls(state.key, state) if state else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = {one.lower(): one for one in await settings.names(session)}
        found = known.get(typed.lower()) or known.get(re.sub(r"[\s-]+", "_", typed.lower()))
        return await cls._all(session, [found] if found else [])

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = {one.lower(): one for one in await settings.names(session)}
        last = {name.rpartition(".")[2]: name for name in known}
        near = get_close_matches(typed.lower(), [*known, *last], n=2, cutoff=0.6)
        return await cls._all(session, list(dict.fromkeys(known[last.get(one, one)] for one in near)))

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._all(session, [key for key in await settings.names(session) if typed.lower() in key.lower()])

    @classmethod
    def missing(cls, parameter: str) -> MissingParameter:
        return MissingParameter(parameter, f"Say which setting, such as {cls.such_as}. {cls.otherwise}")

    @classmethod
    async def _all(cls, session: AsyncSession, keys: Sequence[str]) -> Sequence[Self]:
        found = [await cls.get(session, key) for key in keys]
        return [one for one in found if one is not None]


@dataclass(frozen=True)
class CarryingSetting(SettingKey):
    """A setting together with something that was known of it when it was asked for, and that a plan keeps."""

    carried: Any = field(default=None, hash=False)

    @classmethod
    async def carry(cls, session: AsyncSession, state: Setting) -> Any:
        """What is known now, as JSON; nothing, unless a kind of it says more."""
        return None

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        """Of a plan's own words what it keeps; of a key what is known now."""
        key, kept, carried = identifier.partition("=")
        state = await settings.load(session, key)
        if state is None:
            return None
        return cls(state.key, state, json.loads(carried) if kept else await cls.carry(session, state))

    def dump(self) -> str:
        return f"{self.name}={json.dumps(self.carried, sort_keys=True)}"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        """Whatever follows the key is left out: nobody types what was known."""
        return await super().resolve(parameter, (raw or "").partition("=")[0], lookup)
