"""Services: by their name."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import services
from bot.targets.base import Target

# One after the other for each service: whoever deploys the same at the same time sees the first one.
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.service:' || :name))")


@dataclass(frozen=True)
class Service(Target):
    """A service of the platform, as its measurements name it."""

    kind: ClassVar[str] = "service"
    noun: ClassVar[str] = "service"
    such_as: ClassVar[str] = "API server"
    label: ClassVar[str] = "Service"
    usage: ClassVar[str] = "service"
    example: ClassVar[str] = "API server"
    explanation: ClassVar[str] = "a service such as API server"
    hint: ClassVar[str] = "Type a service's name"

    name: str

    @property
    def id(self) -> str:
        return self.name

    async def lock(self, session: AsyncSession) -> None:
        await session.execute(LOCK, {"name": self.name})

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        return cls(identifier) if identifier in await services.names(session) else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls(name) for name in await services.names(session) if name.lower() == typed.lower()]

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = {name.lower(): name for name in await services.names(session)}
        return [cls(known[one]) for one in get_close_matches(typed.lower(), known, n=2, cutoff=0.6)]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls(name) for name in await services.names(session) if typed.lower() in name.lower()]
