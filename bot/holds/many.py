"""What one request holds of many things: one message counts them, where each by itself would bury a channel."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import staff
from bot.store.models import Hold, HoldCause, Verification

FEW = 3  # of one request are told of one by one

# Built once: building a statement takes as long as running it.
_ONE_MORE = select(Hold.id).where(Hold.proposal_id == bindparam("of")).offset(FEW).limit(1)
_COUNTED = select(
    func.count().label("total"),
    func.count(Hold.ended).label("ended"),
    *(func.count().filter(Hold.cause == one).label(one) for one in HoldCause),
    func.count().filter(Hold.after["changed_outside"].as_boolean()).label("changed_outside"),
    *(
        func.count().filter(Hold.verification == one).label(one)
        for one in (Verification.CONFIRMED, Verification.NOT_YET, Verification.UNCONFIRMED)
    ),
    func.max(Hold.ended).label("last"),
    func.min(Hold.ends).filter(Hold.ended.is_(None)).label("next"),
    func.array_agg(Hold.ended_by.distinct()).filter(Hold.ended_by.is_not(None)).label("enders"),
).where(Hold.proposal_id == bindparam("of"))


@dataclass(frozen=True)
class Counted:
    """How many of what a request holds are how far; a name such as `planned` is a cause, `confirmed` an answer."""

    total: int
    ended: int
    planned: int
    resumed: int
    outside: int
    alarmed: int
    changed_outside: int
    """Ended, and somebody had set the same on the platform: left as they are."""
    confirmed: int
    not_yet: int
    unconfirmed: int
    last: dt.datetime | None
    """When the last of them ended."""
    next: dt.datetime | None
    """When the next one will; None where all have, or none ends by itself."""
    by: str | None
    """Who ended some before their time, where it was one person."""


async def of_many(session: AsyncSession, hold: Hold) -> bool:
    """Whether its request holds so many things that they are told of together."""
    return hold.proposal_id is not None and (await session.scalar(_ONE_MORE, {"of": hold.proposal_id})) is not None


async def counted(session: AsyncSession, proposal_id: uuid.UUID) -> Counted:
    """Of all that a request holds or held."""
    row = (await session.execute(_COUNTED, {"of": proposal_id})).one()._asdict()
    enders = row.pop("enders") or []
    return Counted(**row, by=await staff.name_of(session, enders[0]) if len(enders) == 1 else None)
