"""Queues against the time within which their jobs should be done (platform.md)."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, exists, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Weekly, Window, section, weekly
from bot.platform import queues
from bot.platform.models import Job, JobQueue, QueuePause
from bot.platform.queues import WAITING, Scope
from bot.words import counted, duration

YELLOW, RED = 100, 1_000  # jobs waiting
FAILED_RED = 10  # jobs failed in the last day


@dataclass(frozen=True)
class Queue:
    """One queue at the moment of the digest."""

    name: str
    held: int
    """Jobs that are due and held back by a pause: neither late nor on time."""
    waiting: int
    """All others."""
    oldest: dt.timedelta | None
    """How long the one of those waiting longest has been due."""
    failed: int
    """In the last day."""

    @property
    def limit(self) -> dt.timedelta:
        return queues.limit(self.name)

    @property
    def late(self) -> bool:
        return self.oldest is not None and self.oldest > self.limit

    @property
    def level(self) -> Level:
        if self.waiting > RED or self.failed > FAILED_RED:
            return Level.RED
        return Level.YELLOW if self.waiting >= YELLOW or self.late or self.held else Level.GREEN

    @property
    def described(self) -> str:
        parts = [f"{self.held:,} held back by a pause"] if self.held else []
        if self.waiting or not self.held:
            parts.append(f"{self.waiting:,} waiting")
        if self.oldest is not None:
            parts.append(f"oldest {duration(self.oldest, 2)} (limit {duration(self.limit, 2)})")
        if self.failed:
            parts.append(f"{self.failed:,} failed in the last day")
        return ", ".join(parts)


@section
@dataclass(frozen=True)
class Queues(Section):
    """All queues, and failures compared with other weeks."""

    name: ClassVar[str] = "queues"
    place: ClassVar[int] = 30
    title: ClassVar[str] = "Queues"
    shows: ClassVar[str] = "Show the queues"

    all: tuple[Queue, ...]
    failed: Weekly

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
    def late(self) -> tuple[Queue, ...]:
        return tuple(one for one in self.all if one.late)

    @property
    def held(self) -> tuple[Queue, ...]:
        return tuple(one for one in self.all if one.held)

    @property
    def yellow(self) -> tuple[Queue, ...]:
        """Longer than usual or held back, and not among those that need somebody."""
        return tuple(one for one in self.all if one.level is Level.YELLOW and not one.late)

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
        wrong = [one for one in self.all if one.level is Level.RED or one.late]
        return [Item(one.level, (f"Queue {one.name}: {one.described}",), self.name) for one in wrong]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        since, until = window.day
        held = or_(not_(JobQueue.is_active), _paused())
        waiting = (
            select(
                func.count().filter(not_(held)).label("waiting"),
                func.count().filter(held, Job.run_at <= window.now).label("held"),
                func.min(Job.run_at).filter(not_(held)).label("oldest"),
            )
            .where(Job.queue_name == JobQueue.name, Job.status.in_(WAITING))
            .lateral()
        )
        failed = (
            select(Job.queue_name, func.count().label("failed"))
            .where(Job.status == "failed", Job.failed >= since, Job.failed < until)
            .group_by(Job.queue_name)
            .subquery()
        )
        rows = await session.execute(
            select(JobQueue.name, waiting.c.held, waiting.c.waiting, waiting.c.oldest, failed.c.failed)
            .select_from(JobQueue)
            .join(waiting, true())
            .outerjoin(failed, failed.c.queue_name == JobQueue.name)
            .order_by(JobQueue.name)
        )
        found = tuple(
            Queue(name, held_back, waits, window.now - oldest if oldest and oldest < window.now else None, number or 0)
            for name, held_back, waits, oldest, number in rows
        )
        return cls(found, await weekly(session, Job.failed, window, window.day, Job.status == "failed"))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """Every queue, the worst first, with whose jobs wait where it backs up."""
        found = await cls.read(session, window)
        ordered = sorted(found.all, key=lambda one: (one.level.rank, -one.waiting))
        return [fact(one.name, one.described, await _whose(session, one)) for one in ordered]


def _paused() -> ColumnElement[bool]:
    """Whether a pause in force holds the job back."""
    return exists().where(
        QueuePause.lifted.is_(None),
        or_(QueuePause.queue_name.is_(None), QueuePause.queue_name == Job.queue_name),
        or_(QueuePause.tenant_id.is_(None), QueuePause.tenant_id == Job.tenant_id),
    )


async def _whose(session: AsyncSession, one: Queue) -> str:
    if one.level is Level.GREEN:
        return ""
    busiest = await queues.busiest(session, Scope(one.name, None), limit=3)
    whose = ", ".join(f"{name} ({counted(number, 'job')})" for name, number in busiest)
    return f"; most for {whose}" if whose else ""
