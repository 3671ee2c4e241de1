"""The scorecard: each figure with how it is measured, and what it lacks where it cannot be."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.scorecard import MEASURES, Measure, measured
from bot.digests.sections.base import Section, Window, section


@section
@dataclass(frozen=True)
class Scorecard(Section):
    """All measures, in the order of the catalogue."""

    name: ClassVar[str] = "scorecard"
    title: ClassVar[str] = "How each figure is measured"
    shows: ClassVar[str] = "Show how they are measured"

    found: tuple[tuple[str, str], ...]
    """Those that are measured: title, and what was found."""
    lacking: tuple[tuple[str, str], ...]
    """Those that are not: title, and what is lacking."""

    @property
    def worth_a_look(self) -> bool:
        return True

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins, ends = window.past
        found = [(one.title, await measured(session, one, begins, ends)) for one in MEASURES if one.statement]
        return cls(tuple(found), tuple((one.title, one.lacks) for one in MEASURES if not one.statement))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        return [fact(one.title, _how(one)) for one in MEASURES]


def _how(one: Measure) -> str:
    lacks = f"lacks {one.lacks}" if one.lacks else ""
    return "; ".join(part for part in (one.how, lacks) if part)
