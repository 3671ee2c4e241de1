"""Counting the days that are over: each once, and once more when the day after it is over, too.

Any number of clocks may do it at the same time: whoever holds a source's mark counts its next days, the others leave
it. Counting a day again changes nothing, and a clock that dies half-way leaves nothing behind.
"""

import datetime as dt
import importlib
import pkgutil
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests import figures
from bot.digests.figures.base import SOURCES, Source
from bot.holds.reads import clock
from bot.store.database import Database
from bot.store.models import DailyFigure, FigureMark

DAY = dt.timedelta(days=1)
AT_ONCE = dt.timedelta(days=31)  # in one transaction, while history is caught up on
FARTHEST = dt.timedelta(days=3 * 366)  # what is older nobody compares with

for module in pkgutil.iter_modules(figures.__path__, f"{figures.__name__}."):
    importlib.import_module(module.name)


async def count(database: Database, zone: str, now: dt.datetime | None = None) -> int:
    """Count what is over and not counted yet, a month of each source at most; how many days that were.

    `now`: the database's clock, unless given.
    """
    counted = 0
    for one in await _behind(database, zone, now):
        async with database.transaction() as session:
            counted += await _count_next(session, one, zone, await _today(session, zone, now))
    return counted


async def _behind(database: Database, zone: str, now: dt.datetime | None) -> list[Source]:
    """The sources of which a day is over that is not counted: one short statement while there is none."""
    async with database.snapshot() as session:
        today = await _today(session, zone, now)
        marks = select(FigureMark.source).where(FigureMark.zone == zone, FigureMark.until >= today)
        done = set(await session.scalars(marks))
    return [one for name, one in SOURCES.items() if name not in done]


async def _today(session: AsyncSession, zone: str, now: dt.datetime | None) -> dt.date:
    moment = now or await clock(session)
    return moment.astimezone(ZoneInfo(zone)).date()


async def _count_next(session: AsyncSession, one: Source, zone: str, today: dt.date) -> int:
    mark = await _mark(session, one, zone, today)
    if mark is None or mark.until >= today:
        return 0
    begins, ends = mark.settled, min(mark.settled + AT_ONCE, today)
    await _replace(session, one, zone, begins, ends)
    mark.until, mark.settled = ends, min(ends, max(mark.since, today - DAY))
    return (ends - begins).days


async def _mark(session: AsyncSession, one: Source, zone: str, today: dt.date) -> FigureMark | None:
    """Held until the commit; None while somebody else holds it."""
    mine = (FigureMark.source == one.name, FigureMark.zone == zone)
    if await session.scalar(select(FigureMark.source).where(*mine)) is None:
        oldest = await session.scalar(one.oldest)
        since = oldest.astimezone(ZoneInfo(zone)).date() if oldest else today
        since = min(max(since, today - FARTHEST), today)
        first = {"source": one.name, "zone": zone, "since": since, "until": since, "settled": since}
        await session.execute(insert_or_not(FigureMark).values(first).on_conflict_do_nothing())
    return await session.scalar(select(FigureMark).where(*mine).with_for_update(skip_locked=True))


async def _replace(session: AsyncSession, one: Source, zone: str, begins: dt.date, ends: dt.date) -> None:
    """The figures of these days, whatever stood there."""
    names = [each.name for each in one.figures]
    theirs = (
        DailyFigure.zone == zone,
        DailyFigure.figure.in_(names),
        DailyFigure.day >= begins,
        DailyFigure.day < ends,
    )
    await session.execute(delete(DailyFigure).where(*theirs))
    here = ZoneInfo(zone)
    span = {name: dt.datetime.combine(day, dt.time(), here) for name, day in (("begins", begins), ("ends", ends))}
    rows = await session.execute(one.statement, {**span, "zone": zone})
    found = [
        {"zone": zone, "figure": figure, "subject": subject, "day": day, "value": float(value)}
        for figure, subject, day, value in rows
    ]
    if found:
        await session.execute(insert(DailyFigure), found)
