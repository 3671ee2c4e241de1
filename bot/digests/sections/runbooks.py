"""Runbooks that nobody has said to be right for 180 days: found wrong when they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Section, Window, section
from bot.personal import Moment
from bot.store import runbooks
from bot.store.runbooks import Page
from bot.words import counted


@section
@dataclass(frozen=True)
class Runbooks(Section):
    """Those that are stale, by name."""

    name: ClassVar[str] = "runbooks"
    title: ClassVar[str] = "Runbooks that nobody has confirmed for 180 days"
    shows: ClassVar[str] = "Show stale runbooks"

    stale: tuple[str, ...]
    number: int
    """Of all."""

    @property
    def described(self) -> str:
        verb = "was" if len(self.stale) == 1 else "were"
        return f"{len(self.stale)} of {counted(self.number, 'runbook')} {verb} not confirmed for 180 days"

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        found = await runbooks.pages(session)
        return cls(tuple(one.row.name for one in _stale(found, window)), len(found))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        found = _stale(await runbooks.pages(session), window)
        return [
            fact(one.row.name, f"{one.row.title}, last confirmed or written ", Moment.of(one.right)) for one in found
        ]


def _stale(found: Sequence[Page], window: Window) -> list[Page]:
    return [one for one in found if one.stale(window.now)]
