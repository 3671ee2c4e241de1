"""Queues, the jobs in them, and what holds those back, as the platform's tables have them."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, literal, null, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform import staff
from bot.platform.models import Job, JobQueue, QueuePause, Tenant

PACE = dt.timedelta(hours=1)  # over which it is counted how fast jobs are done
MINUTES = PACE / dt.timedelta(minutes=1)
WAITING = ("queued", "migrated_to_redis")
ALL = "*"
# Time within which a job should be done, from platform.md: by what the queue's name contains, the first that fits.
LIMITS = (
    (":high", dt.timedelta(minutes=1)),
    (":low", dt.timedelta(minutes=30)),
    ("daily-aggregate", dt.timedelta(hours=1)),
    ("warmup:", dt.timedelta(minutes=15)),
    ("", dt.timedelta(minutes=5)),
)


def limit(queue: str) -> dt.timedelta:
    """Within which time a job of the queue should be done."""
    return next(time for part, time in LIMITS if part in queue)


@dataclass(frozen=True)
class Scope:
    """Which jobs are meant: of one queue or (None) of all, of one tenant or (None) of all."""

    queue: str | None
    tenant_id: uuid.UUID | None

    @property
    def key(self) -> str:
        """Its name in the audit trail, `type:id`."""
        if self.tenant_id is None:
            return f"queue:{self.queue or ALL}"
        return f"tenant:{self.tenant_id}" + (f"/{self.queue}" if self.queue else "")

    @property
    def whole_queue(self) -> str | None:
        """The queue, if all of one is meant: pausing it also sets the queue's own switch."""
        return self.queue if self.tenant_id is None else None

    @property
    def covering_keys(self) -> frozenset[str]:
        """The keys of every scope that holds all of this one."""
        some = {(queue, tenant) for queue in (None, self.queue) for tenant in (None, self.tenant_id)}
        return frozenset(Scope(queue, tenant).key for queue, tenant in some)

    def covers(self, other: "Scope") -> bool:
        """Whether whatever holds this back holds the other back too."""
        return self.queue in (None, other.queue) and self.tenant_id in (None, other.tenant_id)

    def meets(self, other: "Scope") -> bool:
        """Whether some jobs are of both."""
        queues, tenants = {self.queue, other.queue} - {None}, {self.tenant_id, other.tenant_id} - {None}
        return len(queues) <= 1 and len(tenants) <= 1

    def and_of(self, other: "Scope") -> "Scope":
        """The jobs that are of both."""
        return Scope(self.queue or other.queue, self.tenant_id or other.tenant_id)

    def jobs(self) -> ColumnElement[bool]:
        """The jobs in it."""
        queue = true() if self.queue is None else Job.queue_name == self.queue
        return and_(queue, true() if self.tenant_id is None else Job.tenant_id == self.tenant_id)

    def covering_pauses(self) -> ColumnElement[bool]:
        """The pauses in force that hold all of it back."""
        return and_(
            QueuePause.lifted.is_(None),
            or_(QueuePause.queue_name.is_(None), QueuePause.queue_name == (self.queue or null())),
            or_(QueuePause.tenant_id.is_(None), QueuePause.tenant_id == (self.tenant_id or null())),
        )


@dataclass(frozen=True)
class Load:
    """Jobs of a scope at one moment."""

    waiting: int
    due: int
    """Of those that wait: would be taken now if nothing held them back."""
    running: int
    oldest: dt.timedelta | None
    """How long the oldest waiting one has been due."""
    tenants: int
    """Who have jobs waiting."""


@dataclass(frozen=True)
class Outlook:
    """A scope's jobs beside those of everybody in the same queue."""

    load: Load
    waiting_of_all: int
    pace: float
    """Jobs of the queue a minute that were completed in the last hour."""


async def load(session: AsyncSession, scope: Scope) -> Load:
    """What waits and runs in the scope now."""
    return _load((await session.execute(_counted(scope))).one())


async def outlook(session: AsyncSession, scope: Scope) -> Outlook:
    """The same, with how fast the queue's jobs are done and how many wait in it."""
    of_all = select(func.count()).where(Scope(scope.queue, None).jobs(), Job.status.in_(WAITING))
    beside = of_all.scalar_subquery(), _completed(scope, func.now()).scalar_subquery()
    *counted, waiting_of_all, completed = (await session.execute(_counted(scope).add_columns(*beside))).one()
    return Outlook(_load(counted), waiting_of_all, completed / MINUTES)


def _counted(scope: Scope) -> Select[int, int, int, dt.datetime, int, dt.datetime]:
    waiting = Job.status.in_(WAITING)
    return select(
        func.count().filter(waiting),
        func.count().filter(waiting, Job.run_at <= func.now()),
        func.count().filter(Job.status == "running"),
        func.min(Job.run_at).filter(waiting),
        func.count(Job.tenant_id.distinct()).filter(waiting),
        func.now(),
    ).where(scope.jobs(), Job.status.in_([*WAITING, "running"]))


