"""What nobody has used for 90 days: a way to limit damage that was never tried is found broken when it is needed."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, fact
from bot.actions.registry import registry
from bot.digests.figures.history import history
from bot.digests.sections.base import Section, Window, section
from bot.policy import Risk
from bot.words import counted

DAYS = 90


@section
@dataclass(frozen=True)
class Unexercised(Section):
    """Commands that change something, and that nobody asked for."""

    name: ClassVar[str] = "unexercised"
    title: ClassVar[str] = "Commands that nobody used for 90 days"
    shows: ClassVar[str] = "Show unused commands"

    commands: int
    """All that change something."""
    unused: tuple[str, ...]
    containing: tuple[str, ...]
    """Those among them that limit damage."""
    days: int
    """How many are counted; what is older than that is not known."""

    @property
    def described(self) -> str:
        if not self.unused:
            return f"all {self.commands} commands that change something were used"
        said = f"{len(self.unused)} of {self.commands} commands that change something were not used"
        if not self.containing:
            return said
        verb = "limits" if len(self.containing) == 1 else "limit"
        return f"{said}, of which {len(self.containing)} {verb} damage: try those in a sandbox"

    @property
    def known(self) -> str:
        """For how long that is known."""
        return (
            f"in {counted(DAYS, 'day')}" if self.days >= DAYS else f"in the {counted(self.days, 'day')} counted so far"
        )

    @property
    def worth_a_look(self) -> bool:
        return bool(self.containing)

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins = window.today - dt.timedelta(days=DAYS)
        found = await history(session, window.zone.key, ["used.actions"], begins, window.today)
        used = set(found.subjects("used.actions"))
        since, until = found.counted.get("used", (window.today, window.today))
        every = [one for one in registry.by_verb.values() if one.risk is not Risk.READ]
        unused = [one for one in every if one.name not in used]
        return cls(
            len(every),
            _verbs(unused),
            _verbs([one for one in unused if one.containment]),
            min(DAYS, (until - since).days),
        )

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """Those that limit damage first."""
        found = await cls.read(session, window)
        others = [one for one in found.unused if one not in found.containing]
        return [
            *(fact("Limits damage", f"/pm {one}") for one in found.containing),
            *(fact("Not used", f"/pm {one}") for one in others),
        ]


def _verbs(actions: list[type[Action]]) -> tuple[str, ...]:
    return tuple(sorted(one.verb for one in actions))
