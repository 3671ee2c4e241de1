"""The shortest list that still fails, as far as a budget of trials goes: greedy delta debugging."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def shrink(events: Sequence[T], fails: Callable[[Sequence[T]], Awaitable[bool]], budget: int) -> list[T]:
    """Leave out halves, then quarters, then single events, as long as what is left fails; at most `budget` trials."""
    left, size = list(events), max(1, len(events) // 2)
    while budget > 0 and left:
        start, removed = 0, False
        while start < len(left) and budget > 0:
            without = left[:start] + left[start + size :]
            budget -= 1
            if await fails(without):
                left, removed = without, True
            else:
                start += size
        if size == 1 and not removed:
            break
        size = size if removed and size == 1 else max(1, size // 2)
    return left
