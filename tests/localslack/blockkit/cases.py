"""How the oracles' cases are written: something to build, and the parts of it that have a limit."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from localslack.blockkit import Problem, Surface, check_blocks, check_view


class Part(NamedTuple):
    """A part of a payload that may be neither too small nor too large."""

    path: tuple[str | int, ...]
    most: int
    least: int = 0
    kind: Literal["text", "items", "number"] = "text"
    item: Callable[[], Any] = str  # one of the items, as the oracle builds it
    limited: bool = True  # False: `most` only bounds what is tried

    def sized(self, size: int) -> Any:
        """The oracle's value of that size."""
        if self.kind == "items":
            return [self.item() for _ in range(size)]
        return "x" * size if self.kind == "text" else size

    def pointer(self) -> str:
        return "".join(f"/{step}" for step in self.path)


class Case(NamedTuple):
    """`build` takes any of the parts by name and gives the oracle's object, as small as it may be."""

    name: str
    build: Callable[..., Any]
    parts: Mapping[str, Part]
    surface: Surface | Literal["view"] = "message"

    def check(self, payload: Any) -> list[Problem]:
        return check_view(payload) if self.surface == "view" else check_blocks([payload], self.surface)

    def root(self) -> str:
        return "/view" if self.surface == "view" else "/blocks/0"


def grown(payload: Any, part: Part, size: int) -> Any:
    """The payload with that part made of that size, whatever an oracle says to it."""
    head, *rest = part.path
    copy = payload.copy()
    if rest:
        copy[head] = grown(payload[head], part._replace(path=tuple(rest)), size)
    elif part.kind == "items":
        copy[head] = [_unnamed(payload[head][0])] * size
    else:
        copy[head] = part.sized(size)
    return copy


def _unnamed(item: Any) -> Any:
    return {name: held for name, held in item.items() if name != "block_id"} if isinstance(item, dict) else item


def text(*path: str | int, most: int, least: int = 0, limited: bool = True) -> Part:
    return Part((*path,), most, least, limited=limited)


def some(*path: str | int, most: int, least: int = 0, item: Callable[[], Any], limited: bool = True) -> Part:
    return Part((*path,), most, least, "items", item, limited)


def number(*path: str | int, least: int, most: int | None = None) -> Part:
    return Part((*path,), least + 1000 if most is None else most, least, "number", limited=most is not None)
