"""What extending and ending a hold have in common."""

import uuid
from collections.abc import Collection, Sequence
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.cases import Case
from bot.actions.holds.parameters import HeldBy
from bot.actions.impact import Fact, fact
from bot.errors import NothingToDo
from bot.holds import engine
from bot.holds.kind import Kind
from bot.holds.kinds import KINDS, kind_of
from bot.holds.reads import numbered
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform.staff import StaffRecord
from bot.policy import Risk
from bot.store.models import Hold


class HoldChange(Action):
    """Something that is done to an open hold; by whoever set it, and by operations and security."""

    permission, risk = Permission.HOLD_READ, Risk.LOW
    writes = tuple(dict.fromkeys(write for kind in KINDS.values() for write in kind.writes))
    team = "operations"
    hold: HeldBy

    @property
    def kind(self) -> Kind:
        return kind_of(self.hold.hold)

    @property
    def target(self) -> str:
        return self.hold.hold.target

    @property
    def verifiable(self) -> bool:
        return not self.kind.own

    @property
    def about(self) -> uuid.UUID | None:
        return self.kind.about(self.hold.hold)

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.kind.tenant(self.hold.hold)

    def refuses(self, operator: Operator) -> str | None:
        if operator.id == self.hold.hold.staff_id or operator.may(Permission.HOLD_CHANGE):
            return None
        return (
            "Only operations, security, or the person who made this temporary change can change or end it. "
            "Ask one of them."
        )

    @classmethod
    def of(cls, hold: HeldBy) -> Self:
        """As it would be asked for about a hold, with whatever else it takes."""
        return cls(hold=hold)

    @classmethod
    async def cases(cls, session: AsyncSession, people: Sequence[StaffRecord], roles: Collection[str]) -> list[Case]:
        """Each hold that is open: it is decided as what it holds is."""
        changes = [cls.of(HeldBy(hold.id, number, hold)) for hold, number in await numbered(session)]
        return [Case(one.stakes, one.hold.shown, one.about, refuses=one.refuses) for one in changes]

    async def opened(self, session: AsyncSession) -> Hold:
        """The hold as it is now. Raises `NothingToDo` if it has ended."""
        hold = await session.get_one(Hold, self.hold.hold_id, populate_existing=True)
        if hold.ended is not None:
            raise NothingToDo("This temporary change has already ended. Nothing was done.")
        return hold

    def meant(self, what: Sequence[Part], by: str) -> tuple[Fact, ...]:
        """What is held, and who set it."""
        number = f" · request {self.hold.number}" if self.hold.number else ""
        return fact("What", *what, bound=True), fact("Set by", Personal(personal="person", value=by), number)

    async def lock(self, session: AsyncSession) -> None:
        await self.kind.lock(session, self.hold.hold)
        await engine.lock(session)
