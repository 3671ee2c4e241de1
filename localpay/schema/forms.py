"""Form encoding as Stripe's clients write it: `items[0][price]=price_1`, also in queries."""

import re
from collections.abc import Iterable

from localpay.errors import Json, Refusal

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
DEEPEST = 10
LONGEST = 1_000
"""How many places an array may have."""


def decoded(pairs: Iterable[tuple[str, str]]) -> Json:
    """Names and values as texts, objects and arrays; an array is an object whose keys are numbers. Raises `Refusal`."""
    found: Json = {}
    for name, value in pairs:
        *path, last = _path(name)
        place = found
        for part in path:
            place = _within(place, part, name)
        if isinstance(place.get(last), dict):
            raise _garbled(name)
        place[_next(place) if last == "" else last] = value
    return found


def _path(name: str) -> list[str]:
    match = KEY.fullmatch(name)
    parts = [] if match is None else [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if not 0 < len(parts) <= DEEPEST:
        raise _garbled(name)
    return parts


def _within(place: Json, part: str, name: str) -> Json:
    inner = place.setdefault(_next(place) if part == "" else part, {})
    if not isinstance(inner, dict):
        raise _garbled(name)
    return inner


def _next(place: Json) -> str:
    return str(len(place))


def _garbled(name: str) -> Refusal:
    return Refusal(f"Invalid parameter name: {name[:100]}", param=name[:100])


def places(found: Json, param: str) -> list[str]:
    """The keys of an array in their order. Raises `Refusal` where they are no numbers."""
    if not all(key.isdecimal() and key.isascii() for key in found) or len(found) > LONGEST:
        raise Refusal("Invalid array", param=param)
    return sorted(found, key=int)
