"""What the policy says of tickets, read where there is no policy at hand: the newest on record."""

import datetime as dt
import tomllib
from functools import lru_cache

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import PolicyInForce
from bot.ticket_rules import TicketSettings


async def settings(session: AsyncSession) -> TicketSettings:
    """That of the processes that are running."""
    newest = select(PolicyInForce.source).order_by(PolicyInForce.id.desc()).limit(1)
    return _read(await session.scalar(newest) or "")


@lru_cache(maxsize=4)
def _read(source: str) -> TicketSettings:
    """Of a file that another version can read and this one cannot, what comes unless it says otherwise."""
    try:
        return TicketSettings.model_validate(tomllib.loads(source).get("tickets", {}))
    except ValidationError:
        return TicketSettings()


def due(begins: dt.datetime, time: dt.timedelta) -> dt.datetime:
    """So long after a moment. 24 hours are 24 hours, also in the night in which the clocks change.

    In the zone of a session, Python and PostgreSQL would count days by the clock on the wall.
    """
    return begins.astimezone(dt.UTC) + time
