"""`tickets` and `ticket T-12`: what waits for whom, and all that is known of one."""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.declared import introduced_by
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.tenants.where import Page
from bot.actions.tickets import facts
from bot.actions.tickets.parameters import TEAMS, OnlyAbout, TeamName, WhichTickets
from bot.permissions import Permission
from bot.personal import Moment, Personal
from bot.platform import staff, tenants
from bot.platform.models import User
from bot.policy import Risk
from bot.store.models import Incident, Ticket, TicketState
from bot.targets.staff import Asker
from bot.targets.tenant import Tenant
from bot.targets.ticket import Ticket as TicketTarget
from bot.ticket_rules import Team
from bot.tickets import ledger
from bot.words import counted

ROWS = 15  # tickets on a page
LINES = 30  # of a history, the newest
OPEN = Ticket.closed.is_(None)
LATE = Ticket.due < func.now()


@register
class ListTickets(Action):
    """Show open tickets: without more, yours and those of your teams. The overdue ones come first."""

    name, verb = "ticket.list", "tickets"
    also = ("list tickets", "show tickets", "my tickets")
    offered_as = "show tickets"
    permission, risk = Permission.TICKET_READ, Risk.READ
    target = "ticket:all"
    which: WhichTickets | None
    category: OnlyAbout | None
    of_team: TeamName | None
    tenant: Annotated[Tenant | None, introduced_by("for")]
    page: Page | None
    asker: Asker

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("ticket",)

    async def preview(self, session: AsyncSession) -> Impact:
        wanted = self._wanted()
        total = await session.scalar(select(func.count()).select_from(Ticket).where(*wanted)) or 0
        late = await session.scalar(select(func.count()).select_from(Ticket).where(*wanted, OPEN, LATE)) or 0
        pages = max(1, -(-total // ROWS))
        page = min(self.page.number if self.page else 1, pages)
        rows = list(
            await session.scalars(
                select(Ticket).where(*wanted).order_by(*_order(self.asker.id)).limit(ROWS).offset((page - 1) * ROWS)
            )
        )
        return Impact(
            facts=(fact("Tickets", counted(total, "ticket")), fact("Overdue", counted(late, "ticket"))),
            context={
                "found": counted(total, "ticket"),
                "late": late,
                "whose": self._whose(),
                "rows_of": await _entries(session, rows),
                "page": page,
                "pages": pages,
                "next": f"/pm {self._typed()} page {page + 1}" if page < pages else "",
            },
        )

    def _wanted(self) -> list[ColumnElement[bool]]:
        states: dict[str, list[ColumnElement[bool]]] = {
            "mine": [OPEN, Ticket.assigned_to == self.asker.id],
            "all": [OPEN],
            "overdue": [OPEN, LATE],
            "in-progress": [Ticket.state == TicketState.IN_PROGRESS],
            "open": [Ticket.state == TicketState.OPEN],
            "waiting": [Ticket.state == TicketState.WAITING],
            "closed": [Ticket.closed.is_not(None)],
        }
        about = [Ticket.category == self.category.name] if self.category else []
        team = [Ticket.team == self.of_team.name] if self.of_team else []
        tenant = [Ticket.tenant_id == self.tenant.id] if self.tenant else []
        return [
            *states[self.which.name if self.which else "all"],
            *about,
            *team,
            *tenant,
            *([] if self._chosen else [self._mine()]),
        ]

    @property
    def _chosen(self) -> bool:
        """Whether somebody said which, so that those of others are meant as well."""
        return any((self.which, self.category, self.of_team, self.tenant))

    def _mine(self) -> ColumnElement[bool]:
        own = [team for team in Team if team in self.asker.roles]
        return or_(Ticket.assigned_to == self.asker.id, Ticket.team.in_(own), Ticket.asked_by == self.asker.id)

    def _whose(self) -> str:
        return "" if self._chosen else "yours, those of your teams, and those that you opened"

    def _typed(self) -> str:
        given = [one.name for one in (self.which, self.category, self.of_team) if one]
        return " ".join(["tickets", *given, *([f'for "{self.tenant.name}"'] if self.tenant else [])])


def _order(asker: uuid.UUID) -> tuple[Any, ...]:
    """Overdue first, then one's own, then by when they are due; of closed ones the newest."""
    own = case((Ticket.assigned_to == asker, 0), else_=1)
    return Ticket.closed.desc().nulls_first(), case((LATE, 0), else_=1), own, Ticket.due, Ticket.number


async def _entries(session: AsyncSession, rows: Sequence[Ticket]) -> list[dict[str, Any]]:
    names = await staff.names(session, {one.assigned_to for one in rows}) if rows else {}
    whose = await tenants.names(session, {one.tenant_id for one in rows if one.tenant_id}) if rows else {}
    now = await session.scalar(select(func.now()))
    return [
        {
            "number": ledger.called(one.number),
            "title": one.title,
            "severity": one.severity,
            "state": ledger.STATES[TicketState(one.state)],
            "category": facts.category(one),
            "team": TEAMS[Team(one.team)],
            "who": names.get(one.assigned_to, staff.GONE) if one.assigned_to else "nobody",
            "tenant": whose.get(one.tenant_id, "") if one.tenant_id else "",
            "due": one.due.timestamp(),
            "closed": one.closed.timestamp() if one.closed else None,
            "late": one.closed is None and now is not None and one.due < now,
        }
        for one in rows
    ]


@register
class ShowTicket(Action):
    """Show a ticket: what it is about, who has it, by when it is due, and what happened so far."""

    name, verb, says = "ticket.show", "ticket view", "look at"
    also = ("show ticket", "look at ticket")
    offered_as = "look at a ticket"
    shares: ClassVar[str] = "ticket"
    permission, risk = Permission.TICKET_READ, Risk.READ
    ticket: TicketTarget

    async def preview(self, session: AsyncSession) -> Impact:
        row = await ledger.load(session, self.ticket.id)
        events = await ledger.history(session, row.id)
        return Impact(
            facts=(
                *await of(session, row),
                *((fact("Message", row.link),) if row.link else ()),
                *facts.known(events),
            ),
            context={
                "ticket": facts.subject(row),
                "user": str(row.user_id) if row.user_id else None,
                "lines": await facts.lines(session, events[-LINES:]),
                "earlier": max(0, len(events) - LINES),
                "requests": {"asked": [str(row.request_id)] if row.request_id else []},
            },
        )

    def people_in(self, impact: Impact) -> tuple[str, ...]:
        user = impact.context["user"]
        return (f"user:{user}",) if user else ()

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        """What is worth doing as it stands."""
        if self.ticket.state == TicketState.CLOSED:
            return ("ticket reopen",)
        return ("ticket take", "ticket comment", "ticket escalate", "ticket close")


async def of(session: AsyncSession, row: Ticket) -> tuple[Fact, ...]:
    """What is known of it, for its card and for whoever asks; the address of an account is not for everybody."""
    names = await staff.names(session, {row.assigned_to, row.asked_by, row.closed_by})
    whose = (await tenants.names(session, [row.tenant_id])).get(row.tenant_id) if row.tenant_id else None
    user = await session.get(User, row.user_id) if row.user_id else None
    incident = await session.get(Incident, row.incident_id) if row.incident_id else None
    who = names.get(row.assigned_to, staff.GONE) if row.assigned_to else "nobody yet"
    closer = names.get(row.closed_by, staff.GONE)
    return (
        fact("Why", row.reason),
        *((fact("Tenant", whose),) if whose else ()),
        *((fact("User", Personal(personal="customer", value=user.email)),) if user else ()),
        fact("Team", f"{TEAMS[Team(row.team)]}, {who}"),
        fact("Asked by", f"{names.get(row.asked_by, staff.called_by(row.asked_by))}, ", Moment.of(row.asked)),
        *(
            (fact("Closed", Moment.of(row.closed), f" by {closer}"),)
            if row.closed
            else (fact("Due", Moment.of(row.due)),)
        ),
        fact("Kind", f"{facts.category(row)}, {row.severity}, {ledger.STATES[TicketState(row.state)]}"),
        *((fact("Incident", f"{incident.number} · {incident.title}"),) if incident and not incident.restricted else ()),
    )
