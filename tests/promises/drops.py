"""What carries each promise, and how to take it away: a constraint or right by SQL, a lock by a patch in Python.

`pytest tests/promises/test_promise_03_once.py --drop executions_key` runs a promise's tests without its carrier;
`test_carriers.py` does so for every entry and demands that they fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Drop:
    """One carrier that is taken away. `tests`: the module (and -k expression) that must fail without it."""

    tests: str
    only: str = ""
    sql: str = ""
    patch: Callable[[pytest.MonkeyPatch], Any] | None = None


DROPS: dict[str, Drop] = {}


def drop(name: str, **arguments: Any) -> None:
    """Register a carrier; names are unique."""
    if name in DROPS:
        raise ValueError(f"{name} is dropped twice")
    DROPS[name] = Drop(**arguments)
