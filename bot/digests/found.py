"""What a report has found: what needs somebody, what is unusual, its sections; facts only, drawn by its template."""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests import sections
from bot.digests.sections.base import Item, Level, Section, Window, most_urgent, sections_of
from bot.digests.unusual import Compared
from bot.reports import Report

Kind = TypeVar("Kind", bound=Section)

for module in pkgutil.iter_modules(sections.__path__, f"{sections.__name__}."):
    importlib.import_module(module.name)


@dataclass(frozen=True)
class Found:
    """Everything a report says."""

    report: Report
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
    def unusual(self) -> list[Compared]:
        """What is unlike the weeks before, the farthest from it first; what needs somebody says so itself."""
        told = {item.section for item in self.items}
        found = [each for one in self.sections if one.name not in told for each in one.compared() if each.unusual]
        return sorted(found, key=lambda one: -one.distance)

    @property
    def quiet(self) -> bool:
        """Nothing to say that is not as it should be, in a report that then is one line."""
        nothing = not self.items and not self.unusual and not any(one.eventful for one in self.sections)
        return nothing and self.report.short

    @property
    def calm(self) -> str:
        """What a quiet time is told by."""
        return ", ".join(one.calm for one in self.sections if one.calm)

    @property
    def headline(self) -> str:
        red = sum(item.level is Level.RED for item in self.items)
        return self.report.headline(len(self.items), red, len(self.unusual))

    @property
    def offered(self) -> list[Section]:
        """Those whose details are offered: first where something needs somebody."""
        named = dict.fromkeys(item.section for item in self.items)
        first = [one for name in named for one in self.sections if one.name == name]
        others = [one for one in self.sections if one.worth_a_look and one not in first]
        return [one for one in (*first, *others) if one.shows]


async def read(session: AsyncSession, report: Report, window: Window) -> Found:
    return Found(report, tuple([await one.read(session, window) for one in sections_of(report)]))
