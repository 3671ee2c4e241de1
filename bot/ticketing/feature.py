"""Tickets: their messages, the buttons on them, and what the clock sees to."""

import uuid

from sqlalchemy import select

from bot.drawing.render import Renderer
from bot.errors import OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Desk
from bot.handlers.feature import Feature
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import Ticket
from bot.ticketing.cards import TicketCards
from bot.ticketing.sweep import Sweep
from bot.tickets import ledger

OLD = "That button is from an older version of the bot. Use the newest message of this ticket."
AT_ONCE = ("take",)
FORMS = ("comment", "close", "escalate", "reopen", "rate")
"""Buttons that open the form of a command."""


def feature(database: Database, renderer: Renderer, policy: Policy, team_id: str) -> Feature:
    return Feature(
        projections=TicketCards(renderer, policy, team_id).projections(),
        buttons={"ticket": pressed},
        chores={"tickets": Sweep(database, team_id).sweep},
    )


async def pressed(desk: Desk, ticket_id: uuid.UUID, what: str) -> None:
    """A button on a ticket's message: the command that it stands for. Raises `Refused`."""
    operator = await desk.operator()
    number = await desk.session.scalar(select(Ticket.number).where(Ticket.id == ticket_id))
    name, _, verdict = what.partition(":")
    if name not in (*AT_ONCE, *FORMS) or number is None:
        raise OutOfDate(OLD)
    given = {"ticket": ledger.called(number), **({"verdict": verdict} if verdict else {})}
    once = f"{desk.source}:{name}"
    await commands.run(desk, operator, f"ticket {name}", given, once=once, ask_first=name in FORMS)
