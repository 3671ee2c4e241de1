"""How all queues are at one moment: what waits, runs and fails, what holds it back, and what colour that is."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, exists, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import queues
from bot.platform.models import Job, JobQueue, QueuePause
from bot.platform.queues import WAITING
from bot.words import duration

Health = Literal["red", "yellow", "green"]
WORST_FIRST: tuple[Health, ...] = ("red", "yellow", "green")
YELLOW, RED = 100, 1_000  # jobs waiting
FAILED_RED = 10  # jobs failed in a day
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class QueueState:
    """One queue at one moment."""

    name: str
    held: int
    """Jobs that are due and held back by a pause: neither late nor on time."""
    waiting: int
    """All others that have not begun."""
    oldest: dt.timedelta | None
    """How long the one of those waiting longest has been due."""
    failed: int
    """In the last day."""
    running: int = 0

    @property
    def limit(self) -> dt.timedelta:
        return queues.limit(self.name)

    @property
    def late(self) -> bool:
        return self.oldest is not None and self.oldest > self.limit

    @property
    def health(self) -> Health:
        """By platform.md; what is late or held back is not green either."""
        if self.waiting > RED or self.failed > FAILED_RED:
            return "red"
        return "yellow" if self.waiting >= YELLOW or self.late or self.held else "green"

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


async def read(session: AsyncSession, now: dt.datetime, queue: str | None = None) -> tuple[QueueState, ...]:
    """All queues by name, or one; failures are those of the day before `now`."""
    held = or_(not_(JobQueue.is_active), _paused())
    waiting = (
        select(
            func.count().filter(not_(held)).label("waiting"),
            func.count().filter(held, Job.run_at <= now).label("held"),
            func.min(Job.run_at).filter(not_(held)).label("oldest"),
        )
        .where(Job.queue_name == JobQueue.name, Job.status.in_(WAITING))
        .lateral()
    )
    running = select(func.count()).where(Job.queue_name == JobQueue.name, Job.status == "running").scalar_subquery()
    failed = (
        select(Job.queue_name, func.count().label("failed"))
        .where(Job.status == "failed", Job.failed >= now - DAY, Job.failed < now)
        .group_by(Job.queue_name)
        .subquery()
    )
    rows = await session.execute(
        select(JobQueue.name, waiting.c.held, waiting.c.waiting, waiting.c.oldest, failed.c.failed, running)
        .select_from(JobQueue)
        .join(waiting, true())
        .outerjoin(failed, failed.c.queue_name == JobQueue.name)
        .where(true() if queue is None else JobQueue.name == queue)
        .order_by(JobQueue.name)
    )
    return tuple(
        QueueState(name, back, waits, now - first if first and first < now else None, number or 0, runs)
        for name, back, waits, first, number, runs in rows
    )


def _paused() -> ColumnElement[bool]:
    """Whether a pause in force holds the job back."""
    return exists().where(
        QueuePause.lifted.is_(None),
        or_(QueuePause.queue_name.is_(None), QueuePause.queue_name == Job.queue_name),
        or_(QueuePause.tenant_id.is_(None), QueuePause.tenant_id == Job.tenant_id),
    )


@dataclass(frozen=True)
class PauseInForce:
    """A pause of a queue or (None) of all, of a tenant or (None) of all."""

    queue: str | None
    tenant_id: uuid.UUID | None
    by: uuid.UUID | None
    ends: dt.datetime | None


async def pauses(session: AsyncSession) -> Sequence[PauseInForce]:
    """All that are in force, whoever made them; the one that lasts longest first."""
    rows = await session.execute(
        select(QueuePause.queue_name, QueuePause.tenant_id, QueuePause.paused_by, QueuePause.ends)
        .where(QueuePause.lifted.is_(None))
        .order_by(QueuePause.ends.desc().nulls_first(), QueuePause.paused)
    )
    return [PauseInForce(*row) for row in rows]
