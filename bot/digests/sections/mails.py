"""Mails sent per hour of the night, against the same night of the weeks before."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.charts import Series, line_chart
from bot.digests.sections.base import WEEKS, Section, Window, section
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
    """One night's mails, by hour."""

    begins: dt.date
    per_hour: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.per_hour)


@section
@dataclass(frozen=True)
class Mails(Section):
    """Tonight and up to four nights before it, newest first, hour by hour."""

    name: ClassVar[str] = "mails"
    place: ClassVar[int] = 80

    hours: tuple[int, ...]
    tonight: Night
    earlier: tuple[Night, ...]

    @property
    def chart(self) -> JSON | None:
        """Mails per hour; none where no mail is on record for any of the nights."""
        nights = [self.tonight, *self.earlier]
        if not any(night.total for night in nights):
            return None
        return line_chart(
            "Mails sent per hour of the night",
            [f"{hour:02}:00" for hour in self.hours],
            [Series(_named(night, place), night.per_hour) for place, night in enumerate(nights)],
            x="local time",
            y="mails",
        )

    @property
    def usual(self) -> str | None:
        totals = [night.total for night in self.earlier]
        return f"{min(totals):,}–{max(totals):,}" if totals else None

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        """A night that the records do not reach back to is left out."""
        spans = [window.earlier(window.night, weeks) for weeks in range(WEEKS + 1)]
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
        hours = _hours(*window.night)
        nights = [
            Night(begins.date(), tuple(counts.get((week, hour), 0) for hour in hours))
            for week, (begins, _) in enumerate(spans)
            if week == 0 or (since is not None and since <= begins)
        ]
        return cls(hours, nights[0], tuple(nights[1:]))


def _hours(begins: dt.datetime, ends: dt.datetime) -> tuple[int, ...]:
    """The local hours that have begun, in order."""
    length = ends.astimezone(begins.tzinfo).replace(tzinfo=None) - begins.replace(tzinfo=None)
    return tuple((begins.hour + n) % 24 for n in range(max(1, -(-length // dt.timedelta(hours=1)))))


def _named(night: Night, place: int) -> str:
    return "tonight" if place == 0 else f"{night.begins:%a %-d %b}"
