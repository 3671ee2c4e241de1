"""`ticket rate T-12 good because …`: what a second person says of how a closed ticket was handled."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.tickets.facts import OnTicket, done, standing, subject, which
from bot.actions.tickets.parameters import Handled
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.store.models import TicketSample
from bot.targets.staff import Asker
from bot.targets.ticket import Ticket as TicketTarget
from bot.tickets import ledger


@register
class Rate(OnTicket):
    """Say whether a closed ticket was handled well. For one in twenty tickets, somebody chosen by lot is asked."""

    name, verb, says = "ticket.rate", "ticket rate", "rate"
    also = ("rate", "rate ticket")
    offered_as = "rate a ticket"
    ticket: TicketTarget
    verdict: Handled
    reason: Reason
    asker: Asker

    async def _asked(self, session: AsyncSession, who: uuid.UUID) -> None:
        """Raise `NothingToDo` where somebody else was asked, or they have answered."""
        sample = await session.get(TicketSample, self.ticket.id, populate_existing=True)
        if sample is None or sample.staff_id != who:
            raise NothingToDo(f"You were not asked about {self.ticket.shown}. Nothing was done.")
        if sample.verdict is not None:
            raise NothingToDo(f"You have answered about {self.ticket.shown} already. Nothing was done.")

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        await self._asked(session, self.asker.id)
        return Impact(
            facts=(*which(row), fact("Handled", self.verdict.shown)),
            context={"ticket": subject(row), "verdict": self.verdict.shown},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        await self._asked(session, self.asker.id)
        await ledger.rate(session, row, self.asker.id, self.verdict.name, self.reason.text)
        return done(row, standing(row), rated=self.verdict.name)
