"""What was before a change, for the step that takes it back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter


@dataclass(frozen=True)
class AsItWas(Parameter):
    """Columns before a change, and as that left them: only the bot itself says this, to take it back."""

    label: ClassVar[str] = "As it was"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "how it was before"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = ""

    was: dict[str, Any] = field(hash=False)
    left: dict[str, Any] = field(hash=False)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        raise InvalidParameter(parameter, "You can't type this: use the button on the card of the change.")

    def dump(self) -> str:
        return json.dumps({"was": self.was, "left": self.left}, sort_keys=True)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(**json.loads(str(dumped)))


@dataclass(frozen=True)
class EachAsItWas(Parameter):
    """Columns of each before a change, and as that left them: only the bot itself says this, to take it back."""

    label: ClassVar[str] = AsItWas.label
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = AsItWas.explanation
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = ""

    each: Mapping[str, AsItWas] = field(hash=False)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        raise InvalidParameter(parameter, "You can't type this: use the button on the card of the change.")

    def dump(self) -> str:
        return json.dumps({one: before.dump() for one, before in self.each.items()}, sort_keys=True)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls({one: await AsItWas.load(was, session) for one, was in json.loads(str(dumped)).items()})
