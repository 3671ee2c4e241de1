"""How people say durations, counts, names and lists of them: the same everywhere."""

import datetime as dt
from collections.abc import Iterable
from itertools import dropwhile

UNITS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}


def duration(time: dt.timedelta, units: int = len(UNITS), *, largest: str = "d") -> str:
    """`1 d 30 min`; to so many units from its first one on: to two `1 d` or `2 h 5 min`. `0 s` at least."""
    left, numbers = max(0, round(time.total_seconds())), []
    for unit, seconds in dropwhile(lambda one: one[0] != largest, UNITS.items()):
        number, left = divmod(left, seconds)
        numbers.append((number, unit))
    first = list(dropwhile(lambda one: not one[0], numbers))[:units]
    return " ".join(f"{number} {unit}" for number, unit in first if number) or "0 s"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 job`, `1,200 jobs`, `2 mailboxes`."""
    several = many or one + ("es" if one.endswith("x") else "s")
    return f"{number:,} {one if number == 1 else several}"


def size(number: int) -> str:
    """Of data, by its bytes: `812 bytes`, `12 kB`, `4.1 MB`."""
    if number < 1000:
        return counted(number, "byte")
    return f"{number / 1000:,.0f} kB" if number < 999_500 else f"{number / 1e6:,.1f} MB"


def times(number: int) -> str:
    """How often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def listed(names: Iterable[str], last: str = "and") -> str:
    """`Amara`, `Amara and Nadia`, `Amara, Nadia or Tomasz`; nothing of none."""
    *others, end = [*names] or [""]
    return f"{', '.join(others)} {last} {end}" if others else end


def plain(name: str) -> str:
    """A name that the platform spells for machines, as people say it: `user manager`, `past due`."""
    return name.replace("_", " ")


def sentence(words: str) -> str:
    """The words with which a sentence or a button begins: `GB of storage` stays as it is."""
    return f"{words[:1].upper()}{words[1:]}"


def roles(names: Iterable[str]) -> str:
    """`finance and user manager`."""
    return listed(map(plain, names))
