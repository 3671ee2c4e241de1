"""`tenant acme`: on one card how a tenant stands, what it may and uses, what holds it back, and what staff did."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.tenants.approval import IN_WORDS
from bot.errors import InvalidParameter
from bot.holds import queue_pause, reads
from bot.holds.kinds import kind_of
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import billing_reads, models, staff, tenant_reads, tenants
from bot.platform.billing_reads import SubscriptionRecord
from bot.platform.models import Campaign, Domain, EmailAccount
from bot.platform.queues import Scope
from bot.platform.tenant_reads import LIMITS, Agreed, Limit
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.words import plain

THINGS = (("Domain checks", Domain), ("Mailboxes", EmailAccount), ("Campaigns", Campaign))
NAMED = 5  # flags of their own by name, and holds in full


@register
class ShowTenant(Action):
    """Show a tenant: status, plan, limits and their use, temporary changes, its flags and recent staff actions."""

    name, verb, says = "tenant.show", "tenant", "look up"
    also = ("customer", "account", "organisation", "organization", "show")
    offered_as = "look up a tenant"
    permission, risk = Permission.TENANT_READ, Risk.READ
    tenant: Tenant

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        if impact is not None and impact.context["approval"] != "approved":
            return ("tenant approve", "tenant reject", "billing")
        return ("billing", "pause", "tenants")

    async def preview(self, session: AsyncSession) -> Impact:
        record = await tenants.load(session, self.tenant.id)
        if record is None:
            raise InvalidParameter("tenant", Tenant.not_there())
        approval = (await session.get_one(models.Tenant, record.id)).approval
        state = await tenant_reads.agreed(session, record.id)
        subscriptions = await billing_reads.subscriptions(session, record.id, limit=1)
        lately = await tenant_reads.staff_actions(session, record.id)
        return Impact(
            facts=(
                fact("Status", record.status, *([] if approval == "approved" else [f" · {IN_WORDS[approval]}"])),
                fact("Plan", *plan_parts(state)),
                fact("Subscription", *_subscription(subscriptions)),
                *limit_facts(state),
                *await self._things(session),
                *await self._held(session),
                fact("Flags of its own", await self._flags(session)),
            ),
            context={
                "tenant": {"id": str(record.id), "name": record.name},
                "approval": approval,
                "lately": [
                    {
                        "at": one.at.timestamp(),
                        "what": one.action,
                        "times": one.times,
                        "by": Personal(personal="person", value=await staff.name_of(session, one.by)).model_dump(),
                    }
                    for one in lately
                ],
            },
        )

    async def _things(self, session: AsyncSession) -> list[Fact]:
        return [
            fact(label, _counted(await tenant_reads.by_status(session, thing, self.tenant.id)))
            for label, thing in THINGS
        ]

    async def _held(self, session: AsyncSession) -> list[Fact]:
        """What is temporary about it and who set it, also a pause that somebody made on the platform itself."""
        facts = []
        for hold in await reads.open_holds(session):
            kind = kind_of(hold)
            if kind.tenant(hold) != self.tenant.id:
                continue
            by = Personal(personal="person", value=await staff.name_of(session, hold.staff_id))
            until: list[Part] = [" until ", Moment.of(hold.ends)] if hold.ends else [", no end"]
            facts.append(fact("Temporary", *await kind.describe(session, hold), " · by ", by, *until))
        force = await queue_pause.in_force(session, Scope(None, self.tenant.id))
        if force.pauses_outside:
            facts.append(fact("Paused", "on the platform itself, not through this bot"))
        more = [fact("Temporary", f"and {len(facts) - NAMED} more: /pm holds")] if len(facts) > NAMED else []
        return [*facts[:NAMED], *more] or [fact("Temporary", "nothing")]

    async def _flags(self, session: AsyncSession) -> str:
        own = [f"{key} {said}" for key, said in (await tenant_reads.own_flags(session, self.tenant.id)).items()]
        more = f" and {len(own) - NAMED} more" if len(own) > NAMED else ""
        return ", ".join(own[:NAMED]) + more if own else "none"


def plan_parts(state: Agreed) -> tuple[Part, ...]:
    """The plan and what it costs, which finance alone sees."""
    if state.plan is None or state.price is None:
        return (state.plan or "none",)
    price = Personal(personal="amount", value=f"{state.price:,.2f} a month")
    return (f"{state.plan} · {'agreed' if state.own_price else 'list'} price ", price)


def limit_facts(state: Agreed) -> list[Fact]:
    """A line for each limit that can be counted, or that was agreed with this tenant."""
    shown = {name: one for name, one in state.limits.items() if one.used is not None or one.agreed is not None}
    return [fact(_label(name), limit_in_words(one)) for name, one in shown.items()]


def _label(name: str) -> str:
    words = LIMITS[name]
    return words[0].upper() + words[1:]


def limit_in_words(one: Limit) -> str:
    """`45 of 60 (agreed; the plan has 50)`."""
    allowed = "no limit" if one.allowed is None else f"{one.allowed:,}"
    if one.used is None:
        said = allowed
    else:
        said = f"{one.used:,}, {allowed}" if one.allowed is None else f"{one.used:,} of {allowed}"
    if one.agreed is not None:
        said += f" (agreed; the plan has {'no limit' if one.plan is None else f'{one.plan:,}'})"
    over = one.used is not None and one.allowed is not None and one.used > one.allowed
    return f"{said}: over the limit" if over else said


def _subscription(found: Sequence[SubscriptionRecord]) -> tuple[Part, ...]:
    if not found:
        return ("none",)
    one = found[0]
    if one.period_end is None:
        return (plain(one.status),)
    ends = "ends" if one.cancel_at_period_end else "period ends"
    return (f"{plain(one.status)}, {ends} ", Moment.of(one.period_end))


def _counted(numbers: dict[str, int]) -> str:
    """`12: 10 verified, 2 pending`."""
    if not numbers:
        return "none"
    return f"{sum(numbers.values()):,}: " + ", ".join(f"{number:,} {plain(word)}" for word, number in numbers.items())
