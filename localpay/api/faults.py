"""Trouble with the API, on order: of the next calls, or by chance until it is switched off.

Chance comes from a seed, and each method has a stream of its own, so that the same seed and the same calls of a method
meet the same faults, whatever else is called in between.
"""

import fnmatch
from collections import defaultdict, deque
from dataclasses import asdict, dataclass
from random import Random
from typing import Literal, get_args

from localpay.errors import Json

FaultKind = Literal["ratelimited", "error", "failed", "acted_then_error", "lost", "slow", "hang"]
KINDS: dict[str, str] = {
    "ratelimited": "429; nothing was done, nothing is kept under the idempotency key",
    "error": "500 before anything began; nothing is kept under the key",
    "failed": "500 in the middle; nothing was done, and the key keeps the 500, as Stripe's do",
    "acted_then_error": "it was done, the answer is 500, and the key keeps the 500",
    "lost": "it was done, the connection ends without an answer; the key keeps the true one",
    "slow": "waits `seconds`, then works",
    "hang": "waits `seconds`, then the connection ends; nothing was done",
}


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    seconds: float = 1.0


@dataclass(slots=True)
class Standing:
    """A fault that strikes a `share` of the calls of the `methods` (a pattern) until it is switched off."""

    kind: FaultKind
    share: float
    methods: str
    seconds: float
    struck: int = 0


class Faults:
    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._standing: dict[str, Standing] = {}
        self._streams: dict[tuple[str, str], Random] = {}

    def order(self, method: str, kind: FaultKind, times: int = 1, *, seconds: float = 1.0) -> None:
        """The next `times` calls of the method ("refunds.create", or `*` for any) go wrong. Raises `ValueError`."""
        self._next[method].extend([Fault(_known(kind), seconds)] * times)

    def switch(
        self, kind: FaultKind, *, on: bool = True, share: float = 1.0, methods: str = "*", seconds: float = 1.0
    ) -> None:
        """Have it strike by chance from now on, or no more. Raises `ValueError`."""
        self._standing.pop(_known(kind), None)
        if not 0 <= share <= 1:
            raise ValueError(f"a share is between 0 and 1, not {share}")
        if on:
            self._standing[kind] = Standing(kind, share, methods, seconds)

    def clear(self) -> None:
        """Order nothing any more; chance begins anew."""
        self._next.clear()
        self._standing.clear()
        self._streams.clear()

    def take(self, method: str) -> Fault | None:
        """What goes wrong with this call."""
        for name in (method, "*"):
            if waiting := self._next.get(name):
                return waiting.popleft()
        for standing in self._standing.values():
            if fnmatch.fnmatchcase(method, standing.methods) and self._strikes(standing, method):
                standing.struck += 1
                return Fault(standing.kind, standing.seconds)
        return None

    def _strikes(self, standing: Standing, method: str) -> bool:
        key = standing.kind, method
        if key not in self._streams:
            self._streams[key] = Random(f"{self.seed}/{standing.kind}/{method}")
        return self._streams[key].random() < standing.share

    def as_json(self) -> Json:
        """What is ordered, and what each kind does."""
        waiting = [{"method": method, **asdict(one)} for method, faults in self._next.items() for one in faults]
        return {"next": waiting, "standing": [asdict(one) for one in self._standing.values()], "kinds": KINDS}


def _known(kind: FaultKind) -> FaultKind:
    if kind not in get_args(FaultKind):
        raise ValueError(f"no fault {kind!r}; there is {', '.join(get_args(FaultKind))}")
    return kind
