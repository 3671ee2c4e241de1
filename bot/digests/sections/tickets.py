"""Tickets of the week: how many, which problem came back, and what second people said of those that were closed."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.actions.tickets.parameters import CATEGORIES
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.platform.models import Tenant
from bot.store.models import Ticket, TicketSample, TicketVerdict
from bot.ticket_rules import TicketCategory
from bot.tickets.ledger import called
from bot.words import counted, listed

OFTEN = 3  # tickets of one category about one tenant, in the week


@dataclass(frozen=True)
class Recurring:
    """A problem that one tenant had again and again."""

    tenant: str
    category: str
    numbers: tuple[int, ...]

    @property
    def described(self) -> str:
        return f"{self.tenant}: {self.category}, {counted(len(self.numbers), 'ticket')}"


@section
@dataclass(frozen=True)
class Tickets(Section):
    """What comes back first: somebody should look for its cause."""

    name: ClassVar[str] = "tickets"
    title: ClassVar[str] = "Problems that came back this week"
    shows: ClassVar[str] = "Show recurring problems"

    opened: int
    closed: int
    late: int
    """Open, and past their time."""
    recurring: tuple[Recurring, ...]
    good: int
    """Of those that second people looked at; `rated`: of how many."""
    rated: int

    def items(self) -> list[Item]:
        return [
            Item(Level.YELLOW, (f"{one.described}; look for the cause that they share",), self.name)
            for one in self.recurring
        ]

    @property
    def worth_a_look(self) -> bool:
        return bool(self.recurring)

    @property
    def described(self) -> str:
        """`12 opened, 9 closed, 2 overdue now; 1 of 2 that were looked at again were handled well`."""
        late = [f"{self.late} overdue now"] if self.late else []
        counts = ", ".join([f"{self.opened} opened", f"{self.closed} closed", *late])
        verb = "was" if self.rated == 1 else "were"
        rated = f"{self.good} of {self.rated} that {verb} looked at again {verb} handled well" if self.rated else ""
        return "; ".join(filter(None, (counts, rated)))

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins, ends = window.past
        late = Ticket.closed.is_(None), Ticket.due < window.now
        answered = TicketSample.answered >= begins, TicketSample.answered < ends
        counts = (
            select(func.count()).select_from(Ticket).where(Ticket.asked >= begins, Ticket.asked < ends),
            select(func.count()).select_from(Ticket).where(Ticket.closed >= begins, Ticket.closed < ends),
            select(func.count()).select_from(Ticket).where(*late),
            select(func.count()).where(*answered, TicketSample.verdict == TicketVerdict.GOOD),
            select(func.count()).where(*answered),
        )
        opened, closed, overdue, good, rated = (
            await session.execute(select(*(one.scalar_subquery() for one in counts)))
        ).one()
        return cls(opened, closed, overdue, await _recurring(session, begins, ends), good, rated)

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        found = (await cls.read(session, window)).recurring
        return [fact(one.tenant, f"{one.category}: {listed(map(called, one.numbers))}") for one in found]


async def _recurring(session: AsyncSession, begins: dt.datetime, ends: dt.datetime) -> tuple[Recurring, ...]:
    """What came most often first."""
    number = func.count()
    rows = await session.execute(
        select(Tenant.name, Ticket.category, func.array_agg(Ticket.number.distinct()))
        .join(Tenant, Tenant.id == Ticket.tenant_id)
        .where(Ticket.asked >= begins, Ticket.asked < ends)
        .group_by(Tenant.id, Tenant.name, Ticket.category)
        .having(number >= OFTEN)
        .order_by(number.desc(), Tenant.name, Ticket.category)
    )
    return tuple(Recurring(tenant, CATEGORIES[TicketCategory(kind)], tuple(all_)) for tenant, kind, all_ in rows)