def _load(row: Sequence[Any]) -> Load:
    waits, due, runs, first, tenants, now = row
    return Load(waits, due, runs, now - first if first else None, tenants)


async def pace(session: AsyncSession, scope: Scope, until: dt.datetime) -> float:
    """Jobs of the scope's queue a minute that were completed in the hour before that moment."""
    return (await session.scalar(_completed(scope, literal(until))) or 0) / MINUTES


def _completed(scope: Scope, until: ColumnElement[dt.datetime]) -> Select[int]:
    return select(func.count()).where(
        Scope(scope.queue, None).jobs(),
        Job.status == "completed",
        Job.completed > until - PACE,
        Job.completed <= until,
        Job.run_at > until - 6 * PACE,  # by its index; what was due before that is not looked for
    )


async def busiest(session: AsyncSession, scope: Scope, limit: int = 5) -> Sequence[tuple[str, int]]:
    """Names of the tenants with the most jobs waiting in the scope, with how many."""
    count = func.count()
    rows = await session.execute(
        select(Tenant.name, count)
        .join(Job, Job.tenant_id == Tenant.id)
        .where(scope.jobs(), Job.status.in_(WAITING))
        .group_by(Tenant.id)
        .order_by(count.desc(), Tenant.name)
        .limit(limit)
    )
    return [(name, number) for name, number in rows]


async def names(session: AsyncSession) -> Sequence[str]:
    """All queues, by name."""
    return list(await session.scalars(select(JobQueue.name).order_by(JobQueue.name)))


async def is_active(session: AsyncSession, queue: str, *, hold: bool = False) -> bool | None:
    """The queue's own switch, None if there is no such queue; with `hold`, nobody else sets it until the end."""
    query = select(JobQueue.is_active).where(JobQueue.name == queue)
    # Jobs refer to the row: adding one must not wait.
    return await session.scalar(query.with_for_update(key_share=True) if hold else query)


async def switch(session: AsyncSession, queue: str, *, on: bool) -> None:
    """Set the queue's own switch; a trigger of the platform tells its workers."""
    await session.execute(update(JobQueue).where(JobQueue.name == queue).values(is_active=on))


async def pause(
    session: AsyncSession, scope: Scope, *, by: uuid.UUID, reason: str, start: dt.datetime, ends: dt.datetime | None
) -> uuid.UUID:
    """Add a pause for the scope; its id."""
    pause_id = uuid.uuid4()
    await session.execute(
        insert(QueuePause).values(
            id=pause_id,
            queue_name=scope.queue,
            tenant_id=scope.tenant_id,
            reason=reason,
            paused_by=staff.account(by),
            paused=start,
            ends=ends,
        )
    )
    return pause_id


async def move_end(session: AsyncSession, pause_id: uuid.UUID, ends: dt.datetime | None) -> None:
    """Let a pause that is in force end at another time."""
    await session.execute(
        update(QueuePause).where(QueuePause.id == pause_id, QueuePause.lifted.is_(None)).values(ends=ends)
    )


async def lift(session: AsyncSession, pause_id: uuid.UUID) -> None:
    """End a pause, unless somebody has."""
    await session.execute(
        update(QueuePause)
        .where(QueuePause.id == pause_id, QueuePause.lifted.is_(None))
        .values(lifted=func.clock_timestamp())
    )


async def lifted(session: AsyncSession, pauses: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of the pauses are no longer in force, or gone."""
    open_ones = await session.scalars(
        select(QueuePause.id).where(QueuePause.id.in_(pauses), QueuePause.lifted.is_(None))
    )
    return set(pauses) - set(open_ones)


async def held_back(session: AsyncSession) -> set[str]:
    """The keys of all scopes that wait: paused by whomever, or a queue whose own switch is off."""
    pauses = await session.execute(
        select(QueuePause.queue_name, QueuePause.tenant_id).where(QueuePause.lifted.is_(None)).distinct()
    )
    off = await session.scalars(select(JobQueue.name).where(JobQueue.is_active.is_(False)))
    scopes = [Scope(queue, tenant) for queue, tenant in pauses]
    return {one.key for one in [*scopes, *(Scope(name, None) for name in off)]}


async def held_by(session: AsyncSession, scope: Scope) -> tuple[bool | None, set[uuid.UUID]]:
    """The switch of the scope's queue (None: it has none), and the pauses in force that hold all of the scope back,
    whoever made them.
    """
    switch = select(JobQueue.is_active).where(JobQueue.name == (scope.queue or null())).scalar_subquery()
    pauses = select(func.array_agg(QueuePause.id)).where(scope.covering_pauses()).scalar_subquery()
    active, covering = (await session.execute(select(switch, pauses))).one()
    return active, set(covering or ())
