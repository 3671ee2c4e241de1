"""Tickets as they stand: how many are open and late, and how many came within a day, against the weeks before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Weekly, Window, section, weekly
from bot.personal import Moment
from bot.store.models import Ticket
from bot.tickets.ledger import called
from bot.words import counted

NAMED = 20  # late tickets in the details


@section
@dataclass(frozen=True)
class TicketVolume(Section):
    """What is late needs somebody."""

    name: ClassVar[str] = "ticket_volume"
    title: ClassVar[str] = "Overdue tickets"
    shows: ClassVar[str] = "Show overdue tickets"

    opened: Weekly
    open: int
    late: int

    def items(self) -> list[Item]:
        if not self.late:
            return []
        said = f"{counted(self.late, 'ticket')} {'is' if self.late == 1 else 'are'} overdue"
        return [Item(Level.YELLOW, (said,), self.name)]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        is_open = Ticket.closed.is_(None)
        counts = select(func.count(), func.count().filter(Ticket.due < window.now)).where(is_open)
        number, late = (await session.execute(counts)).one()
        return cls(await weekly(session, Ticket.asked, window, window.day), number, late)

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        return [
            fact(called(one.number), f"{one.title}, due ", Moment.of(one.due)) for one in await _late(session, window)
        ]


async def _late(session: AsyncSession, window: Window) -> Sequence[Ticket]:
    """Those that have been late for longest, first."""
    late = Ticket.closed.is_(None), Ticket.due < window.now
    return (await session.scalars(select(Ticket).where(*late).order_by(Ticket.due).limit(NAMED))).all()
