"""How an action declares its parameters: as annotations, which grammar, form and help are read from."""

import inspect
from dataclasses import dataclass
from typing import Annotated, get_args, get_origin

from bot.parameters.base import Parameter


@dataclass(frozen=True)
class Introduced:
    """The words that introduce a parameter in one action, where others than its type's own: `to @staffer`."""

    by: tuple[str, ...]


def introduced_by(*words: str) -> Introduced:
    """Say in an annotation which words introduce a parameter: `Annotated[Staffer, …("to")]`."""
    return Introduced(words)


@dataclass(frozen=True)
class Declared:
    """A parameter as an action declares it."""

    kind: type[Parameter]
    optional: bool
    keywords: tuple[str, ...]
    usage: str

    @property
    def example(self) -> str:
        """As somebody might type it, with the word that introduces it; empty: it is left out."""
        word = f"{self.keywords[0]} " if self.keywords else ""
        return f"{word}{self.kind.example}" if self.kind.example else ""


def declared_by(hint: object) -> Declared | None:
    """What stands behind an annotation: `kind`, `kind | None`, either in `Annotated`; None for any other."""
    words = None
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        words = next((note.by for note in notes if isinstance(note, Introduced)), None)
    for kind in get_args(hint) or (hint,):
        if inspect.isclass(kind) and issubclass(kind, Parameter):
            usage = f"{words[0]} {_bare(kind)}" if words else kind.usage
            return Declared(kind, not inspect.isclass(hint), words or kind.keywords, usage)
    return None


def _bare(kind: type[Parameter]) -> str:
    """How it stands in a command, without the word that usually introduces it."""
    return kind.usage.removeprefix(f"{kind.keywords[0]} ") if kind.keywords else kind.usage
