"""Links to what is in Slack: a message, or a file."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter, quoted, required, unescape

MESSAGE = re.compile(r"https?://[^\s/]+/archives/([CDG][A-Z0-9]+)/p([0-9]{6,12})([0-9]{6})(?:\?\S*)?")
FILE = re.compile(r"https?://[^\s/]+/files/(?:[A-Z0-9]+/)?(F[A-Z0-9]+)(?:/\S*)?")


@dataclass(frozen=True)
class SlackLink(Parameter):
    """A message or a file in Slack, by its link."""

    label: ClassVar[str] = "Link to a message or file"
    usage: ClassVar[str] = "https://…"
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "the link to a message or file in Slack: choose “Copy link” in its menu"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "In the menu of the message or file: Copy link"
    by_looks: ClassVar[bool] = True

    text: str

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return unescape(raw).startswith(("https://", "http://"))

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which message or file, by its link.")
        if not (MESSAGE.fullmatch(typed) or FILE.fullmatch(typed)):
            said = (
                f"{quoted(typed)} is not a link to a message or file in Slack. In the menu of the message "
                "or file, choose “Copy link”."
            )
            raise InvalidParameter(parameter, said)
        if (found := MESSAGE.fullmatch(typed)) and found[1].startswith("D"):
            said = "I cannot read a direct conversation. Type “saying”, and then the text of the message."
            raise InvalidParameter(parameter, said)
        return cls(typed)

    @property
    def message(self) -> tuple[str, str] | None:
        """The channel's id and the message's timestamp; None: it is a file."""
        found = MESSAGE.fullmatch(self.text)
        return (found[1], f"{found[2]}.{found[3]}") if found else None

    @property
    def file(self) -> str | None:
        """The file's id; None: it is a message."""
        found = FILE.fullmatch(self.text)
        return found[1] if found else None

    def dump(self) -> str:
        return self.text

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))
