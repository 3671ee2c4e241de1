"""`ticket comment T-12 saying …` and `ticket wait T-12 because …`: what is known, and what it waits for."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.tickets.facts import OnTicket, done, due_fact, standing, subject, which
from bot.actions.tickets.parameters import Said
from bot.parameters.base import Reason
from bot.targets.ticket import Ticket as TicketTarget
from bot.tickets import ledger


@register
class Comment(OnTicket):
    """Write a comment on a ticket. Whoever opened it is told."""

    name, verb, says = "ticket.comment", "ticket comment", "comment on"
    also = ("comment", "comment ticket")
    phrased = "comment on a ticket"
    ticket: TicketTarget
    said: Said

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        return Impact(facts=(*which(row), fact("Comment", self.said.text)), context={"ticket": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        await ledger.comment(session, row, by, self.said.text)
        return done(row, standing(row), comment=True)


@register
class Wait(OnTicket):
    """Say that a ticket waits for somebody else, such as the customer. Its deadline stays."""

    name, verb, says = "ticket.wait", "ticket wait", "let wait"
    phrased = "let a ticket wait"
    ticket: TicketTarget
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        ledger.refuse_waiting(row)
        return Impact(facts=(*which(row), fact("After", "waiting"), due_fact(row)), context={"ticket": subject(row)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        before = standing(row)
        await ledger.wait(session, row, by, self.reason.text)
        return done(row, before)
