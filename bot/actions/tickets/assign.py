"""`ticket take T-12` and `ticket assign T-12 @person`: who works on it."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.tickets.facts import OnTicket, done, due_fact, standing, subject, which
from bot.actions.tickets.parameters import Assignee
from bot.people.handover import hands_over
from bot.platform import staff
from bot.store.models import Ticket
from bot.targets.staff import Asker
from bot.targets.ticket import Ticket as TicketTarget
from bot.ticket_rules import Team
from bot.tickets import ledger


@register
class Take(OnTicket):
    """Take a ticket that nobody has: from then on you work on it."""

    name, verb, says = "ticket.take", "ticket take", "take"
    also = ("take ticket", "claim", "claim ticket")
    offered_as = "take a ticket"
    ticket: TicketTarget
    asker: Asker

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        await ledger.refuse_taken(session, row, self.asker.id)
        return Impact(
            facts=(*which(row), fact("After", f"{self.asker.shown} has it"), due_fact(row)),
            context={"ticket": subject(row), "who": self.asker.shown},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        before = standing(row)
        await ledger.take(session, row, by)
        return done(row, before)


@register
class Assign(OnTicket):
    """Assign a ticket to a colleague, or to a team of which nobody has it yet."""

    name, verb, says = "ticket.assign", "ticket assign", "assign"
    also = ("assign ticket",)
    offered_as = "assign a ticket"
    ticket: TicketTarget
    assignee: Assignee

    @property
    def _team(self) -> Team | None:
        return Team(self.assignee.team) if self.assignee.team else None

    @property
    def about(self) -> None:
        """Having work to do is no change of what somebody may do: one gives it to oneself."""

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        await ledger.refuse_as_it_is(session, row, self.assignee.person, self._team)
        return Impact(
            facts=(
                *which(row),
                fact("Before", await _who_has(session, row)),
                fact("After", *self.assignee.parts),
                due_fact(row),
            ),
            context={"ticket": subject(row), "who": self.assignee.shown},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        before = standing(row)
        await ledger.assign(session, row, by, self.assignee.person, self._team)
        return done(row, before)


@hands_over("Tickets")
async def tickets_of(session: AsyncSession, staff_id: uuid.UUID) -> Sequence[Sequence[str]]:
    """Those that they have and that are not closed."""
    theirs = Ticket.assigned_to == staff_id, Ticket.closed.is_(None)
    found = await session.scalars(select(Ticket).where(*theirs).order_by(Ticket.due))
    return [(f"{ledger.called(one.number)} · {one.title}",) for one in found]


async def _who_has(session: AsyncSession, row: Ticket) -> str:
    return await staff.name_of(session, row.assigned_to) if row.assigned_to else "nobody"
