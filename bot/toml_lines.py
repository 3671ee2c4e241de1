"""On which line of a TOML text each entry stands: `tomllib` reads values and forgets where they were."""

import functools
import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""Keys from the outside in; of an array of tables which one, from 0."""
BARE = re.compile(r"[A-Za-z0-9_-]+")


@functools.lru_cache(maxsize=4)
def lines(source: str) -> Mapping[Path, int]:
    """The line of every table and key, counted from 1. `source` is valid TOML.

    An inline table or array over several lines stands where it begins. Each line is read by itself, which takes
    several times as long as the whole: so of a text that is read again the lines are remembered.
    """
    found: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    for line, statement, parsed in _statements(source):
        if statement.lstrip().startswith("["):
            table = _header(parsed, arrays)
            paths = [table]
        else:
            paths = [(*table, *path) for path in _paths(parsed)]
        for path in paths:
            for length in range(1, len(path) + 1):
                found.setdefault(path[:length], line)
    return found


def line_of(known: Mapping[Path, int], path: Path) -> int | None:
    """The line of an entry, or of the innermost one around it that is in the text; None where there is none."""
    return next((known[part] for length in range(len(path), 0, -1) if (part := path[:length]) in known), None)


def name_of(path: Path) -> str:
    """As it is written in the file: `actions."staff.suspend".quorum`; of several which one, from 0."""
    return ".".join(part if BARE.fullmatch(part) else f'"{part}"' for part in map(str, path))


def _statements(source: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Each header and each key with its value, however many lines it takes, after the number of its first line; and
    what it says.
    """
    pending, began = "", 1
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        began = began if pending else number
        pending += line
        try:
            parsed = tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        yield began, pending, parsed
        pending = ""


def _header(parsed: Mapping[str, Any], arrays: dict[Path, int]) -> Path:
    """The path of `[a.b]` or `[[a.b]]`, read as if it stood alone; of an array of tables also which one it is."""
    path: Path = ()
    inner: Any = parsed
    while inner:
        if isinstance(inner, list):  # one more of these
            arrays[path] = arrays.get(path, -1) + 1
            return (*path, arrays[path])
        key = next(iter(inner))
        path, inner = (*path, key), inner[key]
        if path in arrays and not isinstance(inner, list):
            path = (*path, arrays[path])
    return path


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """All entries of a value, whatever is inside them after them."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from itertools.chain.from_iterable(_paths(one, (*path, key)) for key, one in inside)
