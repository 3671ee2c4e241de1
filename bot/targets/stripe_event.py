"""Events from Stripe: by their ids, as messages about them show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import billing_reads
from bot.targets.base import OFFERED, Target

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.stripe_event:' || :id))")


@dataclass(frozen=True)
class StripeEvent(Target):
    """One event that came from Stripe."""

    kind: ClassVar[str] = "stripe_event"
    noun: ClassVar[str] = "event"
    such_as: ClassVar[str] = "evt_demo000090"
    otherwise: ClassVar[str] = "Its id is on the message about it in the finance channel."
    label: ClassVar[str] = "Event"
    usage: ClassVar[str] = "event-id"
    example: ClassVar[str] = "evt_demo000090"
    explanation: ClassVar[str] = "an event from Stripe, by its id"
    hint: ClassVar[str] = "Type the beginning of its id"

    stripe_id: str
    type: str

    @property
    def id(self) -> str:
        return self.stripe_id

    @property
    def apart(self) -> str:
        return self.type

    async def lock(self, session: AsyncSession) -> None:
        """Nobody else has it tried again meanwhile."""
        await session.execute(LOCK, {"id": self.stripe_id})

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        found = await billing_reads.event(session, identifier)
        return cls(found.id, found.type) if found else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        one = await cls.get(session, typed.strip())
        return [one] if one else []

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """Those that failed, the newest first."""
        found = await billing_reads.failed_events(session, limit=OFFERED, begins=typed.strip())
        return [cls(one.id, one.type) for one in found]
