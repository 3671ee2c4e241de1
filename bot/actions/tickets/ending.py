"""`ticket close T-12 because …` and `ticket reopen T-12 because …`: it is done, and it is not."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.tickets.facts import OnTicket, done, standing, subject, which
from bot.holds.reads import clock
from bot.parameters.base import Reason
from bot.personal import Moment
from bot.targets.ticket import Ticket as TicketTarget
from bot.tickets import ledger


@register
class CloseTicket(OnTicket):
    """Close a ticket. Whoever opened it is told. One in twenty is looked at again by somebody else."""

    name, verb, says = "ticket.close", "ticket close", "close"
    also = ("close", "close ticket")
    offered_as = "close a ticket"
    ticket: TicketTarget
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        ledger.refuse_closed(row)
        return Impact(facts=(*which(row), fact("After", "closed")), context={"ticket": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        before = standing(row)
        await ledger.close(session, row, by, self.reason.text)
        return done(row, before)


@register
class ReopenTicket(OnTicket):
    """Reopen a ticket that was closed too early. Whoever had it has it again, and its time begins anew."""

    name, verb, says = "ticket.reopen", "ticket reopen", "reopen"
    also = ("reopen ticket",)
    offered_as = "reopen a ticket"
    ticket: TicketTarget
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        ledger.refuse_not_closed(row)
        due = await ledger.due(session, row.category, row.severity, await clock(session))
        after = fact("After", "with whoever had it before, due ", Moment.of(due))
        return Impact(facts=(*which(row), after), context={"ticket": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        before = standing(row)
        await ledger.reopen(session, row, by, self.reason.text)
        return done(row, before)
