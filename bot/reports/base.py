"""What a report is: sections in order, how it begins, and its template."""

from dataclasses import dataclass
from enum import Enum


class Span(Enum):
    """How much time a report looks back on: its word, and about how many days it has."""

    DAY = ("day", 1)
    NIGHT = ("night", 1)
    WEEK = ("week", 7)
    MONTH = ("month", 30)
    QUARTER = ("quarter", 91)

    def __init__(self, word: str, days: int) -> None:
        self.word, self.days = word, days


@dataclass(frozen=True)
class Report:
    """One report. `REPORT` of its file."""

    name: str
    """As people type it: `end-of-day`."""
    summary: str
    """What it tells, for whoever chooses one: after "the"."""
    span: Span
    sections: tuple[str, ...]
    """Names of `bot/digests/sections`, in the order in which they stand."""
    at: str = "08:30"
    """When it is sent to whoever subscribes and says no time."""
    days: str = "mon-fri"
    """On which days then; as a schedule of the policy has them."""
    template: str = "digests/report.j2"
    lacks: tuple[str, ...] = ()
    """What belongs to it and cannot be measured yet, each with why."""
    witnesses: bool = False
    """The newest root of the audit trail stands at its foot: whoever has the message has a witness."""
    short: bool = True
    """It is one line where there is nothing to say."""

    def headline(self, things: int, red: int, unusual: int) -> str:
        """How it begins: how many things need somebody, how many of them now; else, how many figures are unusual."""
        if things == 0 and unusual:
            return "1 figure is unusual" if unusual == 1 else f"{unusual} figures are unusual"
        if things == 0:
            return f"Quiet {self.span.word}"
        if things == 1:
            return f"Quiet {self.span.word} except for one thing"
        return f"{things} things need attention" + (f", {red} of them now" if red else "")
