"""What only the bot itself says: it stands in the plans that it makes, and nobody types it."""

from typing import ClassVar, Self

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter


class Untyped(Parameter):
    """Base of such parameters: without a word in the grammar, a field in a form or an example; typed, it is refused."""

    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = ""
    instead: ClassVar[str] = "Use the button on the card of the change"
    """What somebody does who wants it."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        raise InvalidParameter(parameter, f"You can't type this. {cls.instead}.")
