"""What an effect is sent through: the outside half, of which the pipeline knows nothing else."""

import datetime as dt
from typing import Any, ClassVar, Protocol

ONCE = "once"
"""In a request, what is needed to send it and forgotten as soon as that is done."""


class EffectFailed(Exception):
    """The other side answered no; nothing happened there."""


class EffectRefused(EffectFailed):
    """The same, in a sentence for people: cards and whoever asked read it as it is."""


class EffectNotYet(Exception):
    """Nothing was sent, for now; its words say why, within a sentence. The call is made later."""


class EffectAbsent(Exception):
    """The other side was asked, and has not heard of the call. A moment later it may have."""


class Integration(Protocol):
    """A system outside. Any other error than `EffectFailed` and `EffectNotYet` leaves the result unknown."""

    tells: ClassVar[bool]
    """Whether it can be asked what became of a call. Where it cannot, people look there and say so."""

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make the call, with `key` as its idempotency key; the answer to keep."""
        ...

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """Whether a call with this key, made at `sent`, arrived: its answer, or None where that cannot be told.

        Raises `EffectAbsent` where it surely has not arrived until now; any other error tells nothing.
        """
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...
