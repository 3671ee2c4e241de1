"""What actions on tickets have in common: the row, what a card says of it, and the words of its history."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Fact, fact
from bot.actions.tickets.parameters import CATEGORIES, TEAMS, VERDICTS
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import staff
from bot.policy import Risk
from bot.store.models import Ticket, TicketEvent, TicketHappened, TicketState, TicketVerdict
from bot.store.rooms import Home
from bot.targets.ticket import Ticket as TicketTarget
from bot.ticket_rules import Team, TicketCategory
from bot.tickets import ledger
from bot.tickets.ledger import STATES
from bot.words import sentence


class OnTicket(Action):
    """What is done to a ticket: noted at once, in the thread of its card, and corrected there as easily."""

    permission: ClassVar[str] = Permission.TICKET_WORK
    risk: ClassVar[Risk] = Risk.LOW
    only_notes: ClassVar[bool] = True
    team: ClassVar[str] = "support"
    ticket: TicketTarget

    async def home(self, session: AsyncSession) -> Home | None:
        return await ledger.home(session, await ledger.load(session, self.ticket.id))

    async def held(self, session: AsyncSession) -> Ticket:
        """The row, held."""
        return await ledger.held(session, self.ticket.id)


def subject(row: Ticket) -> dict[str, Any]:
    """What templates call it by."""
    return {"number": ledger.called(row.number), "title": row.title}


def which(row: Ticket) -> tuple[Fact, ...]:
    """Which one it is, and where it stands."""
    return (
        fact("Ticket", f"{ledger.called(row.number)} · {row.title}", bound=True),
        fact("Now", f"{row.severity}, {STATES[TicketState(row.state)]}, with {TEAMS[Team(row.team)]}", bound=True),
    )


def standing(row: Ticket) -> dict[str, Any]:
    """Where it stands, without a word that somebody typed: for the platform's compliance log."""
    who = str(row.assigned_to) if row.assigned_to else None
    return {"state": row.state, "team": row.team, "severity": row.severity, "assigned_to": who}


def done(row: Ticket, before: dict[str, Any], **more: Any) -> Outcome:
    """What any of them did."""
    data = {"ticket": str(row.id), "number": ledger.called(row.number), "due": row.due.timestamp()}
    return Outcome(data, before, {**standing(row), **more})


def due_fact(row: Ticket) -> Fact:
    return fact("Due", Moment.of(row.due))


def category(row: Ticket) -> str:
    return CATEGORIES[TicketCategory(row.category)]


def known(events: Sequence[TicketEvent]) -> list[Fact]:
    """What was collected when it was last escalated."""
    found = next((one for one in reversed(events) if one.what == TicketHappened.ESCALATED), None)
    return [fact(label, text) for label, text in found.facts.get("known", ())] if found else []


async def lines(session: AsyncSession, events: Sequence[TicketEvent]) -> list[dict[str, Any]]:
    """The history, as people read it: when, and what."""
    given = [uuid.UUID(one.facts["to"]) for one in events if "to" in one.facts]
    names = await staff.names(session, {*given, *(one.staff_id for one in events)}) if events else {}
    return [{"at": one.at.timestamp(), "text": said(one, names)} for one in events]


def said(event: TicketEvent, names: Mapping[uuid.UUID | None, str]) -> str:
    """One line: what somebody did, with their words."""
    who = names.get(event.staff_id, staff.GONE) if event.staff_id else "I"
    words = event.facts.get("text")
    return f"{sentence(who)} {_did(event, names)}" + (f": {words}" if words else "")


def _did(event: TicketEvent, names: Mapping[uuid.UUID | None, str]) -> str:
    what, facts = TicketHappened(event.what), event.facts
    if what is TicketHappened.ASSIGNED:
        return _assigned(event, names)
    if what is TicketHappened.ESCALATED:
        return f"escalated it to {TEAMS[Team(facts['team'])]}, {facts['severity']}"
    if what is TicketHappened.RATED:
        return f"looked at it again, {VERDICTS[TicketVerdict(facts['verdict'])]}"
    return {
        TicketHappened.OPENED: "opened it",
        TicketHappened.COMMENT: "wrote",
        TicketHappened.WAITING: "said that it waits",
        TicketHappened.CLOSED: "closed it",
        TicketHappened.REOPENED: "reopened it",
        TicketHappened.OVERDUE: "told the team that it is overdue",
    }[what]


def _assigned(event: TicketEvent, names: Mapping[uuid.UUID | None, str]) -> str:
    if "to" not in event.facts:
        return f"assigned it to {TEAMS[Team(event.facts['team'])]}"
    to = uuid.UUID(event.facts["to"])
    return "took it" if to == event.staff_id else f"assigned it to {names.get(to, staff.GONE)}"
