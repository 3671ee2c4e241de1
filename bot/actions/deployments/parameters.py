"""What is typed about deployments: a version."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter, quoted, required

WRITTEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,99}")


@dataclass(frozen=True)
class Version(Parameter):
    """A version, as CI calls it: a tag, a branch or a commit."""

    label: ClassVar[str] = "Version"
    usage: ClassVar[str] = "version 1.4.2"
    keywords: ClassVar[tuple[str, ...]] = ("version", "to")
    example: ClassVar[str] = "1.4.2"
    explanation: ClassVar[str] = "a version, as CI calls it: a tag, a branch or a commit"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "A tag, a branch or a commit, such as 1.4.2"

    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which version, such as 1.4.2.").removeprefix("to ")
        if not WRITTEN.fullmatch(typed):
            said = (
                f"{quoted(typed)} is not a valid version. Use only letters, digits and . _ + / - (no spaces), "
                "at most 100 characters."
            )
            raise InvalidParameter(parameter, said)
        return cls(typed)

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))
