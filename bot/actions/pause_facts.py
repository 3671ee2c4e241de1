"""Facts about held-back jobs that `pause` and `resume` show in the same words."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.actions.parameters_queue import Queue, QueueOrTenant
from bot.actions.parameters_time import in_words
from bot.actions.staff_facts import counted
from bot.holds.queue_pause import InForce
from bot.personal import Part, Personal
from bot.platform import queues, staff, tenants
from bot.platform.queues import Load, Scope
from bot.store.models import Hold, Proposal


def named(what: QueueOrTenant, queue: Queue | None) -> str:
    """As people say it: `email-sending`, `Acme Corp in email-sending`, `Acme Corp in all queues`."""
    if what.tenant_id is None:
        return what.name
    return f"{what.name} in {queue.queue if queue else 'all queues'}"


async def meant(session: AsyncSession, scope: Scope, name: str) -> Fact:
    """Whose jobs: an approval is void when another queue or tenant is meant by the same words."""
    if scope.tenant_id is None:
        return fact("Jobs of", name, ", all tenants", bound=True)
    record = await tenants.load(session, scope.tenant_id)
    return fact("Jobs of", name, f" · {record.plan or 'no plan'}" if record else "", bound=True)


def rough(age: dt.timedelta) -> str:
    """A duration to its first unit: `9 min`."""
    return " ".join(in_words(age).split()[:2])


async def now_fact(session: AsyncSession, scope: Scope, load: Load) -> Fact:
    """What waits and runs, how old it is beside its limit, and whose it is."""
    parts = [f"{load.waiting:,} waiting, {load.running:,} running"]
    if load.oldest is not None:
        parts.append(f"oldest {rough(load.oldest)}")
    if scope.queue is not None:
        parts.append(f"limit {in_words(queues.limit(scope.queue))}")
    if scope.tenant_id is None:
        parts.append(counted(load.tenants, "tenant"))
    elif load.waiting:
        whole = await queues.load(session, Scope(scope.queue, None))
        parts.append(f"{load.waiting / max(whole.waiting, 1):.0%} of all that waits there")
    return fact("Now", " · ".join(parts))


async def busiest_facts(session: AsyncSession, scope: Scope, load: Load) -> tuple[Fact, ...]:
    """Whose jobs wait, the most first."""
    if scope.tenant_id is not None or not load.waiting:
        return ()
    found = await queues.busiest(session, scope)
    return tuple(fact(name, f"{number:,} waiting, {number / load.waiting:.0%}") for name, number in found)


async def who(session: AsyncSession, staff_id: uuid.UUID) -> Personal:
    return Personal(personal="person", value=await staff.name_of(session, staff_id))


async def left(session: AsyncSession, hold: Hold) -> str:
    """How long an open hold still lasts, to its second unit: `13 d 23 h`."""
    if hold.ends is None:
        return "without an end"
    now = await session.scalar(select(func.now()))
    return " ".join(in_words(hold.ends - now).split()[:4]) if now and hold.ends > now else "ending now"


async def number_of(session: AsyncSession, hold: Hold) -> str:
    number = await session.scalar(select(Proposal.number).where(Proposal.id == hold.proposal_id))
    return f"request {number}" if number else "a pause"


async def by_whom(session: AsyncSession, holds: Sequence[Hold]) -> list[Part]:
    """`request 3 by Óscar Peñalver`, each."""
    parts: list[Part] = []
    for hold in holds:
        parts += [", " if parts else "", f"{await number_of(session, hold)} by ", await who(session, hold.staff_id)]
    return parts


async def also_facts(session: AsyncSession, force: InForce) -> tuple[Fact, ...]:
    """What else holds the jobs back."""
    facts = []
    if force.holds:
        longest = force.holds[0]
        parts, lasts = await by_whom(session, [longest]), await left(session, longest)
        facts.append(
            fact(
                "Paused too",
                *parts,
                f", for {lasts}; the last one to end counts" if longest.ends else ", without an end",
            )
        )
    if force.pauses_outside:
        facts.append(fact("Paused too", "on the platform itself, not through me: I leave that as it is"))
    if force.switched_off:
        facts.append(fact("Note", "the queue is switched off on the platform, not through me: I leave that as it is"))
    return tuple(facts)
