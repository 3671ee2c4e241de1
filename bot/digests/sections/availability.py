"""How long each service was up, by the measurements of its days; and how slow it usually was."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.figures.history import History, history, periods
from bot.digests.sections.base import Item, Level, Section, Window, section

AIM = 0.999  # platform.md
SHOWN = 5


@dataclass(frozen=True)
class Up:
    """One service. `share` of its measurements did not find it down; None: it was not measured."""

    name: str
    share: float
    p95_ms: float | None

    @property
    def missed(self) -> bool:
        return self.share < AIM

    @property
    def described(self) -> str:
        slow = f", p95 {self.p95_ms:,.0f} ms" if self.p95_ms is not None else ""
        return f"{self.name} {self.share:.2%}{slow}"


@section
@dataclass(frozen=True)
class Availability(Section):
    """All services that were measured."""

    name: ClassVar[str] = "availability"

    services: tuple[Up, ...]
    """The worst first."""

    @property
    def described(self) -> str:
        """Those that were found down, and how many were not."""
        down = [one for one in self.services if one.share < 1]
        rest = len(self.services) - len(down)
        said = [one.described for one in down[:SHOWN]]
        if len(down) > SHOWN:
            said.append(f"{len(down) - SHOWN} more below 100%")
        if rest:
            said.append(f"{'the other' if down else 'all'} {rest} up in every measurement")
        return " · ".join(said) or "not counted yet"

    def items(self) -> list[Item]:
        said = f"was up for less than {AIM:.1%} of the time"
        return [
            Item(Level.YELLOW, (f"{one.name} {said}: {one.share:.2%}",), self.name)
            for one in self.services
            if one.missed
        ]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        [span] = periods(window.today, window.span.days, 1)
        figures = ("services.measured", "services.down", "services.p95")
        found = await history(session, window.zone.key, figures, *span)
        return cls(tuple(sorted(_all(found, span), key=lambda one: (one.share, one.name))))


def _all(found: History, span: tuple[dt.date, dt.date]) -> Iterator[Up]:
    for name in found.subjects("services.measured"):
        measured = found.total("services.measured", *span, name)
        slow = [one for one in found.by_day("services.p95", *span, name) if one]
        yield Up(name, 1 - found.total("services.down", *span, name) / measured, median(slow) if slow else None)
