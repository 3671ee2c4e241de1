"""Queues: by their name."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Lookup, did_you_mean, quoted
from bot.platform import queues
from bot.targets.base import Target


@dataclass(frozen=True)
class Queue(Target):
    """One queue, by its name; in Redis each name has a prefix."""

    kind: ClassVar[str] = "queue"
    noun: ClassVar[str] = "queue"
    such_as: ClassVar[str] = "email-sending"
    label: ClassVar[str] = "Queue"
    usage: ClassVar[str] = "queue"
    example: ClassVar[str] = "email-sending"
    explanation: ClassVar[str] = "a queue such as email-sending"
    hint: ClassVar[str] = "Type a queue's name"

    queue: str

    @property
    def id(self) -> str:
        return self.queue

    @property
    def apart(self) -> str:
        return self.noun

    async def lock(self, session: AsyncSession) -> None:
        await super().lock(session)
        await queues.is_active(session, self.queue, hold=True)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        return cls(identifier) if identifier in await queues.names(session) else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        wanted = (typed.lower(), typed.lower().removeprefix("queue:"))
        return [cls(name) for name in await queues.names(session) if name.lower() in wanted]

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = {name.lower(): name for name in await queues.names(session)}
        return [cls(known[one]) for one in get_close_matches(typed.lower(), known, n=2, cutoff=0.6)]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls(name) for name in await queues.names(session) if typed.lower() in name.lower()]

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        close = [one.queue for one in await cls.close(lookup.session, typed)]
        there = ", ".join(await queues.names(lookup.session))
        return InvalidParameter(
            parameter,
            f"There is no queue {quoted(typed)}. {did_you_mean(close) or f'The queues: {there}'}",
            suggestions=[lookup.instead(parameter, name, f"… in {name}") for name in close],
        )
