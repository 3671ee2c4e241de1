"""Reading what was counted: some figures of some days, in one statement however long history is."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import DailyFigure, FigureMark

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class History:
    """Figures by day. A day that is counted and not there had none."""

    days: Mapping[tuple[str, str], Mapping[dt.date, float]] = field(default_factory=dict)
    """By figure and subject."""
    counted: Mapping[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    """By source: the first day that is counted, and the first that is not yet."""

    def knows(self, figure: str, begins: dt.date, ends: dt.date) -> bool:
        """Whether all of these days are counted; `ends` is the day after."""
        since, until = self.counted.get(figure.partition(".")[0], (dt.date.max, dt.date.min))
        return since <= begins and ends <= until

    def subjects(self, figure: str) -> list[str]:
        return sorted(subject for name, subject in self.days if name == figure)

    def by_day(self, figure: str, begins: dt.date, ends: dt.date, subject: str | None = None) -> list[float]:
        """One number a day; of all subjects together unless one is named."""
        of = [days for (name, whose), days in self.days.items() if name == figure and subject in (None, whose)]
        number = (ends - begins).days
        return [sum(one.get(begins + n * DAY, 0.0) for one in of) for n in range(number)]

    def total(self, figure: str, begins: dt.date, ends: dt.date, subject: str | None = None) -> float:
        return sum(self.by_day(figure, begins, ends, subject))


async def history(
    session: AsyncSession, zone: str, figures: Collection[str], begins: dt.date, ends: dt.date
) -> History:
    """These figures of the days from `begins` to before `ends`: a range of one index each, and how far is counted."""
    rows = await session.execute(
        select(DailyFigure.figure, DailyFigure.subject, DailyFigure.day, DailyFigure.value).where(
            DailyFigure.zone == zone,
            DailyFigure.figure.in_(figures),
            DailyFigure.day >= begins,
            DailyFigure.day < ends,
        )
    )
    days: dict[tuple[str, str], dict[dt.date, float]] = {}
    for figure, subject, day, value in rows:
        days.setdefault((figure, subject), {})[day] = value
    return History(days, await marks(session, zone))


async def marks(session: AsyncSession, zone: str) -> Mapping[str, tuple[dt.date, dt.date]]:
    """How far each source is counted."""
    rows = await session.execute(
        select(FigureMark.source, FigureMark.since, FigureMark.until).where(FigureMark.zone == zone)
    )
    return {source: (since, until) for source, since, until in rows}


def periods(ends: dt.date, days: int, number: int) -> Sequence[tuple[dt.date, dt.date]]:
    """So many periods of so many days, newest first; each with its first day and the day after its last."""
    return [(ends - dt.timedelta(days * (n + 1)), ends - dt.timedelta(days * n)) for n in range(number)]
