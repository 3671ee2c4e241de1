"""What a witness is told, and what it has to promise."""

from typing import ClassVar, Protocol

from bot.audit.seals import Seal


class NotTold(Exception):
    """The witness did not accept it, or nobody knows. It is tried again; twice the same line is one."""


class Witness(Protocol):
    """Keeps what it is told."""

    name: ClassVar[str]

    async def tell(self, seal: Seal) -> None:
        """Have it kept, within seconds. Raises `NotTold`, without an address or a password in it."""
        ...
