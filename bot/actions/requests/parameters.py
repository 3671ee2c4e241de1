"""A request of one's own, by its number."""

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter, as_number, as_uuid, quoted, unescape
from bot.platform import staff
from bot.store.models import Proposal, State

OFFERED = 5


@dataclass(frozen=True)
class OwnRequest(Parameter):
    """What somebody asked for: by its number."""

    label: ClassVar[str] = "Request"
    usage: ClassVar[str] = "12"
    example: ClassVar[str] = "12"
    explanation: ClassVar[str] = "the number of your request; /pm requests shows it"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "Type the number of your request"

    id: uuid.UUID
    number: int

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip().removeprefix("#")
        if not typed:
            raise await cls._which(parameter, lookup)
        if as_uuid(typed) is not None:
            return await cls.load(typed, lookup.session)
        number = as_number(typed)
        found = await lookup.session.scalar(select(Proposal).where(Proposal.number == number))
        if found is None:
            raise InvalidParameter(
                parameter, f"There is no request {quoted(typed)}. /pm requests shows the requests that you can see."
            )
        if found.requester_id != lookup.asker:
            who = lookup.person(await staff.name_of(lookup.session, found.requester_id))
            raise InvalidParameter(
                parameter,
                f"Request {number} is by {who}, and only the person who asked can withdraw it. Nothing was done. "
                "Anyone who may approve this request can reject it instead, on its card.",
            )
        return cls(found.id, found.number)

    @classmethod
    async def _which(cls, parameter: str, lookup: Lookup) -> InvalidParameter:
        """Their open ones as buttons: most often there is one."""
        numbers = await lookup.session.scalars(
            select(Proposal.number)
            .where(Proposal.requester_id == lookup.asker, Proposal.state == State.PENDING)
            .order_by(Proposal.created.desc())
            .limit(OFFERED)
        )
        offers = [lookup.instead(parameter, str(number), f"request {number}") for number in numbers]
        said = "Say which of your requests, by its number." if offers else "You have no open requests."
        return InvalidParameter(parameter, f"{said} /pm requests shows them.", suggestions=offers)

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        found = await session.get(Proposal, uuid.UUID(str(dumped)))
        if found is None:
            raise InvalidParameter(
                "request", "That request no longer exists. /pm requests shows the requests that you can see."
            )
        return cls(found.id, found.number)

    @property
    def shown(self) -> str:
        return str(self.number)
