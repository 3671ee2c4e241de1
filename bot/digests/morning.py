"""The morning digest: what needs somebody, what is unusual, the grid; facts only, drawn by digests/morning.j2."""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests import sections
from bot.digests.sections.base import SECTIONS, Item, Level, Section, Window, most_urgent

TEMPLATE = "digests/morning.j2"
Kind = TypeVar("Kind", bound=Section)

for module in pkgutil.iter_modules(sections.__path__, f"{sections.__name__}."):
    importlib.import_module(module.name)


@dataclass(frozen=True)
class Morning:
    """Everything the digest says."""

    sections: tuple[Section, ...]
    """In the order in which they are shown."""

    def of(self, kind: type[Kind]) -> Kind:
        """What one of them has found."""
        [found] = [one for one in self.sections if isinstance(one, kind)]
        return found

    @property
    def items(self) -> list[Item]:
        """What needs somebody: red before yellow before green."""
        return most_urgent([item for one in self.sections for item in one.items()])

    @property
    def quiet(self) -> bool:
        """Nothing to say that is not as it should be."""
        return not self.items and not any(one.eventful for one in self.sections)

    @property
    def calm(self) -> str:
        """What a quiet night is told by."""
        return ", ".join(one.calm for one in self.sections if one.calm)

    @property
    def headline(self) -> str:
        number, red = len(self.items), sum(item.level is Level.RED for item in self.items)
        if number == 0:
            return "Quiet night"
        if number == 1:
            return "Quiet night except for one thing"
        return f"{number} things need attention" + (f", {red} of them now" if red else "")

    @property
    def offered(self) -> list[Section]:
        """Those whose details are offered: first where something needs somebody."""
        named = dict.fromkeys(item.section for item in self.items)
        first = [one for name in named for one in self.sections if one.name == name]
        others = [one for one in self.sections if one.worth_a_look and one not in first]
        return [one for one in (*first, *others) if one.shows]


async def read(session: AsyncSession, window: Window) -> Morning:
    kinds = sorted(SECTIONS.values(), key=lambda kind: kind.place)
    return Morning(tuple([await kind.read(session, window) for kind in kinds]))
