"""What could not be copied from Stripe: one message for each thing that it is about, until it is copied after all."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.billing.money import FINANCE
from bot.drawing.buttons import button
from bot.errors import OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Desk
from bot.platform import billing_reads
from bot.store import outbox
from bot.store.models import StripeProblem


async def note(session: AsyncSession, about: str, event: str, kind: str, text: str) -> None:
    """Finance hears of it; of the next one about the same thing on the same message."""
    said = {"event": event, "kind": kind, "text": text, "at": func.now(), "settled": None}
    statement = insert(StripeProblem).values(id=uuid.uuid4(), about=about, **said)
    await session.execute(statement.on_conflict_do_update(index_elements=[StripeProblem.about], set_=said))
    await outbox.show(session, _key(about), channel=FINANCE, projection="stripe_problem", subject=about)


async def settle(session: AsyncSession, events: Collection[str], *, about: str | None = None) -> None:
    """These events are copied now, or all that there was about a subscription: the message says so."""
    meant = or_(StripeProblem.about == about, StripeProblem.event.in_(events))
    over = update(StripeProblem).where(meant, StripeProblem.settled.is_(None)).values(settled=func.now())
    for one in await session.scalars(over.returning(StripeProblem)):
        if one.about == one.kind:
            await _next_of(session, one)
        await outbox.refresh(session, _key(one.about))


async def _next_of(session: AsyncSession, one: StripeProblem) -> None:
    """What was told once for all events of a type is over with the last of them."""
    left = await billing_reads.failed_events(session, limit=1, kind=one.kind)
    if left:
        one.event, one.text, one.settled = left[0].id, left[0].error or one.text, None
        await session.flush()


async def told(session: AsyncSession, about: str) -> dict[str, Any]:
    """What its message says."""
    one = (await session.scalars(select(StripeProblem).where(StripeProblem.about == about))).one()
    return {
        "text": one.text,
        "event": one.event,
        "kind": one.kind,
        "settled": one.settled,
        "again": button("Try again", "stripe:again", one.id),
    }


async def pressed(desk: Desk, problem_id: uuid.UUID, what: str) -> None:
    """`again`: as if somebody had typed it. Raises `Refused`."""
    one = await desk.session.get(StripeProblem, problem_id)
    if what != "again" or one is None:
        raise OutOfDate("That button is from an older version of the bot. Type /pm stripe retry and the event's id.")
    await commands.run(desk, await desk.operator(), "stripe retry", {"event": one.event})


def _key(about: str) -> str:
    return f"stripe-problem:{about}"
