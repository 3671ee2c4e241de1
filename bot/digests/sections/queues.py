"""Queues against the time within which their jobs should be done (platform.md)."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Weekly, Window, counted, in_words, weekly
from bot.platform import queues
from bot.platform.models import Job, JobQueue
from bot.platform.queues import WAITING, Scope

NAME = "queues"
YELLOW, RED = 100, 1_000  # jobs waiting
FAILED_RED = 10  # jobs failed in the last day


@dataclass(frozen=True)
class Queue:
    """One queue at the moment of the digest."""

    name: str
    is_active: bool
    waiting: int
    oldest: dt.timedelta | None
    """How long the one waiting longest has been due."""
    failed: int
    """In the last day."""

    @property
    def limit(self) -> dt.timedelta:
        return queues.limit(self.name)

    @property
    def late(self) -> bool:
        return self.is_active and self.oldest is not None and self.oldest > self.limit

    @property
    def level(self) -> Level:
        if self.waiting > RED or self.failed > FAILED_RED:
            return Level.RED
        return Level.YELLOW if self.waiting >= YELLOW or self.late else Level.GREEN

    @property
    def described(self) -> str:
        parts = [f"{self.waiting:,} waiting"] if self.is_active else [f"paused, {self.waiting:,} waiting"]
        if self.oldest is not None:
            parts.append(f"oldest {in_words(self.oldest)} (limit {in_words(self.limit)})")
        if self.failed:
            parts.append(f"{self.failed:,} failed in the last day")
        return ", ".join(parts)


@dataclass(frozen=True)
class Queues:
    """All queues, and failures compared with other weeks."""

    all: tuple[Queue, ...]
    failed: Weekly

    @property
    def late(self) -> tuple[Queue, ...]:
        return tuple(one for one in self.all if one.late)

    @property
    def paused(self) -> tuple[Queue, ...]:
        return tuple(one for one in self.all if not one.is_active)

    @property
    def yellow(self) -> tuple[Queue, ...]:
        """Longer than usual, and not among those that need somebody."""
        return tuple(one for one in self.all if one.level is Level.YELLOW and not one.late)

    def items(self) -> list[Item]:
        wrong = [one for one in self.all if one.level is Level.RED or one.late]
        return [Item(one.level, (f"Queue {one.name}: {one.described}",), NAME) for one in wrong]


async def read(session: AsyncSession, window: Window) -> Queues:
    since, until = window.day
    waiting = (
        select(func.count().label("waiting"), func.min(Job.run_at).label("oldest"))
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
        select(JobQueue.name, JobQueue.is_active, waiting.c.waiting, waiting.c.oldest, failed.c.failed)
        .select_from(JobQueue)
        .join(waiting, true())
        .outerjoin(failed, failed.c.queue_name == JobQueue.name)
        .order_by(JobQueue.name)
    )
    found = tuple(
        Queue(name, active, waits, window.now - oldest if oldest and oldest < window.now else None, number or 0)
        for name, active, waits, oldest, number in rows
    )
    return Queues(found, await weekly(session, Job.failed, window, window.day, Job.status == "failed"))


async def details(session: AsyncSession, window: Window) -> list[Fact]:
    """Every queue, the worst first, with whose jobs wait where it backs up."""
    found = await read(session, window)
    ordered = sorted(found.all, key=lambda one: (one.level.rank, -one.waiting))
    return [fact(one.name, one.described, await _whose(session, one)) for one in ordered]


async def _whose(session: AsyncSession, one: Queue) -> str:
    if one.level is Level.GREEN:
        return ""
    busiest = await queues.busiest(session, Scope(one.name, None), limit=3)
    whose = ", ".join(f"{name} ({counted(number, 'job')})" for name, number in busiest)
    return f"; most for {whose}" if whose else ""
