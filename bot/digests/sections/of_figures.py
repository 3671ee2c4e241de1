"""Sections made of daily figures: a week, a month or a quarter beside those before it. It is none by itself."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.charts import POINTS, Series, line_chart
from bot.digests.figures.base import FIGURES
from bot.digests.figures.history import DAY, History, history, periods
from bot.digests.sections.base import WEEKS, Section, Window
from bot.digests.unusual import Compared
from bot.reports import Span
from bot.store.models import JSON
from bot.words import listed

WEEK = 7


@dataclass(frozen=True)
class OfFigures(Section):
    """Counts of whole days, the last of them yesterday. Nothing is read but what was counted day by day."""

    drawn_by: ClassVar[str] = "figures"
    heading: ClassVar[str]
    wants: ClassVar[tuple[str, ...]]
    """The figures, in order."""
    charted: ClassVar[str] = ""
    """The figure that is drawn; empty: none is. Slack takes two charts in a message."""

    lines: tuple[Compared, ...]
    missing: tuple[str, ...]
    """Figures of which not all days are counted yet."""
    chart: JSON | None

    @property
    def waits(self) -> str:
        """What is not said yet, and why; empty: all is."""
        if not self.missing:
            return ""
        missing = listed(self.missing)
        return f"not yet counted for the whole time: {missing}; the clock process (pm clock) counts once a day"

    def compared(self) -> list[Compared]:
        return list(self.lines)

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        spans = periods(window.today, window.span.days, WEEKS + 1)
        found = await history(session, window.zone.key, cls.wants, spans[-1][0], window.today)
        known = [name for name in cls.wants if found.knows(name, *spans[0])]
        return cls(
            tuple(_compared(found, name, window) for name in known),
            tuple(FIGURES[name].what for name in cls.wants if name not in known),
            _chart(found, cls.charted, window) if cls.charted in known else None,
        )


def _compared(found: History, name: str, window: Window) -> Compared:
    newest, *before = periods(window.today, window.span.days, WEEKS + 1)
    earlier = tuple(round(found.total(name, *span)) for span in before if found.knows(name, *span))
    figure = FIGURES[name]
    return Compared(figure.what, round(found.total(name, *newest)), earlier, window.span.word, figure.least)


def _chart(found: History, name: str, window: Window) -> JSON:
    """A week by its days, above those before it; what is longer by its weeks."""
    what = FIGURES[name].what.capitalize()
    if window.span is Span.WEEK:
        spans = [one for one in periods(window.today, WEEK, WEEKS + 1) if found.knows(name, *one)]
        days = [f"{spans[0][0] + n * DAY:%a}" for n in range(WEEK)]
        series = [
            Series("this week" if n == 0 else f"from {span[0]:%-d %b}", _whole(found.by_day(name, *span)))
            for n, span in enumerate(spans)
        ]
        return line_chart(f"{what} a day", days, series, x="day", y=FIGURES[name].what)
    weeks = periods(window.today, WEEK, min(POINTS, window.span.days // WEEK * 2))
    known = [one for one in weeks if found.knows(name, *one)][::-1]
    numbers = [round(found.total(name, *one)) for one in known]
    return line_chart(
        f"{what} a week", [f"{one[0]:%-d %b}" for one in known], [Series(what, numbers)], x="week from", y=what
    )


def _whole(numbers: list[float]) -> list[int]:
    return [round(one) for one in numbers]
