"""Holds that are still on: what is held back, by whom, until when."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.sections.base import Window
from bot.holds.kinds import kind_of
from bot.holds.reads import numbered
from bot.personal import Part
from bot.platform import staff

NAME = "holds"


@dataclass(frozen=True)
class Held:
    """One open hold."""

    what: tuple[Part, ...]
    by: str
    ends: dt.datetime | None
    """None: until somebody ends it."""


async def read(session: AsyncSession, window: Window) -> tuple[Held, ...]:
    """Those that end first come first."""
    return tuple(
        [
            Held(await kind_of(hold).describe(session, hold), await staff.name_of(session, hold.staff_id), hold.ends)
            for hold, _ in await numbered(session)
        ]
    )
