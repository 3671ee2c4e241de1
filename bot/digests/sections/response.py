"""How fast alerts were answered and over, by how bad they were."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import rank
from bot.digests.sections.base import Section, Window, section
from bot.words import counted, duration

# By the index of `fired`: no alert that is older than the report is read.
MEDIANS = text(
    """
    SELECT worst, count(*),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledged - fired) FILTER (WHERE acknowledged IS NOT NULL),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY acknowledged - fired) FILTER (WHERE acknowledged IS NOT NULL),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved - fired) FILTER (WHERE resolved IS NOT NULL)
    FROM pmbot.alerts WHERE fired >= :begins AND fired < :ends AND worst IS NOT NULL GROUP BY worst
    """
)


@dataclass(frozen=True)
class Answered:
    """The alerts of one severity. A time is None where there was none of it."""

    severity: str
    number: int
    acknowledged: dt.timedelta | None
    """After which half of those that were acknowledged had been."""
    slow: dt.timedelta | None
    """After which nine of ten had been."""
    resolved: dt.timedelta | None

    @property
    def described(self) -> str:
        said = [f"{counted(self.number, 'alert')} {self.severity}"]
        if self.acknowledged is not None and self.slow is not None:
            said.append(
                f"typically acknowledged after {duration(self.acknowledged, 2)} "
                f"(nine of ten within {duration(self.slow, 2)})"
            )
        if self.resolved is not None:
            said.append(f"typically ended after {duration(self.resolved, 2)}")
        return ", ".join(said)


@section
@dataclass(frozen=True)
class Response(Section):
    """The worst first."""

    name: ClassVar[str] = "response"

    all: tuple[Answered, ...]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins, ends = window.past
        rows = await session.execute(MEDIANS, {"begins": begins, "ends": ends})
        found = [Answered(*row) for row in rows]
        return cls(tuple(sorted(found, key=lambda one: -rank(one.severity))))
