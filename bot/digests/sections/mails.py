"""Mails sent per hour of the night, or of the day, against the same one of the weeks before."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.charts import Series, line_chart
from bot.digests.sections.base import WEEKS, Section, Window, section
from bot.digests.unusual import Compared
from bot.reports import Span
from bot.store.models import JSON

# By local hour: a night with an hour more or less than others still lies above them.
PER_HOUR = text(
    """
    SELECT span.week, extract(hour FROM sent AT TIME ZONE :zone)::int AS hour, count(*) AS mails
    FROM unnest(CAST(:weeks AS int[]), CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
         AS span (week, begins, ends)
    JOIN outbound_messages ON sent >= span.begins AND sent < span.ends
    GROUP BY 1, 2
    """
)


@dataclass(frozen=True)
class Night:
    """The mails of one night, or of one day, by hour."""

    begins: dt.date
    per_hour: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.per_hour)


@section
@dataclass(frozen=True)
class Mails(Section):
    """Tonight and up to four nights before it, newest first, hour by hour; at the end of a day that day's hours."""

    name: ClassVar[str] = "mails"

    hours: tuple[int, ...]
    tonight: Night
    earlier: tuple[Night, ...]
    by_day: bool = False

    @property
    def meanwhile(self) -> str:
        return "today" if self.by_day else "in the night"

    def compared(self) -> list[Compared]:
        of = f"{self.tonight.begins:%A}" + ("" if self.by_day else " night")
        return [Compared(f"mails sent {self.meanwhile}", self.tonight.total, tuple(n.total for n in self.earlier), of)]

    @property
    def chart(self) -> JSON | None:
        """Mails per hour; none where no mail is on record for any of the nights."""
        nights = [self.tonight, *self.earlier]
        if not any(night.total for night in nights):
            return None
        return line_chart(
            f"Mails sent per hour of the {'day' if self.by_day else 'night'}",
            [f"{hour:02}:00" for hour in self.hours],
            [Series(_named(night, place, by_day=self.by_day), night.per_hour) for place, night in enumerate(nights)],
            x="local time",
            y="mails",
        )

    @property
    def usual(self) -> str | None:
        totals = [night.total for night in self.earlier]
        return f"{min(totals):,}–{max(totals):,}" if totals else None

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        """One that the records do not reach back to is left out."""
        spans = [window.earlier(window.lately, weeks) for weeks in range(WEEKS + 1)]
        rows = await session.execute(
            PER_HOUR,
            {
                "zone": window.zone.key,
                "weeks": list(range(WEEKS + 1)),
                "begins": [begins for begins, _ in spans],
                "ends": [ends for _, ends in spans],
            },
        )
        counts = {(week, hour): mails for week, hour, mails in rows}
        since = await session.scalar(text("SELECT min(sent) FROM outbound_messages"))
        hours = _hours(*window.lately)
        nights = [
            Night(begins.date(), tuple(counts.get((week, hour), 0) for hour in hours))
            for week, (begins, _) in enumerate(spans)
            if week == 0 or (since is not None and since <= begins)
        ]
        return cls(hours, nights[0], tuple(nights[1:]), window.span is Span.DAY)


def _hours(begins: dt.datetime, ends: dt.datetime) -> tuple[int, ...]:
    """The local hours that have begun, in order."""
    length = ends.astimezone(begins.tzinfo).replace(tzinfo=None) - begins.replace(tzinfo=None)
    return tuple((begins.hour + n) % 24 for n in range(max(1, -(-length // dt.timedelta(hours=1)))))


def _named(night: Night, place: int, *, by_day: bool) -> str:
    if place == 0:
        return "today" if by_day else "tonight"
    return f"{night.begins:%a %-d %b}"
