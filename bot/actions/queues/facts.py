"""Facts about held-back jobs that `pause` and `resume` show in the same words."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, Impact, fact
from bot.actions.queues.job_sets import FailedIn
from bot.actions.queues.parameters import QueueOrTenant
from bot.errors import NothingToDo
from bot.holds import queue_pause, reads
from bot.holds.queue_pause import InForce
from bot.holds.reads import Placed
from bot.personal import Part, Personal
from bot.platform import jobs, queues, tenants
from bot.platform.queues import Load, Outlook, Scope
from bot.store.models import Hold
from bot.targets.queue import Queue
from bot.words import counted, duration


def named(what: QueueOrTenant, queue: Queue | None) -> str:
    """As people say it: `email-sending`, `Acme Corp in email-sending`, `Acme Corp in all queues`."""
    if what.tenant_id is None:
        return what.name
    return f"{what.name} in {queue.queue if queue else 'all queues'}"


async def meant(session: AsyncSession, scope: Scope, name: str) -> Fact:
    """Whose jobs: an approval is void when another queue or tenant is meant by the same words."""
    if scope.tenant_id is None:
        return fact("Scope", name, ", all tenants", bound=True)
    record = await tenants.load(session, scope.tenant_id)
    return fact("Scope", name, f" · {record.plan or 'no plan'}" if record else "", bound=True)


def rough(age: dt.timedelta) -> str:
    """A duration to its first unit: `9 min`."""
    return duration(age, 1)


def now_fact(scope: Scope, outlook: Outlook) -> Fact:
    """What waits and runs, how old it is beside its limit, and whose it is."""
    load = outlook.load
    parts = [f"{load.waiting:,} waiting, {load.running:,} running"]
    if load.oldest is not None:
        parts.append(f"oldest {rough(load.oldest)}")
    if scope.queue is not None:
        parts.append(f"limit {duration(queues.limit(scope.queue))}")
    if scope.tenant_id is None:
        parts.append(counted(load.tenants, "tenant"))
    elif load.waiting:
        parts.append(f"{load.waiting / max(outlook.waiting_of_all, 1):.0%} of waiting jobs")
    return fact("Now", " · ".join(parts))


async def busiest_facts(session: AsyncSession, scope: Scope, load: Load) -> tuple[Fact, ...]:
    """Whose jobs wait, the most first."""
    if scope.tenant_id is not None or not load.waiting:
        return ()
    found = await queues.busiest(session, scope)
    return tuple(fact(name, f"{number:,} waiting, {number / load.waiting:.0%}") for name, number in found)


def left(one: Placed) -> str:
    """How long an open hold still lasts, to its second unit: `13 d 23 h`."""
    if one.left is None:
        return "until somebody ends it"
    return duration(one.left, 2) if one.left > dt.timedelta() else "ending now"


def by_whom(holds: Sequence[Placed]) -> list[Part]:
    """`request 3 by Óscar Peñalver`, each."""
    parts: list[Part] = []
    for one in holds:
        what = f"request {one.number}" if one.number else "a pause"
        parts += [", " if parts else "", f"{what} by ", Personal(personal="person", value=one.by)]
    return parts


async def also_facts(session: AsyncSession, force: InForce) -> tuple[Fact, ...]:
    """What else holds the jobs back already, beside the pause that is asked for."""
    facts = []
    if force.holds:
        longest, more = force.holds[0], len(force.holds) - 1
        others = f", and {counted(more, 'other request')}" if more else ""
        when = f"jobs start again when {'all these' if more else 'both'} pauses have ended"
        facts.append(fact("Also paused", *await queue_pause.pausing(session, longest), f"{others}; {when}"))
    return (*facts, *_outside(force))


async def still_facts(session: AsyncSession, scope: Scope, force: InForce) -> tuple[Fact, ...]:
    """What goes on holding jobs back once the pauses that are meant have ended: all of the scope, or some of it."""
    whole = [fact("Still paused", *await queue_pause.pausing(session, one)) for one in force.holds]
    return (
        *whole,
        *[await _some(session, scope, one) for one in force.partly],
        *_outside(force),
    )


async def _some(session: AsyncSession, scope: Scope, hold: Hold) -> Fact:
    held = await queues.load(session, scope.and_of(queue_pause.scope_of(hold)))
    return fact("Still paused", *await queue_pause.pausing(session, hold), f": {held.due:,} of these jobs")


def _outside(force: InForce) -> list[Fact]:
    facts = []
    if force.pauses_outside:
        facts.append(fact("Also paused", "on the platform itself: I leave that as it is"))
    if force.switched_off:
        facts.append(fact("Note", "the queue is switched off on the platform itself: I leave that as it is"))
    return facts


async def what_holds(session: AsyncSession, hold: Hold) -> dict[str, Any]:
    """A pause that goes on, for the card of what was ended: JSON."""
    return {
        "scope": await queue_pause.named(session, queue_pause.scope_of(hold)),
        "number": await reads.number_of(session, hold),
        "until": hold.ends.timestamp() if hold.ends else None,
    }


def back(outlook: Outlook) -> str:
    """What comes when nothing holds the scope back any more."""
    due = outlook.load.due
    takes = work(due, outlook.pace)
    return f"{counted(due, 'job')} can start, the oldest first" + (f": {takes}" if takes else "")


def work(jobs: int, pace: float) -> str | None:
    """How long so many jobs take, at that many a minute; None where those are too few to tell."""
    if not jobs or pace < 1:
        return None
    return f"about {rough(dt.timedelta(minutes=max(1, round(jobs / pace))))} of work at {pace:,.0f} a minute"


async def failed_jobs(session: AsyncSession, queue: FailedIn, after: str) -> Impact:
    """What would be done to all failed jobs of a queue. Raises `NothingToDo` where there are none."""
    if not await jobs.count(session, queue.condition):
        raise NothingToDo(f"{queue.queue} has no failed jobs. Nothing was done.")
    causes = await jobs.causes(session, queue.queue)
    return Impact(
        facts=(
            fact("Queue", queue.queue, bound=True),
            fact("Jobs", f"{queue.number:,} failed", bound=True),
            fact("After", after),
            *(fact(f"{one.number:,} ×", one.error) for one in causes[:3]),
        ),
        context={"jobs": counted(queue.number, "failed job"), "queue": queue.queue},
    )
