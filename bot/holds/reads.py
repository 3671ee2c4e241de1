"""Which holds are open, and the clock that all of them go by."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import DateTime, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Hold, Proposal


async def clock(session: AsyncSession) -> dt.datetime:
    """The database's clock: the only one that all processes share."""
    return (await session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True))))).one()


async def open_holds(session: AsyncSession, *conditions: Any) -> list[Hold]:
    """Those that have not ended, oldest first."""
    found = await session.scalars(
        select(Hold)
        .where(Hold.ended.is_(None), *conditions)
        .order_by(Hold.starts)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def number_of(session: AsyncSession, hold: Hold) -> int | None:
    """The number of the request that placed it."""
    return await session.scalar(select(Proposal.number).where(Proposal.id == hold.proposal_id))


async def numbered(session: AsyncSession) -> list[tuple[Hold, int | None]]:
    """The open ones with the number of the request that placed each; those that end first come first."""
    rows = await session.execute(
        select(Hold, Proposal.number)
        .outerjoin(Proposal, Proposal.id == Hold.proposal_id)
        .where(Hold.ended.is_(None))
        .order_by(Hold.ends.nulls_last(), Hold.starts)
    )
    return [(hold, number) for hold, number in rows]


def longest_first(holds: Iterable[Hold]) -> list[Hold]:
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(holds, key=lambda one: one.ends or latest, reverse=True)
