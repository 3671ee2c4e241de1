"""How much there will be in four weeks, and how sure that is: so that what is too small is made larger before."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.charts import Series, line_chart
from bot.digests import forecast
from bot.digests.figures.base import FIGURES
from bot.digests.figures.history import DAY, History, history
from bot.digests.forecast import LONGEST, WEEK, Day, TooShort
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.store.models import JSON
from bot.words import counted

FORECAST = ("mails.sent", "jobs.done")
DRAWN = 12  # weeks before those that are expected


@dataclass(frozen=True)
class Outlook:
    """One figure: how much a day there is now, and how much is expected in the fourth week from now."""

    what: str
    counted: int
    """Whole days of history."""
    now: float
    highest: float
    """Of any day that is counted."""
    expected: Day | None
    """A day of the fourth week, on average; None: there is too little history for that."""

    @property
    def described(self) -> str:
        if self.expected is None:
            said = f"{counted(self.counted, 'day')} counted, {forecast.LEAST} are needed"
            return f"{self.what}: no forecast yet ({said})"
        one = self.expected
        between = f"on 80% of the days between {one.low:,.0f} and {one.high:,.0f}"
        return f"{self.what}: {self.now:,.0f} a day now, about {one.middle:,.0f} a day four weeks from now ({between})"

    @property
    def grows_beyond(self) -> bool:
        """A usual day will be more than any was so far."""
        return self.expected is not None and self.expected.middle > self.highest


@section
@dataclass(frozen=True)
class Capacity(Section):
    """Of what servers and queues are made for."""

    name: ClassVar[str] = "capacity"

    all: tuple[Outlook, ...]
    chart: JSON | None
    """Of the first one: so far, and as expected."""

    def items(self) -> list[Item]:
        return [
            Item(
                Level.YELLOW,
                (f"{one.described}: soon, the number on a normal day will be higher than on any day so far",),
                self.name,
            )
            for one in self.all
            if one.grows_beyond
        ]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins = window.today - dt.timedelta(days=LONGEST)
        found = await history(session, window.zone.key, FORECAST, begins, window.today)
        days = {name: _known(found, name, begins, window.today) for name in FORECAST}
        coming = {name: await asyncio.to_thread(_expected, some) for name, some in days.items()}
        outlooks = tuple(_outlook(name, days[name], coming[name]) for name in FORECAST)
        first = FORECAST[0]
        drawn = _chart(first, window.today, days[first], coming[first]) if coming[first] else None
        return cls(outlooks, drawn)


def _known(found: History, name: str, begins: dt.date, ends: dt.date) -> list[float]:
    """One number a day since counting began, unless the newest days are not counted yet."""
    since, until = found.counted.get(name.partition(".")[0], (ends, begins))
    return found.by_day(name, max(begins, since), ends) if until >= ends else []


def _expected(days: Sequence[float]) -> list[Day]:
    try:
        return forecast.forecast(days)
    except TooShort:
        return []


def _outlook(name: str, days: Sequence[float], coming: Sequence[Day]) -> Outlook:
    return Outlook(
        FIGURES[name].what,
        len(days),
        sum(days[-WEEK:]) / WEEK,
        max(days, default=0.0),
        _average(coming[-WEEK:]) if coming else None,
    )


def _average(days: Sequence[Day]) -> Day:
    each = zip(*((one.middle, one.low, one.high) for one in days), strict=True)
    return Day(*(sum(values) / len(days) for values in each))


def _chart(name: str, today: dt.date, days: Sequence[float], coming: Sequence[Day]) -> JSON:
    """Weeks: those before, in which all three lines are one, and those to come."""
    weeks = min(DRAWN, len(days) // WEEK)
    so_far = [sum(days[-WEEK * n : len(days) - WEEK * (n - 1)]) for n in range(weeks, 0, -1)]
    begins = [today + (n * WEEK) * DAY for n in range(-weeks, len(coming) // WEEK)]
    what = FIGURES[name].what
    lines = {"expected": "middle", "at most": "high", "at least": "low"}
    return line_chart(
        f"{what.capitalize()} a week, with the forecast for the next four weeks",
        [f"{one:%-d %b}" for one in begins],
        [Series(said, [round(one) for one in (*so_far, *_weeks(coming, of))]) for said, of in lines.items()],
        x="week from",
        y=what,
    )


def _weeks(coming: Sequence[Day], of: str) -> list[float]:
    return [sum(getattr(one, of) for one in coming[n : n + WEEK]) for n in range(0, len(coming), WEEK)]
