"""What a setting becomes, how long it is watched, and which category of them."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, did_you_mean, quoted, required
from bot.parameters.before import AsItWas
from bot.platform import settings
from bot.platform.settings import Setting
from bot.words import listed


@dataclass(frozen=True)
class NewValue(Parameter):
    """What a setting becomes, as it is typed; what it means depends on the setting."""

    label: ClassVar[str] = "To what"
    usage: ClassVar[str] = "to value"
    keywords: ClassVar[tuple[str, ...]] = ("to",)
    example: ClassVar[str] = "25"
    explanation: ClassVar[str] = "the new value: a number, on or off, a word or text; lists and objects as JSON"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "A number, on, off, a text, or JSON"

    text: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say the new value, such as “to 30”.")
        found = await settings.load(lookup.session, (lookup.arguments.get("setting") or "").strip())
        if found is not None:
            typed_for(found, typed, parameter)
        return cls(typed)

    def dump(self) -> str:
        return self.text

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


def typed_for(setting: Setting, text: str, parameter: str = "to") -> Any:
    """The value that a text means for a setting. Raises `InvalidParameter`."""
    if setting.sensitive:
        raise InvalidParameter(
            parameter, f"{setting.key} is sensitive. It is not shown here and cannot be set here: change it in Vault."
        )
    try:
        return setting.typed(text)
    except ValueError as error:
        raise InvalidParameter(parameter, f"{quoted(text)} is not right for {setting.key}. {error}") from None


@dataclass(frozen=True)
class Category(Parameter):
    """A category of settings."""

    label: ClassVar[str] = "Category"
    usage: ClassVar[str] = "category"
    example: ClassVar[str] = "security"
    explanation: ClassVar[str] = "only those of one category, such as security; if you name none: all"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type a category; empty: all"

    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which category, such as security.").lower()
        known = await settings.categories(lookup.session)
        if typed not in known:
            close = did_you_mean(get_close_matches(typed, known, n=1, cutoff=0.6))
            raise InvalidParameter(
                parameter, f"There is no category {quoted(typed)}. {close or f'The categories are {listed(known)}.'}"
            )
        return cls(typed)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return [Choice((one,), one) for one in await settings.categories(session) if typed.strip().lower() in one]

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@dataclass(frozen=True)
class ValueAsItWas(AsItWas):
    """A setting before a change, and as that left it."""
