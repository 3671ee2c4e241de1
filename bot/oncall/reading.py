"""Who is on call by PagerDuty's schedules, asked once a minute and kept with its age; away, the roster counts."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Unavailable
from bot.integrations.pagerduty.schedules import Entry, PagerDutySchedules
from bot.platform.models import User
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import OnCallAsked, OnCallEntry

EVERY = 60.0  # seconds
BACK = dt.timedelta(days=1)  # shifts of which the beginning is asked for
BEGINNING, END = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
# Others do not wait: whoever moves it forward asks.
CLAIM = text(
    """
    INSERT INTO pmbot.on_call_asked (id, asked) VALUES (1, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET asked = clock_timestamp()
    WHERE on_call_asked.asked <= clock_timestamp() - make_interval(secs => :every) RETURNING asked
    """
)


@dataclass(frozen=True)
class Reading:
    """Any number of clocks; one of them asks."""

    database: Database
    schedules: PagerDutySchedules
    policy: Policy

    async def sweep(self) -> int:
        """Ask if it is time; how many entries there are."""
        wanted = {one.pagerduty for one in self.policy.roster if one.pagerduty}
        if not wanted:
            return 0
        async with self.database.transaction() as session:
            moment = await session.scalar(CLAIM, {"every": EVERY})
        if moment is None:
            return 0
        try:
            found = await self.schedules.on_call(wanted, moment - BACK)
        except Unavailable as error:
            await self._away(str(error))
            return 0
        return await self._keep(found)

    async def _away(self, error: str) -> None:
        async with self.database.transaction() as session:
            (await session.get_one(OnCallAsked, 1)).error = error

    async def _keep(self, found: Sequence[Entry]) -> int:
        """In place of what was known before."""
        async with self.database.transaction() as session:
            state = await session.get_one(OnCallAsked, 1, with_for_update=True)
            state.answered, state.error = func.clock_timestamp(), None
            await session.execute(delete(OnCallEntry))
            known = await _staff(session, {one.email.lower() for one in found})
            for one in found:
                person = known.get(one.email.lower())
                times = {"begins": one.begins or BEGINNING, "ends": one.ends or END}
                session.add(OnCallEntry(schedule=one.schedule, staff_id=person, **times))
            return len(found)


async def _staff(session: AsyncSession, addresses: set[str]) -> dict[str, uuid.UUID]:
    rows = await session.execute(select(func.lower(User.email), User.id).where(func.lower(User.email).in_(addresses)))
    return {row[0]: row[1] for row in rows}
