"""`view-as someone@…`: what a user has, as the platform gives it to them. Nothing is done in their name."""

import uuid
from collections.abc import Sequence
from typing import Annotated

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.declared import introduced_by
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.tenants.show import limit_facts
from bot.actions.users.facts import current, data, who_fact
from bot.errors import InvalidParameter
from bot.holds import queue_pause
from bot.permissions import Permission
from bot.platform import billing_reads, flags, queues, tenant_reads
from bot.platform.flags import Flag, Rule
from bot.platform.models import Campaign, Job
from bot.platform.queues import Scope
from bot.platform.users import Membership, UserRecord
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.targets.user import User
from bot.words import counted, listed, plain


@register
class ViewAs(Action):
    """See what a user has: flags, limits, usage, campaigns, queues and subscription. Nothing is done in their name."""

    name, verb, says = "user.view_as", "view-as", "view as"
    also = ("view as", "impersonate", "see as")
    offered_as = "see what a user sees"
    permission, risk = Permission.USER_READ, Risk.READ
    shows_people = True
    user: User
    tenant: Annotated[Tenant | None, introduced_by("in")]

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        there = _where(record, self.tenant)
        on, off = _evaluated(await flags.everything(session), record.id, there.tenant_id if there else None)
        facts = [who_fact(record), fact("Flags on", on), fact("Flags off", off)]
        if there is not None:
            facts += await _of_tenant(session, there)
        others = [one.tenant for one in record.memberships if there and one.tenant_id != there.tenant_id]
        return Impact(
            facts=tuple(facts),
            context={"user": data(record), "tenant": there.tenant if there else None, "others": others},
        )


def _where(record: UserRecord, tenant: Tenant | None) -> Membership | None:
    """In which of their tenants: the one that is named, else the first by name. Raises `InvalidParameter`."""
    if tenant is None:
        return record.memberships[0] if record.memberships else None
    there = next((one for one in record.memberships if one.tenant_id == tenant.id), None)
    if there is None:
        belongs = listed(one.tenant for one in record.memberships) or "no tenant"
        raise InvalidParameter("tenant", f"This user belongs to {belongs}, not to {tenant.name}.")
    return there


def _evaluated(found: Sequence[Flag], user_id: uuid.UUID, tenant_id: uuid.UUID | None) -> tuple[str, str]:
    """By the rules of each flag, which they have and which not; what is no default says by which rule."""
    sides: dict[bool, list[str]] = {True: [], False: []}
    for flag in found:
        enabled, rule = flag.for_user(user_id, tenant_id)
        sides[enabled].append(flag.key if rule is Rule.DEFAULT else f"{flag.key} ({rule.value})")
    return ", ".join(sides[True]) or "none", ", ".join(sides[False]) or "none"


async def _of_tenant(session: AsyncSession, there: Membership) -> list[Fact]:
    subscriptions = await billing_reads.subscriptions(session, there.tenant_id, limit=1)
    first = subscriptions[0] if subscriptions else None
    return [
        fact("Subscription", f"{first.plan}, {plain(first.status)}" if first else "none"),
        *limit_facts(await tenant_reads.agreed(session, there.tenant_id)),
        fact("Campaigns", await _campaigns(session, there.tenant_id)),
        *await _queues(session, there.tenant_id),
    ]


async def _campaigns(session: AsyncSession, tenant_id: uuid.UUID) -> str:
    found = await tenant_reads.by_status(session, Campaign, tenant_id)
    return ", ".join(f"{number} {status}" for status, number in found.items()) or "none"


async def _queues(session: AsyncSession, tenant_id: uuid.UUID) -> list[Fact]:
    """Where their jobs wait, and what holds them back there."""
    rows = await session.execute(
        select(Job.queue_name, func.count())
        .where(Job.tenant_id == tenant_id, Job.status.in_(queues.WAITING))
        .group_by(Job.queue_name)
        .order_by(func.count().desc(), Job.queue_name)
    )
    facts = []
    for queue, waiting in rows:
        paused = (await queue_pause.in_force(session, Scope(queue, tenant_id))).paused
        facts.append(fact("Queue", f"{queue} · {counted(waiting, 'job')} waiting{' · paused' if paused else ''}"))
    return facts or [fact("Queues", "no job of theirs waits")]
