"""Read-only mode, while it is on: everybody who wonders why nothing works reads it first."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.holds import read_only
from bot.holds.read_only import ReadOnly


@section
@dataclass(frozen=True)
class ReadOnlyMode(Section):
    """Who switched it on, why and until when."""

    name: ClassVar[str] = "read_only"

    on: ReadOnly | None

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        return cls(await read_only.now(session))

    def items(self) -> list[Item]:
        if self.on is None:
            return []
        return [Item(Level.YELLOW, ("Read-only mode: changes are refused ", *self.on.parts), self.name)]
