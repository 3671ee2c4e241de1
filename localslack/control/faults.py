"""Trouble on order: exact faults of the next calls, and standing ones that strike by chance until switched off.

Chance comes from a seed: for every switch and every method (or kind of delivery) there is a stream of its own, so
the same seed and the same sequence of calls of a method meet the same faults, whatever else happens in between.
"""

import fnmatch
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal, get_args

from localslack.control.switches import Switch, all_switches
from localslack.workspace.model import Json

FaultKind = Literal["ratelimited", "error", "lost", "slow", "refuse"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`lost` takes effect and then cuts the connection; `slow` waits `seconds` before it works."""

    kind: FaultKind
    retry_after: int = 1
    seconds: float = 1.0
    error: str = "fatal_error"


CALL_FAULTS = {
    "revoked_token": Fault("refuse", error="token_revoked"),
    "expired_trigger": Fault("refuse", error="expired_trigger_id"),
    "rate_limits": Fault("ratelimited"),
    "server_errors": Fault("error"),
    "lost_answers": Fault("lost"),
    "slow_answers": Fault("slow"),
}


class Faults:
    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._switches = {switch.name: switch for switch in all_switches()}
        self._streams: dict[tuple[str, str], Random] = {}
        self._followers: defaultdict[str, list[Callable[[bool], None]]] = defaultdict(list)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        if fault.kind not in get_args(FaultKind):
            raise ValueError(f"no such fault: {fault.kind}")
        self._waiting[method].extend([fault] * times)

    def waiting(self) -> list[Json]:
        """The exact faults still to come: method, kind and how often."""
        counted: dict[tuple[str, str], int] = defaultdict(int)
        for method, faults in self._waiting.items():
            for fault in faults:
                counted[method, fault.kind] += 1
        return [{"method": method, "kind": kind, "times": times} for (method, kind), times in counted.items()]

    def take(self, method: str) -> Fault | None:
        """What goes wrong with this call: the next one ordered for the method, else what a switch that is on draws."""
        if waiting := self._waiting.get(method):
            return waiting.popleft()
        for name, fault in CALL_FAULTS.items():
            if (switch := self.drawn(name, method)) is not None:
                known = {key: value for key, value in switch.values.items() if hasattr(fault, key)}
                return replace(fault, **known)
        return None

    def drawn(self, name: str, what: str) -> Switch | None:
        """The switch when it is on and strikes this time; `what` is the method called or the kind of delivery."""
        switch = self._switches[name]
        if not switch.on or not _concerns(switch, what):
            return None
        share = switch.values.get("share", 1.0)
        if share < 1.0 and self._stream(name, what).random() >= share:
            return None
        switch.struck += 1
        return switch

    def _stream(self, name: str, what: str) -> Random:
        if (name, what) not in self._streams:
            self._streams[name, what] = Random(f"{self.seed}/{name}/{what}")
        return self._streams[name, what]

    def switches(self) -> list[Json]:
        """Every switch: name, label, description, on, struck (how often) and its parameters with their values."""
        return [switch.as_json() for switch in self._switches.values()]

    def switch(self, name: str, on: bool = True, **parameters: Any) -> Json:  # noqa: FBT001, FBT002 - it is the switch
        """Turn a standing fault on or off; parameters left out keep their values. Its JSON as in `switches()`.

        A name or parameter that does not exist, or a value of the wrong kind, raises ValueError.
        """
        switch = self._switches.get(name)
        if switch is None:
            raise ValueError(f"no fault {name!r}; there is {', '.join(self._switches)}")
        switch.set(parameters)
        switch.on = on
        for follow in self._followers[name]:
            follow(on)
        return switch.as_json()

    def value(self, name: str, parameter: str) -> Any:
        return self._switches[name].values[parameter]

    def follow(self, name: str, act: Callable[[bool], None]) -> None:
        """Have `act` called whenever this switch is turned, with whether it is on now."""
        self._followers[name].append(act)

    def reseed(self, seed: int) -> None:
        """Begin every stream of chance again, from this seed."""
        self.seed = seed
        self._streams.clear()

    def clear(self) -> None:
        """Order nothing any more: all switches off, nothing waiting, chance begun again."""
        self._waiting.clear()
        self._streams.clear()
        for name, switch in self._switches.items():
            if switch.on:
                self.switch(name, on=False)


def _concerns(switch: Switch, what: str) -> bool:
    pattern = switch.values.get("methods", "*")
    return fnmatch.fnmatchcase(what, pattern) and what not in switch.spares and (not switch.only or what in switch.only)
