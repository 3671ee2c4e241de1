"""Something that has a name, and one of a few words that are known beforehand."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, quoted, required
from bot.words import listed


class Named(Parameter):
    """What is stored as its name. Subclasses are frozen dataclasses with that field."""

    name: str

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))  # type: ignore[call-arg]


class Known(Named):
    """One of a few known words, which a form offers as a menu."""

    control: ClassVar[Control] = "choose"
    by_looks: ClassVar[bool] = True
    words: ClassVar[Mapping[Any, str]]
    """Each with what it means, or what it is called."""
    what: ClassVar[str]
    """What one of them is: `severity`."""

    @classmethod
    def meant(cls, raw: str) -> str | None:
        """The one that this spells."""
        typed = " ".join(raw.lower().replace("_", " ").split())
        return next((str(name) for name, said in cls.words.items() if typed in (name.lower(), said.lower())), None)

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return cls.meant(raw) is not None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say which {cls.what}: {listed(cls.words, 'or')}.")
        if (name := cls.meant(typed)) is None:
            raise InvalidParameter(
                parameter, f"There is no {cls.what} {quoted(typed)}. Say {listed(cls.words, 'or')}. Nothing was done."
            )
        return cls(name)  # type: ignore[call-arg]

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        wanted = typed.lower()
        found = [Choice((cls.entry(name),), str(name)) for name in cls.words if wanted in cls.entry(name).lower()]
        return found or [Choice((cls.entry(name),), str(name)) for name in cls.words]

    @classmethod
    def entry(cls, name: Any) -> str:
        """As a menu shows it."""
        return f"{name}: {cls.words[name]}"
