"""What an effect is sent through: the outside half, of which the pipeline knows nothing else."""

from typing import Any, Protocol


class EffectFailed(Exception):
    """The other side answered no; nothing happened there."""


class EffectNotYet(Exception):
    """Nothing was sent: what the call needs is not there yet. It is made later."""


class Integration(Protocol):
    """A system outside. Any other error than `EffectFailed` and `EffectNotYet` leaves the result unknown."""

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make the call, with `key` as its idempotency key; the answer to keep."""
        ...

    async def look_up(self, key: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """Whether a call with this key arrived: its answer, or None while that cannot be told."""
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...
