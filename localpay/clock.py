"""What time it is at the local Stripe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DAY = 86_400


class Clock:
    """Seconds since 1970 as `source` tells them, and as much later as somebody let pass."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._held: int | None = None

    def now(self) -> int:
        return int(self._source() + self._ahead) if self._held is None else self._held

    def advance(self, seconds: float) -> None:
        """Let time pass; it cannot go back. Raises `ValueError`."""
        if seconds < 0:
            raise ValueError("time only goes on")
        self._ahead += seconds

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Inside, it is that moment: what was due in the meantime happens when it was due."""
        before, self._held = self._held, moment
        try:
            yield
        finally:
            self._held = before
