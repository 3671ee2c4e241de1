"""What carries each promise, and how to take it away: a constraint or right by SQL, a lock by a patch in Python.

`pytest tests/promises/test_promise_03_once.py --without executions_key` runs a promise's tests without its safeguard;
`test_safeguards.py` does so for every entry and demands that they fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Mutation:
    """One safeguard that is taken away. `tests`: the module (and -k expression) that must fail without it."""

    tests: str
    only: str = ""
    sql: str = ""
    patch: Callable[[pytest.MonkeyPatch], Any] | None = None


MUTATIONS: dict[str, Mutation] = {}


def mutation(name: str, **arguments: Any) -> None:
    """Register a safeguard; names are unique."""
    if name in MUTATIONS:
        raise ValueError(f"{name} is dropped twice")
    MUTATIONS[name] = Mutation(**arguments)
