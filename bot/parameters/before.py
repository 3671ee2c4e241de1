"""What was before a change, for the step that takes it back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.untyped import Untyped


@dataclass(frozen=True)
class AsItWas(Untyped):
    """Columns before a change, and as that left them: only the bot itself says this, to take it back."""

    label: ClassVar[str] = "As it was"
    explanation: ClassVar[str] = "how it was before"

    was: dict[str, Any] = field(hash=False)
    left: dict[str, Any] = field(hash=False)

    def dump(self) -> str:
        return json.dumps({"was": self.was, "left": self.left}, sort_keys=True)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(**json.loads(str(dumped)))


@dataclass(frozen=True)
class EachAsItWas(Untyped):
    """Columns of each before a change, and as that left them: only the bot itself says this, to take it back."""

    label: ClassVar[str] = AsItWas.label
    explanation: ClassVar[str] = AsItWas.explanation

    each: Mapping[str, AsItWas] = field(hash=False)

    def dump(self) -> str:
        return json.dumps({one: before.dump() for one, before in self.each.items()}, sort_keys=True)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls({one: await AsItWas.load(was, session) for one, was in json.loads(str(dumped)).items()})
