"""Drawing tickets: the one card of each, what was told to whom, and the question to a second person."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.tickets import facts, show
from bot.actions.tickets.parameters import TEAMS, VERDICTS
from bot.delivery.deliver import Projection
from bot.drawing import mentions
from bot.drawing.buttons import button
from bot.drawing.elements import Element, user_mention
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline.core import now
from bot.policy import Policy
from bot.store.models import (
    JSON,
    Ticket,
    TicketEvent,
    TicketHappened,
    TicketSample,
    TicketState,
    TicketVerdict,
)
from bot.ticket_rules import Team, TicketSeverity
from bot.tickets import ledger

TOLD, OVERDUE, SAMPLE = "ticket_told", "ticket_overdue", "ticket_sample"  # projections
ICONS = {
    TicketSeverity.CRITICAL: "🔴",
    TicketSeverity.HIGH: "🟠",
    TicketSeverity.MEDIUM: "🟡",
    TicketSeverity.LOW: "🔵",
}
OVER = "🟢"
LATEST = 5  # lines of the history on the card
URGENT = (TicketSeverity.CRITICAL, TicketSeverity.HIGH)


class TicketCards:
    """What delivery draws of tickets."""

    def __init__(self, renderer: Renderer, policy: Policy, team_id: str) -> None:
        self._renderer, self._policy, self._team_id = renderer, policy, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name."""
        return {
            ledger.CARD: self.card,
            ledger.MOVED: self.moved,
            TOLD: self.told,
            OVERDUE: self.overdue,
            SAMPLE: self.sample,
        }

    async def card(self, session: AsyncSession, subject: str) -> JSON:
        """The one card of a ticket, where its team is. In a dozen statements, drawn when something has changed."""
        row = await session.get_one(Ticket, uuid.UUID(subject))
        events = await ledger.history(session, row.id)
        is_open = row.closed is None
        return self._renderer.message(
            "ticketing/card.j2",
            Clearance.CHANNEL,
            row=row,
            number=ledger.called(row.number),
            icon=ICONS[TicketSeverity(row.severity)] if is_open else OVER,
            state=ledger.STATES[TicketState(row.state)],
            late=is_open and row.due < await now(session),
            about=[one for one in await show.of(session, row) if one.label not in ("Due", "Closed", "Kind")],
            category=facts.category(row),
            known=facts.known(events),
            mention=await self._whom(session, row) if is_open else [],
            lines=await facts.lines(session, events[-LATEST:]),
            card_buttons=_buttons(row),
        )

    async def moved(self, session: AsyncSession, subject: str) -> JSON:
        """Where its card was before another team got it."""
        row = await session.get_one(Ticket, uuid.UUID(subject))
        team, number = TEAMS[Team(row.team)], ledger.called(row.number)
        return self._renderer.message(
            "ticketing/moved.j2", Clearance.CHANNEL, number=number, title=row.title, team=team
        )

    async def told(self, session: AsyncSession, subject: str) -> JSON:
        """To whoever opened it: one line of its history."""
        event = await session.get_one(TicketEvent, int(subject))
        row = await session.get_one(Ticket, event.ticket_id)
        [line] = await facts.lines(session, [event])
        return self._renderer.message(
            "ticketing/told.j2",
            Clearance.CHANNEL,
            number=ledger.called(row.number),
            title=row.title,
            happened=line,
            closed=event.what == TicketHappened.CLOSED,
        )

    async def overdue(self, session: AsyncSession, subject: str) -> JSON:
        """To its team, once for each due time; changes in place when it is closed, or has another one."""
        row = await session.get_one(Ticket, uuid.UUID(subject))
        is_late = row.closed is None and row.due < await now(session)
        return self._renderer.message(
            "ticketing/overdue.j2",
            Clearance.CHANNEL,
            row=row,
            number=ledger.called(row.number),
            late=is_late,
            mention=await self._whom(session, row) if is_late else [],
            card_buttons=_buttons(row) if is_late else [],
        )

    async def sample(self, session: AsyncSession, subject: str) -> JSON:
        """To a second person: was this one handled well?"""
        row = await session.get_one(Ticket, uuid.UUID(subject))
        one = await session.get_one(TicketSample, row.id)
        asked = [("Handled well …", TicketVerdict.GOOD, "primary"), ("Not well …", TicketVerdict.NOT_GOOD, None)]
        return self._renderer.message(
            "ticketing/sample.j2",
            Clearance.CHANNEL,
            number=ledger.called(row.number),
            title=row.title,
            text=row.reason,
            verdict=VERDICTS[TicketVerdict(one.verdict)] if one.verdict else None,
            lines=await facts.lines(session, (await ledger.history(session, row.id))[-2 * LATEST :]),
            card_buttons=[]
            if one.verdict
            else [button(label, f"ticket:rate:{verdict}", row.id, style) for label, verdict, style in asked],
        )

    async def _whom(self, session: AsyncSession, row: Ticket) -> list[Element | str]:
        """Whoever has it; of what is urgent, late or escalated, the team while nobody does."""
        links = await slack_ids(session, self._team_id)
        if row.assigned_to is not None:
            return [user_mention(links[row.assigned_to])] if row.assigned_to in links else []
        urgent = row.severity in URGENT or row.escalated or row.due < await now(session)
        return await mentions.team(session, self._policy, self._team_id, row.team) if urgent else []


def _buttons(row: Ticket) -> list[JSON]:
    if row.state == TicketState.CLOSED:
        return [button("Reopen it …", "ticket:reopen", row.id)]
    taken = row.assigned_to is not None and row.state == TicketState.IN_PROGRESS
    take = [] if taken else [button("Take it", "ticket:take", row.id, "primary")]
    return [
        *take,
        button("Comment on it …", "ticket:comment", row.id),
        button("Close it …", "ticket:close", row.id),
        button("Escalate it …", "ticket:escalate", row.id),
    ]
