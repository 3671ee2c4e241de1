"""Queues against the time within which their jobs should be done (platform.md)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Weekly, Window, section, weekly
from bot.digests.unusual import Compared
from bot.platform import queue_state, queues
from bot.platform.models import Job
from bot.platform.queue_state import WORST_FIRST, QueueState
from bot.platform.queues import Scope
from bot.words import counted


@section
@dataclass(frozen=True)
class Queues(Section):
    """All queues, and failures compared with other weeks."""

    name: ClassVar[str] = "queues"
    title: ClassVar[str] = "Queues"
    shows: ClassVar[str] = "Show the queues"

    all: tuple[QueueState, ...]
    failed: Weekly

    def compared(self) -> list[Compared]:
        return [self.failed.beside("failed jobs")]

    @property
    def calm(self) -> str:
        return "queues within their limits"

    @property
    def eventful(self) -> bool:
        return bool(self.held)

    @property
    def worth_a_look(self) -> bool:
        return bool(self.yellow or self.failed.count)

    @property
    def late(self) -> tuple[QueueState, ...]:
        return tuple(one for one in self.all if one.late)

    @property
    def held(self) -> tuple[QueueState, ...]:
        return tuple(one for one in self.all if one.held)

    @property
    def yellow(self) -> tuple[QueueState, ...]:
        """Longer than usual or held back, and not among those that need somebody."""
        return tuple(one for one in self.all if one.health == "yellow" and not one.late)

    @property
    def described(self) -> str:
        """How many are late, held back and on time: each is one of these."""
        late, held = len(self.late), sum(not one.late for one in self.held)
        if not late and not held:
            return "all within their limits"
        parts = [f"{late} late"] if late else []
        parts += [f"{held} held back by a pause"] if held else []
        rest = len(self.all) - late - held
        return ", ".join([*parts, f"the other {rest} within their limits"] if rest else parts)

    def items(self) -> list[Item]:
        wrong = [one for one in self.all if one.health == "red" or one.late]
        return [Item(Level(one.health), (f"Queue {one.name}: {one.described}",), self.name) for one in wrong]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        found = await queue_state.read(session, window.now)
        return cls(found, await weekly(session, Job.failed, window, window.day, Job.status == "failed"))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """Every queue, the worst first, with whose jobs wait where it backs up."""
        found = await cls.read(session, window)
        ordered = sorted(found.all, key=lambda one: (WORST_FIRST.index(one.health), -one.waiting))
        return [fact(one.name, one.described, await _whose(session, one)) for one in ordered]


async def _whose(session: AsyncSession, one: QueueState) -> str:
    if one.health == "green":
        return ""
    busiest = await queues.busiest(session, Scope(one.name, None), limit=3)
    whose = ", ".join(f"{name} ({counted(number, 'job')})" for name, number in busiest)
    return f"; most for {whose}" if whose else ""
