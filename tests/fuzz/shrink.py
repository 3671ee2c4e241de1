"""As little of a payload as still goes wrong."""

import copy
from collections.abc import Awaitable, Callable
from typing import Any

from tests.fuzz.mutate import places

MOST = 300  # attempts
StillWrong = Callable[[Any], Awaitable[bool]]


async def least(payload: Any, still_wrong: StillWrong) -> Any:
    """The payload without whatever it can do without, the largest parts first; `still_wrong` tries one."""
    attempts, again = 0, True
    while again and attempts < MOST:
        again = False
        for path in _paths(payload):
            attempts += 1
            smaller = _without(payload, path)
            if attempts < MOST and await still_wrong(smaller):
                payload, again = smaller, True
                break
    return payload


def _paths(tree: Any) -> list[tuple[Any, ...]]:
    known: dict[int, tuple[Any, ...]] = {id(tree): ()}
    found = []
    for holder, key in places(tree):
        found.append(path := (*known[id(holder)], key))
        known[id(holder[key])] = path
    return found


def _without(tree: Any, path: tuple[Any, ...]) -> Any:
    smaller = copy.deepcopy(tree)
    holder = smaller
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return smaller
