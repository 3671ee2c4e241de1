"""What a source of daily figures is: one statement that counts some days, and how far back there is any to count."""

from dataclasses import dataclass

from sqlalchemy import TextClause, text

from bot.errors import BotError


@dataclass(frozen=True)
class Figure:
    """One thing that is counted each day."""

    name: str
    """`mails.sent`: unique; its source's name is before the dot."""
    what: str
    """As people say it of many: `mails sent`."""
    least: int = 20
    """A smaller difference between weeks matters to nobody."""


@dataclass(frozen=True)
class Source:
    """Some figures that one statement counts."""

    name: str
    figures: tuple[Figure, ...]
    statement: TextClause
    """Rows of figure, subject, day, value, for the local days from `:begins` to before `:ends` (instants) in `:zone`.

    It reads no more than those days, by an index of that time; where the platform has none, the table once a day.
    """
    oldest: TextClause
    """The time of the oldest record; null where there is none."""


class DuplicateSource(BotError):
    """Two files claim the same name."""


SOURCES: dict[str, Source] = {}
FIGURES: dict[str, Figure] = {}


def source(name: str, figures: tuple[Figure, ...], *, counts: str, oldest: str) -> Source:
    """Register one. Raises `DuplicateSource`."""
    if name in SOURCES:
        raise DuplicateSource(f"the source of figures {name} is defined twice")
    SOURCES[name] = Source(name, figures, text(counts), text(oldest))
    FIGURES.update({one.name: one for one in figures})
    return SOURCES[name]
