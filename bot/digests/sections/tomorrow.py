"""What comes within a day by itself: what ends, and what expires unless somebody decides."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import DAY, Section, Window, section
from bot.holds.kinds import kind_of
from bot.personal import Moment
from bot.platform.models import StaffMember, StaffMemberRole
from bot.store.models import Hold, Proposal, State
from bot.words import counted, listed


@section
@dataclass(frozen=True)
class Tomorrow(Section):
    """How much of each."""

    name: ClassVar[str] = "tomorrow"
    title: ClassVar[str] = "Ends within a day"
    shows: ClassVar[str] = "Show what ends"
    always: ClassVar[bool] = True

    holds: int
    """Temporary changes that end."""
    roles: int
    """Roles of active staff that end, however they were given."""
    requests: int
    """Open requests that expire."""

    @property
    def described(self) -> str:
        """Empty: nothing ends."""
        ends = [counted(self.holds, "temporary change")] if self.holds else []
        ends += [counted(self.roles, "role")] if self.roles else []
        said = [f"{listed(ends)} {'ends' if self.holds + self.roles == 1 else 'end'}"] if ends else []
        if self.requests:
            said.append(f"{counted(self.requests, 'request')} will expire unless somebody decides")
        return "; ".join(said)

    @property
    def worth_a_look(self) -> bool:
        return bool(self.holds)

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        until = window.now + DAY
        holds = select(func.count()).where(Hold.ended.is_(None), Hold.ends <= until)
        roles = (
            select(func.count())
            .select_from(StaffMemberRole)
            .join(StaffMember, StaffMember.user_id == StaffMemberRole.user_id)
            .where(StaffMember.is_active == true(), StaffMemberRole.expires.between(window.now, until))
        )
        requests = select(func.count()).where(Proposal.state == State.PENDING, Proposal.expires <= until)
        numbers = select(*(one.scalar_subquery() for one in (holds, roles, requests)))
        return cls(*(await session.execute(numbers)).one())

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """The temporary changes, the first end first."""
        return [await _drawn(session, one) for one in await _ending(session, window.now + DAY)]


async def _ending(session: AsyncSession, until: dt.datetime) -> list[Hold]:
    found = await session.scalars(
        select(Hold).where(Hold.ended.is_(None), Hold.ends <= until).order_by(Hold.ends).limit(20)
    )
    return list(found)


async def _drawn(session: AsyncSession, hold: Hold) -> Fact:
    kind = kind_of(hold)
    ends = (", ends ", Moment.of(hold.ends)) if hold.ends else ()
    return fact(kind.noun.capitalize(), *await kind.describe(session, hold), *ends)
