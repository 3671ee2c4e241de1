"""Trouble on order: what the Web API does wrong next, first in, first out, per method."""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal, get_args

FaultKind = Literal["ratelimited", "error", "lost", "slow", "refuse"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`lost` takes effect and then cuts the connection; `slow` waits `seconds` before it works."""

    kind: FaultKind
    retry_after: int = 1
    seconds: float = 1.0
    error: str = "fatal_error"


class Faults:
    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        if fault.kind not in get_args(FaultKind):
            raise ValueError(f"no such fault: {fault.kind}")
        self._waiting[method].extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        waiting = self._waiting[method]
        return waiting.popleft() if waiting else None

    def clear(self) -> None:
        self._waiting.clear()
