"""Small changes to a JSON value that keep most of its structure: what is around them still leads deep into the code.

Each takes a generator of random numbers and a fresh copy of the value, and changes that copy in place.
"""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.fuzz import values

MOST = 300_000  # characters of a payload, from which on nothing is added to it
Place = tuple[Any, Any]  # what holds it, and under which key or index
Mutation = Callable[[random.Random, Any], None]


def places(tree: Any) -> Iterator[Place]:
    """Every place in it that holds a value, outermost first."""
    waiting = [tree]
    for holder in waiting:
        keys = holder if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in list(keys):
            yield holder, key
            waiting.append(holder[key])


def place(rng: random.Random, tree: Any, kind: type | tuple[type, ...] = object) -> Place | None:
    """One at random whose value is of the kind."""
    found = [(holder, key) for holder, key in places(tree) if isinstance(holder[key], kind)]
    return rng.choice(found) if found else None


def weight(tree: Any) -> int:
    """About how many characters it has as JSON."""
    return sum(len(value) if isinstance(value := holder[key], str) else 4 for holder, key in places(tree))


def odd(rng: random.Random, tree: Any) -> None:
    """Anything becomes something odd."""
    if at := place(rng, tree):
        at[0][at[1]] = values.value(rng)


def odd_text(rng: random.Random, tree: Any) -> None:
    """A text becomes an odd one."""
    if at := place(rng, tree, str):
        at[0][at[1]] = values.text(rng)


def sprinkled(rng: random.Random, tree: Any) -> None:
    """Something hostile within a text."""
    if at := place(rng, tree, str):
        was, where = at[0][at[1]], rng.randrange(len(at[0][at[1]]) + 1)
        at[0][at[1]] = was[:where] + rng.choice((*values.HOSTILE, *values.CANARIES)) + was[where:]


def missing(rng: random.Random, tree: Any) -> None:
    """Something is not there."""
    if at := place(rng, tree):
        del at[0][at[1]]


def renamed(rng: random.Random, tree: Any) -> None:
    """A key is written another way."""
    if (at := place(rng, tree)) and isinstance(at[1], str):
        changed = rng.choice((at[1].upper(), at[1] + " ", at[1] + "\x00", "", at[1] * 2, "__proto__"))
        at[0][changed] = at[0].pop(at[1])


def said_again(rng: random.Random, tree: Any) -> None:
    """A key stands there twice, the second time with something odd."""
    if (at := place(rng, tree)) and isinstance(at[1], str):
        at[0][at[1] + values.AGAIN] = values.value(rng)


def added(rng: random.Random, tree: Any) -> None:
    """Something nobody knows."""
    if at := place(rng, tree, dict):
        at[0][at[1]][values.text(rng)[:60]] = values.value(rng)


def wrapped(rng: random.Random, tree: Any) -> None:
    """A value in a list or an object of its own."""
    if at := place(rng, tree):
        was = at[0][at[1]]
        at[0][at[1]] = rng.choice(([was], {"id": was}, [was, copy.deepcopy(was)], [[was]]))


def unwrapped(rng: random.Random, tree: Any) -> None:
    """An object or a list gives way to one of its own values, or to text."""
    if at := place(rng, tree, (dict, list)):
        inner = at[0][at[1]]
        kept = list(inner.values()) if isinstance(inner, dict) else inner
        at[0][at[1]] = rng.choice(kept) if kept else ""


def swapped(rng: random.Random, tree: Any) -> None:
    """Two texts change places."""
    one, other = place(rng, tree, str), place(rng, tree, str)
    if one and other:
        one[0][one[1]], other[0][other[1]] = other[0][other[1]], one[0][one[1]]


def many(rng: random.Random, tree: Any) -> None:
    """A list has far more in it, or nothing."""
    times = rng.choice((0, 2, 101))
    if (at := place(rng, tree, list)) and weight(at[0][at[1]]) * times < MOST:
        at[0][at[1]] = [copy.deepcopy(one) for _ in range(times) for one in at[0][at[1]]]


# Texts more often: most of what goes wrong does so there.
MUTATIONS: tuple[Mutation, ...] = (
    *(odd, odd_text, odd_text, sprinkled, sprinkled, missing, renamed),
    *(said_again, added, wrapped, unwrapped, swapped, many),
)


def mutated(rng: random.Random, tree: Any, times: int) -> tuple[Any, list[str]]:
    """A copy with so many changes, fewer where it grew too large, and what they are called."""
    changed, names = copy.deepcopy(tree), []
    for _ in range(times):
        if weight(changed) > MOST:
            break
        mutation = rng.choice(MUTATIONS)
        mutation(rng, changed)
        names.append(mutation.__name__)
    return changed, names


def with_people(tree: Any, people: dict[str, str]) -> Any:
    """A copy in which somebody else acts: each value that is one of these ids is the other."""
    changed = copy.deepcopy(tree)
    for holder, key in places(changed):
        if isinstance(holder[key], str):
            holder[key] = people.get(holder[key], holder[key])
    return changed
