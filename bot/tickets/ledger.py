"""The ledger of tickets: all that can become of one, each in the caller's transaction.

Whoever changes something may open a ticket with it (`open_ticket`). Everything else locks the ticket's row first
(`held`), so that of two people who take it one does, and the other is told who.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NothingToDo
from bot.holds.reads import clock
from bot.platform import staff
from bot.store import outbox
from bot.store.models import Message, Ticket, TicketEvent, TicketHappened, TicketSample, TicketState
from bot.store.rooms import Home
from bot.ticket_rules import Team, TicketCategory, TicketSeverity
from bot.tickets import rules, sampling

CARD, MOVED = "ticket", "ticket_moved"  # projections: the card of a ticket, and what stands where it was before
STATES = {
    TicketState.OPEN: "open",
    TicketState.IN_PROGRESS: "in progress",
    TicketState.WAITING: "waiting",
    TicketState.CLOSED: "closed",
}
TOLD = frozenset(TicketHappened) - {TicketHappened.OPENED, TicketHappened.OVERDUE, TicketHappened.RATED}
"""What whoever opened a ticket hears of, unless they did it themselves."""


@dataclass(frozen=True)
class NewTicket:
    """What a ticket begins with. What is left out is as the policy says for its category."""

    category: TicketCategory
    title: str
    reason: str
    """Why, in the words of whoever asks."""
    asked_by: uuid.UUID
    severity: TicketSeverity | None = None
    team: Team | None = None
    tenant_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    """A customer's account."""
    request_id: uuid.UUID | None = None
    """A proposal."""
    incident_id: uuid.UUID | None = None
    alert_id: uuid.UUID | None = None
    link: str | None = None
    """The permalink of a message in Slack."""


def called(number: int) -> str:
    """As people say it: `T-12`."""
    return f"T-{number}"


async def load(session: AsyncSession, ticket_id: uuid.UUID | str) -> Ticket:
    """The row as it is now, also where it was read before."""
    return await session.get_one(Ticket, ticket_id, populate_existing=True)


async def held(session: AsyncSession, ticket_id: uuid.UUID | str) -> Ticket:
    """The row, held against changes until the transaction ends."""
    return await session.get_one(Ticket, ticket_id, populate_existing=True, with_for_update=True)


