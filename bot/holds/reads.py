"""Which holds are open, and the clock that all of them go by."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import DateTime, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import staff
from bot.platform.models import StaffMember, User
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


@dataclass(frozen=True)
class Placed:
    """An open hold as people know it."""

    hold: Hold
    number: int | None
    """Of the request that placed it."""
    by: str
    """The name of whoever set it."""
    left: dt.timedelta | None
    """Until its end, by the database's clock; None where it has none."""


async def placed(session: AsyncSession, holds: Sequence[Hold]) -> list[Placed]:
    """These holds, in their order, with what people call each by: one statement, however many they are."""
    if not holds:
        return []
    rows = await session.execute(
        select(Hold.id, Proposal.number, User, func.now())
        .outerjoin(Proposal, Proposal.id == Hold.proposal_id)
        .outerjoin(StaffMember, StaffMember.user_id == Hold.staff_id)
        .outerjoin(User, User.id == StaffMember.user_id)
        .where(Hold.id.in_([one.id for one in holds]))
    )
    known = {hold_id: (number, user, now) for hold_id, number, user, now in rows}
    return [
        Placed(one, number, _called(user, one), one.ends - now if one.ends else None)
        for one in holds
        for number, user, now in [known[one.id]]
    ]


def _called(user: User | None, hold: Hold) -> str:
    return staff.called(user) if user is not None else staff.called_by(hold.staff_id)


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
