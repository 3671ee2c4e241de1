"""`ticket refund-request "charged twice in May" for acme because …`: a team is asked to look at something."""

import uuid
from typing import Annotated

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Outcome
from bot.actions.declared import introduced_by
from bot.actions.impact import Fact, Impact, fact
from bot.actions.incidents.links import SlackLink
from bot.actions.registry import register
from bot.actions.tickets.facts import subject
from bot.actions.tickets.parameters import TEAMS, About, Customer, HowUrgent, TicketTitle
from bot.errors import NothingToDo
from bot.holds.reads import clock
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store.models import Incident as IncidentRow
from bot.store.models import Ticket
from bot.targets.incident import Incident
from bot.targets.tenant import Tenant
from bot.ticket_rules import TicketCategory, TicketSeverity
from bot.tickets import ledger, rules
from bot.tickets.ledger import NewTicket

ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.tickets'))")
SAME = 3  # tickets about the same that a card names


@register
class OpenTicket(Action):
    """Open a ticket for a team. Its card appears in the team's channel and shows by when it has to be closed.

    Everybody may, and nothing needs to be undone: a ticket that was opened by mistake is closed.
    """

    name, verb, says = "ticket.open", "ticket", "open"
    also = ("open ticket", "new ticket", "file ticket", "create ticket", "ticket open")
    phrased = "open a ticket"
    permission, risk = Permission.TICKET_WORK, Risk.LOW
    only_notes = True
    team = "support"
    group = Group("Tickets", 4)
    category: About
    title: TicketTitle
    severity: HowUrgent | None
    link: SlackLink | None
    tenant: Annotated[Tenant | None, introduced_by("for")]
    user: Annotated[Customer | None, introduced_by("for")]
    incident: Annotated[Incident | None, introduced_by("incident")]
    reason: Reason

    @property
    def target(self) -> str:
        return "ticket:new"

    @property
    def tenant_id(self) -> uuid.UUID | None:
        """Whose it is about, where it says so itself: somebody's account may belong to several."""
        return self.tenant.id if self.tenant else None

    async def lock(self, session: AsyncSession) -> None:
        """One after the other: whoever opens the same at the same time sees the first one."""
        await session.execute(ONE_BY_ONE)

    async def preview(self, session: AsyncSession) -> Impact:
        await self._incident_is_public(session)
        settings = await rules.settings(session)
        rule = settings.rule(self.category.name)
        severity = TicketSeverity(self.severity.name) if self.severity else rule.severity
        same = await self._same(session)
        due = rules.due(await clock(session), settings.time(self.category.name, severity))
        return Impact(
            facts=(
                fact("Ticket", self.title.text, bound=True),
                fact("Category", self.category.shown),
                *self._about(),
                fact("Team", TEAMS[rule.team]),
                fact("Severity", severity),
                fact("Due", Moment.of(due)),
                *(fact("Also open", one) for one in same),
            ),
            context={"title_of": self.title.text, "team": TEAMS[rule.team], "same": same},
        )

    async def _same(self, session: AsyncSession) -> list[str]:
        """Open tickets of the same category about the same tenant: somebody may have opened this one before."""
        if self.tenant is None:
            return []
        same = Ticket.tenant_id == self.tenant.id, Ticket.category == self.category.name, Ticket.closed.is_(None)
        found = await session.scalars(select(Ticket).where(*same).order_by(Ticket.number.desc()).limit(SAME))
        return [f"{ledger.called(one.number)} · {one.title}" for one in found]

    def _about(self) -> tuple[Fact, ...]:
        return (
            *((fact("Tenant", self.tenant.name),) if self.tenant else ()),
            *((fact("User", *self.user.parts),) if self.user else ()),
            *((fact("Incident", self.incident.shown),) if self.incident else ()),
        )

    async def _incident_is_public(self, session: AsyncSession) -> None:
        """Raise `NothingToDo` for a security incident: everybody reads the ticket."""
        row = await session.get_one(IncidentRow, self.incident.id) if self.incident else None
        if row is not None and row.restricted:
            raise NothingToDo(
                f"Incident {row.number} is private, but everybody can read tickets. Nothing was done. Open the ticket "
                "without it."
            )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await self._incident_is_public(session)
        row = await ledger.open_ticket(session, self._new(by))
        data = {**subject(row), "ticket": str(row.id), "due": row.due.timestamp()}
        return Outcome(data, {"state": None}, {"state": row.state, "number": row.number, "severity": row.severity})

    def _new(self, by: uuid.UUID) -> NewTicket:
        return NewTicket(
            category=TicketCategory(self.category.name),
            title=self.title.text,
            reason=self.reason.text,
            asked_by=by,
            severity=TicketSeverity(self.severity.name) if self.severity else None,
            tenant_id=self.tenant_id,
            user_id=self.user.user_id if self.user else None,
            incident_id=self.incident.incident_id if self.incident else None,
            link=self.link.text if self.link else None,
        )
