"""A hold, by the number of the request that placed it."""

import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter
from bot.holds.kinds import kind_of
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_number, as_uuid, quoted, unescape
from bot.store.models import Hold, Proposal

OFFERED = 5


@dataclass(frozen=True)
class HeldBy(Parameter):
    """What a request holds: by its number."""

    label: ClassVar[str] = "Request"
    usage: ClassVar[str] = "12"
    example: ClassVar[str] = "12"
    explanation: ClassVar[str] = "the number of the request that made the change; /pm holds shows these numbers"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the number of a request"

    hold_id: uuid.UUID
    number: int | None
    hold: Hold = field(compare=False, repr=False)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip().removeprefix("#")
        if not typed:
            raise MissingParameter(parameter, "Which one? Type the number of its request. /pm holds shows the numbers.")
        if as_uuid(typed) is not None:
            return await cls.load(typed, lookup.session)
        number = as_number(typed)
        found = await _open(lookup.session, number)
        if not found:
            raise await cls._none(parameter, typed, lookup)
        if len(found) > 1:
            raise InvalidParameter(
                parameter,
                f"Request {number} made {len(found)} temporary changes. Which one?",
                suggestions=[
                    lookup.instead(parameter, str(one.id), await said(one, lookup)) for one in found[:OFFERED]
                ],
            )
        return cls(found[0].id, number, found[0])

    @classmethod
    async def _none(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        rows = await lookup.session.execute(
            select(Hold, Proposal.number)
            .join(Proposal, Proposal.id == Hold.proposal_id)
            .where(Hold.ended.is_(None))
            .order_by(Hold.starts.desc())
            .limit(OFFERED)
        )
        return InvalidParameter(
            parameter,
            f"Request {quoted(typed)} has no temporary change that is still active. /pm holds shows the active ones.",
            suggestions=[
                lookup.instead(parameter, str(number), f"{number}: {await said(hold, lookup)}") for hold, number in rows
            ],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        rows = await session.execute(
            select(Hold, Proposal.number)
            .join(Proposal, Proposal.id == Hold.proposal_id)
            .where(Hold.ended.is_(None))
            .order_by(Hold.starts)
        )
        return [
            Choice((f"{number}: ", *await kind_of(hold).describe(session, hold)), str(hold.id))
            for hold, number in rows
            if typed.strip().removeprefix("#") in str(number)
        ]

    @property
    def shown(self) -> str:
        return str(self.number or "")

    def dump(self) -> str:
        return str(self.hold_id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        hold = await session.get(Hold, uuid.UUID(str(dumped)))
        if hold is None:
            raise InvalidParameter("hold", "There is no such temporary change. /pm holds shows the active ones.")
        number = await session.scalar(select(Proposal.number).where(Proposal.id == hold.proposal_id))
        return cls(hold.id, number, hold)


async def _open(session: AsyncSession, number: int) -> list[Hold]:
    found = await session.scalars(
        select(Hold)
        .join(Proposal, Proposal.id == Hold.proposal_id)
        .where(Proposal.number == number, Hold.ended.is_(None))
        .order_by(Hold.step, Hold.starts)
    )
    return list(found)


async def said(hold: Hold, lookup: Lookup) -> str:
    """What a hold does, without anything personal: for a button that everybody in a channel may see."""
    parts = await kind_of(hold).describe(lookup.session, hold)
    return "".join(part if isinstance(part, str) else "…" for part in parts)