async def open_ticket(session: AsyncSession, new: NewTicket) -> Ticket:
    """Put it into the ledger and onto the screen of its team. It has its number when this returns."""
    rule = (await rules.settings(session)).rule(new.category)
    severity = new.severity or rule.severity
    asked = await clock(session)
    row = Ticket(
        category=new.category,
        severity=severity,
        title=new.title,
        reason=new.reason,
        tenant_id=new.tenant_id,
        user_id=new.user_id,
        asked_by=new.asked_by,
        asked=asked,
        team=new.team or rule.team,
        due=await due(session, new.category, severity, asked),
        request_id=new.request_id,
        incident_id=new.incident_id,
        about_alert=new.alert_id,
        link=new.link,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await _note(session, row, TicketHappened.OPENED, new.asked_by, team=row.team)
    await _show(session, row)
    return row


async def due(session: AsyncSession, category: str, severity: str, begins: dt.datetime) -> dt.datetime:
    """By when such a ticket is to be closed."""
    return rules.due(begins, (await rules.settings(session)).time(category, severity))


async def assign(session: AsyncSession, row: Ticket, by: uuid.UUID, to: uuid.UUID | None, team: Team | None) -> None:
    """Give it to a person, or to a team of which nobody has it yet. Raises `NothingToDo` where it is so already."""
    await refuse_as_it_is(session, row, to, team)
    row.team = team or row.team
    row.assigned_to = to
    row.state = TicketState.IN_PROGRESS if to else TicketState.OPEN
    facts = {"to": str(to)} if to else {"team": row.team}
    await _note(session, row, TicketHappened.ASSIGNED, by, **facts)
    await _place(session, row)


async def take(session: AsyncSession, row: Ticket, by: uuid.UUID) -> None:
    """Give it to whoever asks. Raises `NothingToDo` where somebody has it, and says who."""
    await refuse_taken(session, row, by)
    await assign(session, row, by, by, None)


async def comment(session: AsyncSession, row: Ticket, by: uuid.UUID, text: str) -> None:
    """Note something; also on one that is closed."""
    await _note(session, row, TicketHappened.COMMENT, by, text=text)
    await _redraw(session, row)


async def wait(session: AsyncSession, row: Ticket, by: uuid.UUID, text: str) -> None:
    """It waits for somebody else. Its due time stays."""
    refuse_waiting(row)
    row.state = TicketState.WAITING
    await _note(session, row, TicketHappened.WAITING, by, text=text)
    await _redraw(session, row)


async def close(session: AsyncSession, row: Ticket, by: uuid.UUID, text: str) -> None:
    """It is done. One in twenty is looked at by a second person then, the first time."""
    refuse_closed(row)
    row.state, row.closed, row.closed_by = TicketState.CLOSED, func.clock_timestamp(), by
    await session.flush()
    await session.refresh(row)
    await _note(session, row, TicketHappened.CLOSED, by, text=text)
    await _redraw(session, row)
    if sampling.is_drawn(row.id) and await session.get(TicketSample, row.id) is None:
        session.add(TicketSample(ticket_id=row.id))
        await session.flush()


async def reopen(session: AsyncSession, row: Ticket, by: uuid.UUID, text: str) -> None:
    """It is not done after all: whoever had it has it again, and its time begins anew."""
    refuse_not_closed(row)
    row.state = TicketState.IN_PROGRESS if row.assigned_to else TicketState.OPEN
    row.closed = row.closed_by = row.overdue_told = None
    row.reopened += 1
    row.due = await due(session, row.category, row.severity, await clock(session))
    await _note(session, row, TicketHappened.REOPENED, by, text=text)
    await _redraw(session, row)


@dataclass(frozen=True)
class Escalation:
    """Where a ticket goes, how bad it is from then on, and what is known about it."""

    team: Team
    severity: TicketSeverity
    text: str
    known: tuple[tuple[str, str], ...] = ()
    """What was collected for the team: labels and texts, nothing personal."""


async def escalate(session: AsyncSession, row: Ticket, by: uuid.UUID, to: Escalation) -> None:
    """Another team, or worse than it was: its time is that of its severity from now, and never more than it had."""
    refuse_closed(row)
    now = await clock(session)
    before = {"team": row.team, "severity": row.severity}
    sooner = min(row.due, await due(session, row.category, to.severity, now))
    if sooner != row.due:
        row.due, row.overdue_told = sooner, None
    if to.team != row.team:  # nobody of that team has it yet
        row.assigned_to, row.state = None, TicketState.OPEN
    row.team, row.severity = to.team, to.severity
    row.escalated = row.escalated or now
    facts = {"team": to.team, "severity": to.severity, "before": before, "text": to.text, "known": list(to.known)}
    await _note(session, row, TicketHappened.ESCALATED, by, **facts)
    await _place(session, row)


async def overdue(session: AsyncSession, row: Ticket) -> None:
    """Note that its time is over; whoever says so to the team does it once."""
    row.overdue_told = func.clock_timestamp()
    await _note(session, row, TicketHappened.OVERDUE, None)
    await _redraw(session, row)


async def rate(session: AsyncSession, row: Ticket, by: uuid.UUID, verdict: str, text: str) -> None:
    """What a second person says of how it was handled."""
    sample = await session.get_one(TicketSample, row.id, populate_existing=True)
    sample.verdict, sample.note, sample.answered = verdict, text, func.clock_timestamp()
    await _note(session, row, TicketHappened.RATED, by, verdict=verdict, text=text)
    await _redraw(session, row)


def refuse_closed(row: Ticket) -> None:
    """Raise `NothingToDo` where it is closed."""
    if row.state == TicketState.CLOSED:
        number = called(row.number)
        raise NothingToDo(
            f"{number} is closed. Nothing was done. If it is not over, first type /pm ticket reopen {number} because …"
        )


def refuse_waiting(row: Ticket) -> None:
    """Raise `NothingToDo` where it is closed, or waits already."""
    refuse_closed(row)
    if row.state == TicketState.WAITING:
        raise NothingToDo(f"{called(row.number)} is waiting already. Nothing was done.")


def refuse_not_closed(row: Ticket) -> None:
    """Raise `NothingToDo` where it is not closed."""
    if row.state != TicketState.CLOSED:
        raise NothingToDo(f"{called(row.number)} is {STATES[TicketState(row.state)]}, not closed. Nothing was done.")


async def refuse_taken(session: AsyncSession, row: Ticket, by: uuid.UUID) -> None:
    """Raise `NothingToDo` where it is closed, or somebody has it."""
    refuse_closed(row)
    if row.assigned_to is None:
        return
    number = called(row.number)
    if row.assigned_to != by:
        who = await staff.name_of(session, row.assigned_to)
        raise NothingToDo(
            f"{who} has {number} already. Nothing was done. To take it over, type /pm ticket assign {number} me"
        )
    if row.state == TicketState.IN_PROGRESS:
        raise NothingToDo(f"You have {number} already. Nothing was done.")


async def refuse_as_it_is(session: AsyncSession, row: Ticket, to: uuid.UUID | None, team: Team | None) -> None:
    """Raise `NothingToDo` where it is closed, or that person or team has it."""
    refuse_closed(row)
    if to is not None and to == row.assigned_to and row.state == TicketState.IN_PROGRESS:
        who = await staff.name_of(session, to)
        raise NothingToDo(f"{who} has {called(row.number)} already. Nothing was done.")
    if to is None and row.assigned_to is None and row.state == TicketState.OPEN and team in (None, row.team):
        raise NothingToDo(f"{called(row.number)} is with that team already. Nothing was done.")


async def home(session: AsyncSession, row: Ticket) -> Home:
    """The thread of its card; its team's channel while the card is nowhere yet."""
    _, ts = await outbox.place_of(session, key(row))
    return Home(row.team, ts)


def key(row: Ticket) -> str:
    """Names its card where its team is."""
    return f"ticket:{row.id}:{row.team}"


async def history(session: AsyncSession, ticket_id: uuid.UUID) -> list[TicketEvent]:
    """What happened to it, the oldest first."""
    found = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.id)
    return list(await session.scalars(found))


async def _note(
    session: AsyncSession, row: Ticket, what: TicketHappened, by: uuid.UUID | None, **facts: Any
) -> TicketEvent:
    others = what in TOLD and row.asked_by not in (by, staff.ITSELF)
    event = TicketEvent(ticket_id=row.id, what=what, staff_id=by, facts=facts, to_tell=others)
    session.add(event)
    await session.flush()
    return event


async def _place(session: AsyncSession, row: Ticket) -> None:
    """One card, where its team is; where it was before, a line says where it went."""
    cards = Message.subject == str(row.id), Message.projection.in_((CARD, MOVED))
    here = case((Message.key == key(row), CARD), else_=MOVED)
    await session.flush()
    await session.execute(update(Message).where(*cards).values(projection=here))
    if not await outbox.known(session, key(row)):
        await _show(session, row)
    await _redraw(session, row)


async def _show(session: AsyncSession, row: Ticket) -> None:
    await outbox.show(session, key(row), channel=row.team, projection=CARD, subject=str(row.id))


async def _redraw(session: AsyncSession, row: Ticket) -> None:
    """Its card, where it was before, and that it was late."""
    await session.flush()
    await outbox.refresh_about(session, [str(row.id)])
