"""What becomes of tickets as time goes by: each is told once, by whichever process locks the row."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.people.identity import slack_ids
from bot.platform import staff
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Ticket, TicketEvent, TicketSample
from bot.ticketing.cards import OVERDUE, SAMPLE, TOLD
from bot.tickets import ledger, sampling

AT_ONCE, FEW = 50, 5  # of one round; of those that take several statements each
SOON = dt.timedelta(days=7)


@dataclass(frozen=True)
class Sweep:
    """Any number of processes look; what each finds is its own."""

    database: Database
    team_id: str

    async def sweep(self) -> int:
        """Tell of all that is to be told; how much."""
        done = 0
        for step in (self._overdue, self._tell, self._ask):
            async with self.database.transaction() as session:
                done += await step(session)
        return done

    async def _overdue(self, session: AsyncSession) -> int:
        """Once for each due time, to the team's channel."""
        late = Ticket.closed.is_(None), Ticket.due <= func.clock_timestamp(), Ticket.overdue_told.is_(None)
        found = select(Ticket).where(*late).order_by(Ticket.due).limit(AT_ONCE).with_for_update(skip_locked=True)
        rows = list(await session.scalars(found))
        for row in rows:
            await ledger.overdue(session, row)
            key = f"ticket_overdue:{row.id}:{row.due.timestamp():.0f}"
            await outbox.show(session, key, channel=row.team, projection=OVERDUE, subject=str(row.id))
        return len(rows)

    async def _tell(self, session: AsyncSession) -> int:
        """Whoever opened a ticket hears what others do with it; who is not in Slack does not."""
        found = select(TicketEvent).where(TicketEvent.to_tell).order_by(TicketEvent.id).limit(AT_ONCE)
        events = list(await session.scalars(found.with_for_update(skip_locked=True)))
        links = await slack_ids(session, self.team_id) if events else {}
        for event in events:
            event.to_tell = False
            row = await session.get_one(Ticket, event.ticket_id)
            if row.asked_by in links:
                key, to = f"ticket_told:{event.id}", links[row.asked_by]
                await outbox.show(session, key, channel=to, projection=TOLD, subject=str(event.id))
        return len(events)

    async def _ask(self, session: AsyncSession) -> int:
        """A second person about a closed ticket, chosen by lot of those who could have had it.

        Where there is nobody, one may come; after a while nobody remembers what it was about.
        """
        open_ones = TicketSample.staff_id.is_(None), TicketSample.drawn > func.clock_timestamp() - SOON
        found = select(TicketSample).where(*open_ones).order_by(TicketSample.drawn).limit(FEW)
        asked = 0
        for one in list(await session.scalars(found.with_for_update(skip_locked=True))):
            row = await session.get_one(Ticket, one.ticket_id)
            links = await slack_ids(session, self.team_id)
            one.staff_id = sampling.second_person(row.id, await self._others(session, row, links))
            if one.staff_id is not None:
                await session.flush()
                key, to = f"ticket_sample:{row.id}", links[one.staff_id]
                await outbox.show(session, key, channel=to, projection=SAMPLE, subject=str(row.id))
                asked += 1
        return asked

    async def _others(self, session: AsyncSession, row: Ticket, linked: Collection[uuid.UUID]) -> list[uuid.UUID]:
        """Of its team, else of support; neither who asked for it, nor who had or closed it."""
        part = {row.asked_by, row.assigned_to, row.closed_by}
        for role in (row.team, "support", "super_admin"):
            members = await staff.active_with_roles(session, (role,))
            if others := [one.id for one in members if one.id not in part and one.id in linked]:
                return others
        return []
