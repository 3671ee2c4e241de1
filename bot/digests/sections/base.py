"""What all sections share: how urgent something is, the time looked at, and the same time in earlier weeks."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.actions.impact import Fact
from bot.digests.unusual import Compared
from bot.errors import BotError
from bot.personal import Part
from bot.reports import Report, Span

DAY = dt.timedelta(days=1)
WEEKS = 4
NIGHT_BEGINS, NIGHT_ENDS = dt.time(20), dt.time(8)  # local


class Level(StrEnum):
    """How urgent; the order is that of the digest."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True)
class Item:
    """Something that needs somebody. `section` names where its details are."""

    level: Level
    parts: tuple[Part, ...]
    section: str


@dataclass(frozen=True)
class Window:
    """The moment of a report, in its zone; the day and the night before it, and how far it looks back."""

    now: dt.datetime
    zone: ZoneInfo
    span: Span = Span.NIGHT

    @property
    def day(self) -> tuple[dt.datetime, dt.datetime]:
        return self.now - DAY, self.now

    @property
    def night(self) -> tuple[dt.datetime, dt.datetime]:
        """The newest night that has begun: from 20:00 to 08:00, or to now as long as it lasts."""
        begins = self._local(NIGHT_BEGINS, 0)
        ends = self._local(NIGHT_ENDS, 1)
        if begins > self.now:
            begins, ends = self._local(NIGHT_BEGINS, -1), self._local(NIGHT_ENDS, 0)
        return begins, min(ends, self.now)

    @property
    def working_day(self) -> tuple[dt.datetime, dt.datetime]:
        """From the end of the last night to now."""
        begins = self._local(NIGHT_ENDS, 0)
        return (begins if begins < self.now else self._local(NIGHT_ENDS, -1)), self.now

    @property
    def lately(self) -> tuple[dt.datetime, dt.datetime]:
        """What a daily report is about: the night, or the day after it."""
        return self.working_day if self.span is Span.DAY else self.night

    @property
    def today(self) -> dt.date:
        """The day there, which is not over yet."""
        return self.now.astimezone(self.zone).date()

    @property
    def past(self) -> tuple[dt.datetime, dt.datetime]:
        """As many whole days as the report looks back on, the last of them yesterday."""
        return self._local(dt.time(), -self.span.days), self._local(dt.time(), 0)

    @property
    def weekday(self) -> str:
        """Which day it is there."""
        return f"{self.now.astimezone(self.zone):%A}"

    @property
    def week_begins(self) -> dt.datetime:
        """Monday, at midnight."""
        return self._local(dt.time(), -self.now.astimezone(self.zone).weekday())

    def _local(self, time: dt.time, days: int) -> dt.datetime:
        date = self.now.astimezone(self.zone).date() + dt.timedelta(days=days)
        return dt.datetime.combine(date, time, self.zone)

    def earlier(self, span: tuple[dt.datetime, dt.datetime], weeks: int) -> tuple[dt.datetime, dt.datetime]:
        """The same local times, weeks before: also where the clocks changed in between."""
        begins, ends = (moment.astimezone(self.zone) - dt.timedelta(weeks=weeks) for moment in span)
        return begins, ends


class Section(ABC):
    """What one part of a digest has found. A file each, registered by being there; its lines are in a template each.

    Subclasses are frozen dataclasses of facts alone.
    """

    name: ClassVar[str]
    """Names its template and its details; unique. A report lists those that it has (`bot/reports`)."""
    at_the_end_of: ClassVar[tuple[str, ...]] = ()
    """The reports that have it without listing it."""
    title: ClassVar[str] = ""
    """What its details are called."""
    shows: ClassVar[str] = ""
    """What the button says that opens them; empty: it has none."""
    drawn_by: ClassVar[str] = ""
    """Which template draws it, where that is not one of its own."""
    always: ClassVar[bool] = False
    """Also where there is nothing else to say."""

    @classmethod
    @abstractmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        """The facts as they are."""

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """What is behind its lines."""
        return []

    @property
    def template(self) -> str:
        return f"digests/sections/{self.drawn_by or self.name}.j2"

    def items(self) -> list[Item]:
        """What needs somebody."""
        return []

    def compared(self) -> list[Compared]:
        """Figures beside their own last four weeks: what is unusual among them comes first."""
        return []

    @property
    def calm(self) -> str:
        """What the one line of a quiet time says of it; empty: nothing."""
        return ""

    @property
    def eventful(self) -> bool:
        """Something happened that the digest tells although nothing needs anybody: else a quiet night is one line."""
        return False

    @property
    def worth_a_look(self) -> bool:
        """Its details are offered although it needs nobody."""
        return False


class DuplicateSection(BotError):
    """Two files claim the same name."""


SECTIONS: dict[str, type[Section]] = {}
Kind = TypeVar("Kind", bound=type[Section])


def section(kind: Kind) -> Kind:
    """Class decorator. Raises `DuplicateSection`."""
    if kind.name in SECTIONS:
        raise DuplicateSection(
            f"{kind.name} is defined twice: in {SECTIONS[kind.name].__module__} and in {kind.__module__}"
        )
    SECTIONS[kind.name] = kind
    return kind


def sections_of(report: Report) -> list[type[Section]]:
    """In order: those that the report lists, then those that say themselves that they stand at its end."""
    listed = [SECTIONS[name] for name in report.sections]
    return [*listed, *(one for one in SECTIONS.values() if report.name in one.at_the_end_of and one not in listed)]


@dataclass(frozen=True)
class Weekly:
    """A count, and the same one in each of the last four weeks that the records reach back to."""

    count: int
    earlier: tuple[int, ...]
    of: str = "day"
    """What it is compared with: `Monday`."""

    @property
    def usual(self) -> str | None:
        """The range of the earlier ones, in words."""
        if not self.earlier:
            return None
        low, high = min(self.earlier), max(self.earlier)
        return f"{low:,}" if low == high else f"{low:,}–{high:,}"

    def beside(self, what: str) -> Compared:
        """The same, for telling whether it is unusual."""
        return Compared(what, self.count, self.earlier, self.of)


async def weekly(
    session: AsyncSession,
    at: InstrumentedAttribute[dt.datetime] | InstrumentedAttribute[dt.datetime | None],
    window: Window,
    span: tuple[dt.datetime, dt.datetime],
    *conditions: ColumnElement[bool],
) -> Weekly:
    """Rows with `at` in the span, and in the same span of the weeks before: one range of an index each."""
    spans = [window.earlier(span, weeks) for weeks in range(WEEKS + 1)]
    counts = [
        select(func.count()).where(at >= begins, at < ends, *conditions).scalar_subquery() for begins, ends in spans
    ]
    oldest = select(func.min(at)).where(*conditions).scalar_subquery()
    *numbers, since = (await session.execute(select(*counts, oldest))).one()
    before = zip(numbers[1:], spans[1:], strict=True)
    known = tuple(number for number, (begins, _) in before if since and since <= begins)
    return Weekly(numbers[0], known, window.weekday)


def most_urgent(items: Sequence[Item]) -> list[Item]:
    """Red before yellow before green; within one level in the order of the sections."""
    return sorted(items, key=lambda item: item.level.rank)
