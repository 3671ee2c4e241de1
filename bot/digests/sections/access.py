"""Roles and flags that are not as they were: which roles end soon, which flags were overridden this week."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select, true, union
from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.sections.base import Section, Window, section
from bot.platform.models import StaffMember, StaffMemberRole, TenantFeatureFlag, UserFeatureFlag
from bot.store.models import Hold, HoldKind
from bot.words import counted

SOON = dt.timedelta(days=7)


@section
@dataclass(frozen=True)
class Access(Section):
    """As the platform has it, whoever changed it."""

    name: ClassVar[str] = "access"
    always: ClassVar[bool] = True

    ending: int
    """Roles of active staff that end within a week."""
    overridden: int
    """Flags that somebody got a value of their own of since Monday, or that a hold from then on sets."""

    @property
    def described(self) -> str:
        """Empty: nothing to say."""
        said = []
        if self.ending:
            said.append(f"{counted(self.ending, 'role')} {'ends' if self.ending == 1 else 'end'} within a week")
        if self.overridden:
            said.append(f"{counted(self.overridden, 'flag')} overridden since Monday")
        return ", ".join(said)

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        return cls(await _ending(session, window), await _overridden(session, window.week_begins))


async def _ending(session: AsyncSession, window: Window) -> int:
    expires = StaffMemberRole.expires
    number = await session.scalar(
        select(func.count())
        .select_from(StaffMemberRole)
        .join(StaffMember, StaffMember.user_id == StaffMemberRole.user_id)
        .where(StaffMember.is_active == true(), expires > window.now, expires <= window.now + SOON)
    )
    return number or 0


async def _overridden(session: AsyncSession, since: dt.datetime) -> int:
    flags = union(
        *(select(own.flag_key).where(own.updated >= since) for own in (TenantFeatureFlag, UserFeatureFlag)),
        select(Hold.subject["flag"].astext).where(
            Hold.kind == HoldKind.FLAG, Hold.ended.is_(None), Hold.starts >= since
        ),
    )
    return await session.scalar(select(func.count()).select_from(flags.subquery())) or 0
