"""Taking slots that are due: whichever clock is first defers the job, in the transaction that takes the slot."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.schedule import Due, Timetable
from bot.store.database import Database
from bot.store.models import Schedule, Slot, SlotOutcome
from bot.store.queue import DELIVERIES, Task, defer

POST = Task("digest", lane=DELIVERIES)


async def take(database: Database, schedules: Sequence[Timetable], now: dt.datetime | None = None) -> int:
    """Take the newest slot that is due of each schedule; how many were ours. `now`: the database's, unless given.

    Any number of clocks may call it at the same moment. After downtime the earlier ones are marked as missed.
    """
    if not schedules:
        return 0
    async with database.transaction() as session:
        moment = now or (await session.scalars(select(func.clock_timestamp(type_=Slot.due.type)))).one()
        known = await _known_since(session, schedules, moment)
        due = [slots for one in schedules if (slots := one.due(known[one.name], moment))]
        if not due:
            return 0
        return sum([await _take_newest(session, slots, moment) for slots in due])


async def _known_since(
    session: AsyncSession, schedules: Sequence[Timetable], now: dt.datetime
) -> dict[str, dt.datetime]:
    """By schedule, the moment up to which nothing is due any more: its beginning, or the last slot that was taken."""
    last = select(func.max(Slot.due)).where(Slot.schedule == Schedule.name).scalar_subquery()
    rows = await session.execute(
        select(Schedule.name, Schedule.rule, func.greatest(Schedule.since, last)).where(
            Schedule.name.in_([one.name for one in schedules])
        )
    )
    found = {(name, rule): since for name, rule, since in rows}
    for one in schedules:
        if (one.name, one.rule.identity) not in found:
            await session.execute(
                insert(Schedule).values(name=one.name, rule=one.rule.identity, since=now).on_conflict_do_nothing()
            )
    return {one.name: found.get((one.name, one.rule.identity), now) for one in schedules}


async def _take_newest(session: AsyncSession, due: Sequence[Due], now: dt.datetime) -> bool:
    """Take all of one schedule's slots: the newest to be posted, those before it as missed."""
    *earlier, newest = due
    missed = await _insert(session, earlier, SlotOutcome.MISSED, now, []) if earlier else []
    named = [one.local for one in earlier if (one.local_date, one.local_time) in missed]
    if not await _insert(session, [newest], SlotOutcome.TAKEN, now, named):
        return False
    await defer(
        session,
        POST,
        schedule=newest.schedule,
        local_date=newest.local_date.isoformat(),
        local_time=newest.local_time.isoformat(),
    )
    return True


async def _insert(
    session: AsyncSession, due: Sequence[Due], outcome: SlotOutcome, now: dt.datetime, missed: list[str]
) -> list[tuple[dt.date, dt.time]]:
    """Which of them nobody had taken (promise 12: the primary key decides). Oldest first, so that clocks queue up."""
    rows = [
        {
            "schedule": one.schedule,
            "local_date": one.local_date,
            "local_time": one.local_time,
            "id": uuid.uuid4(),
            "due": one.at,
            "taken": now,
            "outcome": outcome,
            "missed": missed,
        }
        for one in due
    ]
    statement = insert(Slot).values(rows).on_conflict_do_nothing()
    taken = await session.execute(statement.returning(Slot.local_date, Slot.local_time))
    return [(date, time) for date, time in taken]
