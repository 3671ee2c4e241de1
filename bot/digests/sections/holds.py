"""Holds that are still on: what is held back, by whom, until when."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.sections.base import Section, Window, section
from bot.holds.kinds import kind_of
from bot.holds.reads import numbered
from bot.personal import Part
from bot.platform import staff


@dataclass(frozen=True)
class Held:
    """One open hold."""

    what: tuple[Part, ...]
    by: str
    ends: dt.datetime | None
    """None: until somebody ends it."""


@section
@dataclass(frozen=True)
class Holds(Section):
    """All of them."""

    name: ClassVar[str] = "holds"

    open: tuple[Held, ...]
    """Those that end first come first."""

    @property
    def eventful(self) -> bool:
        return bool(self.open)

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        found = [
            Held(await kind_of(hold).describe(session, hold), await staff.name_of(session, hold.staff_id), hold.ends)
            for hold, _ in await numbered(session)
        ]
        return cls(tuple(found))
