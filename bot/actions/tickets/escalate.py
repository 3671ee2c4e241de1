"""`ticket escalate T-12 P1 to engineering because …`: another team, or worse than it was, and what is known."""

import uuid
from typing import Annotated

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.tickets.facts import OnTicket, done, due_fact, standing, subject, which
from bot.actions.tickets.parameters import TEAMS, HowUrgent, TeamName
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.store.models import Ticket
from bot.targets.ticket import Ticket as TicketTarget
from bot.ticket_rules import Team, TicketSeverity
from bot.tickets import context, ledger
from bot.tickets.ledger import Escalation

BY_SEVERITY = tuple(TicketSeverity)  # the worst first


@register
class Escalate(OnTicket):
    """Escalate a ticket to another team, or make it more severe. The team gets what is known about it.

    With neither a team nor a severity it becomes one step more severe. Whoever opened it is told until it is closed.
    """

    name, verb, says = "ticket.escalate", "ticket escalate", "escalate"
    also = ("escalate", "escalate ticket", "raise ticket")
    offered_as = "escalate a ticket"
    ticket: TicketTarget
    severity: HowUrgent | None
    to: Annotated[TeamName | None, introduced_by("to")]
    reason: Reason

    def _to(self, row: Ticket) -> tuple[Team, TicketSeverity]:
        """Where it goes. Raises `NothingToDo` where it is closed, or nothing would be more than before."""
        ledger.refuse_closed(row)
        team = Team(self.to.name) if self.to else Team(row.team)
        now = BY_SEVERITY.index(TicketSeverity(row.severity))
        worse = BY_SEVERITY.index(TicketSeverity(self.severity.name)) if self.severity else self._next(row, now)
        if team == row.team and worse >= now:
            raise NothingToDo(
                f"{ledger.called(row.number)} is {row.severity} and with {TEAMS[team]} already. Nothing was done. "
                "Name another team, or a higher severity."
            )
        return team, BY_SEVERITY[min(worse, now)]

    def _next(self, row: Ticket, now: int) -> int:
        """One worse, where it stays with its team."""
        return max(0, now - 1) if self.to is None or self.to.name == row.team else now

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        team, severity = self._to(row)
        return Impact(
            facts=(*which(row), fact("After", f"{severity}, with {TEAMS[team]}"), due_fact(row)),
            context={"ticket": subject(row), "team": TEAMS[team], "severity": severity.value},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self.held(session)
        before = standing(row)
        team, severity = self._to(row)
        known = await context.collect(session, row)
        await ledger.escalate(session, row, by, Escalation(team, severity, self.reason.text, known))
        return done(row, before)
