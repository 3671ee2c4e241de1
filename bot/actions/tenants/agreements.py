"""`limit acme max_users to 50 for 30d because …`, `plan override`, `trial extend`, `comp`: agreed with one tenant."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.held import ColumnChange
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.actions.tenants.parameters import HowMany, LimitName, ToPlan, TrialEnd
from bot.actions.tenants.show import limit_in_words
from bot.errors import NothingToDo, Refused
from bot.holds import engine
from bot.parameters.base import Reason
from bot.parameters.before import AsItWas
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import tenant_reads
from bot.platform.models import TenantOverride
from bot.platform.tenant_reads import LIMITS
from bot.platform.writes import AGREEMENTS
from bot.policy import Risk, Stakes
from bot.store.models import HoldKind
from bot.targets.tenant import Tenant
from bot.words import counted, sentence

# What is given away in a month stays below the amount from which finance decides; until the policy weighs money
# itself, time stands for it.
LITTLE = dt.timedelta(days=31)


STAYING = {"max_users": "user", "max_domains": "domain"}  # of these, a limit below takes none away


class Agreed(ColumnChange):
    """Columns of what was agreed with a tenant."""

    held = HoldKind.AGREEMENT
    permission, risk = Permission.TENANT_LIMIT, Risk.MEDIUM
    writes = (AGREEMENTS,)
    changes = "agreement"
    team = "finance"
    tenant: Tenant
    reason: Reason

    @property
    def target(self) -> str:
        return f"{self.tenant.key}/{next(iter(self.wanted()))}"

    @property
    def stakes(self) -> Stakes:
        """For good, or for longer than a month, it is worth more than whoever asks may give away alone."""
        lasts = self.lasting.lasts if self.lasting else None
        return Stakes(self.name, Risk.MEDIUM if lasts is not None and lasts <= LITTLE else Risk.HIGH)

    def subject(self) -> dict[str, Any]:
        return {**super().subject(), "action": self.name}

    def back(self, was: Mapping[str, Any]) -> Step | None:
        before = AsItWas(dict(was), dict(self.wanted()))
        reason = f"undoing: {self.reason.text}"
        return Step(
            action=PutBack.name, parameters={"tenant": self.tenant.dump(), "before": before.dump(), "reason": reason}
        )

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)
        row = select(TenantOverride.tenant_id).where(TenantOverride.tenant_id == self.tenant.id)
        await session.execute(row.with_for_update())

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant",)


@register
class Limit(Agreed):
    """Set an agreed limit for a tenant, for a fixed time or until it is changed. It replaces the plan's limit."""

    name, verb, says = "tenant.limit", "limit", "set the limit of"
    also = ("raise limit", "quota", "set limit")
    offered_as = "set a tenant's limit"
    tenant: Tenant
    limit: LimitName
    to: HowMany
    duration: Term | None
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return {self.limit.column: self.to.number}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        one = (await tenant_reads.agreed(session, self.tenant.id)).limits[self.limit.column]
        notes = [fact("In use", limit_in_words(one))]
        after = one.plan if self.to.number is None else self.to.number
        if one.used is not None and after is not None and one.used > after:
            self._keep_what_stays(one.used)
            over = one.used - after
            said = f"the tenant uses {over:,} more than the new limit allows. They stay, but no new ones can be added"
            notes.append(fact("Note", said))
        return tuple(notes)

    def _keep_what_stays(self, used: int) -> None:
        """Raise `Refused` where the limit would be below what nobody takes away: it would contradict what there is."""
        if self.limit.column in STAYING:
            what = STAYING[self.limit.column]
            raise Refused(
                f"{self.tenant.name} already has {counted(used, what)}, so the limit cannot be lower than {used:,}. "
                f"Nothing was done. Choose {used:,} or more, or try again when the tenant has fewer {what}s."
            )


@register
class OverridePlan(Agreed):
    """Give a tenant the limits of another plan. Its price in Stripe does not change."""

    name, verb, says = "tenant.override_plan", "plan override", "override"
    also = ("override plan",)
    tenant: Tenant
    to: ToPlan
    duration: Term | None
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return {"plan_slug": self.to.slug}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        now = await tenant_reads.agreed(session, self.tenant.id)
        after = await tenant_reads.limits_of(session, self.to.slug or now.own_plan)
        differing = [
            fact(sentence(LIMITS[name]), f"{_most(one.plan)} → {_most(after[name])}")
            for name, one in now.limits.items()
            if one.plan != after[name] and one.agreed is None
        ]
        return (*differing, fact("Note", "the price stays as it is; I do not tell Stripe about this"))


def _most(number: int | None) -> str:
    return "no limit" if number is None else f"{number:,}"


@register
class ExtendTrial(Agreed):
    """Give a tenant a longer trial. Stripe's own date does not change."""

    name, verb, says = "tenant.extend_trial", "trial extend", "extend"
    tenant: Tenant
    ends: TrialEnd
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        """As a trial has an end of its own, that says how much it is worth."""
        until = self.ends.ends - dt.datetime.now(dt.UTC)
        return Stakes(self.name, Risk.MEDIUM if until <= LITTLE else Risk.HIGH)

    def wanted(self) -> Mapping[str, Any]:
        return {"trial_ends": self.ends.ends.isoformat()}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        """Raises `NothingToDo` for a tenant that is not on trial."""
        if not await tenant_reads.on_trial(session, self.tenant.id):
            raise NothingToDo(f"{self.tenant.name} is not on trial. Nothing was done.")
        ends = await tenant_reads.trial_end(session, self.tenant.id)
        return (fact("Present end", f"{ends:%-d %b %Y}" if ends else "not known"),)


@register
class Comp(Agreed):
    """Let a tenant use its plan free of charge, for a fixed time or until it is changed."""

    name, verb, says = "tenant.comp", "comp", "make the plan free of charge for"
    also = ("complimentary", "for free", "free of charge")
    offered_as = "make a tenant's plan free of charge"
    tenant: Tenant
    duration: Term | None
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return {"price_monthly": "0.00", "price_yearly": "0.00"}

    async def preview(self, session: AsyncSession) -> Impact:
        """What a month of it costs is what the policy may raise by."""
        impact = await super().preview(session)
        state = await tenant_reads.agreed(session, self.tenant.id)
        price = "nothing" if state.price is None else f"{state.price:,.2f} a month"
        notes = (
            fact("Plan", state.plan or "none", " · pays ", Personal(personal="amount", value=price)),
            fact("Note", "I do not tell Stripe: the platform itself makes no invoices for this time"),
        )
        return impact.model_copy(update={"facts": (*impact.facts, *notes), "amount": state.price})


@register
class PutBack(Agreed):
    """Restore what was agreed with a tenant before a change."""

    name, verb, says = "tenant.put_back", "", "put back"
    tenant: Tenant
    before: AsItWas
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        return Stakes("tenant.limit", Risk.MEDIUM)

    def wanted(self) -> Mapping[str, Any]:
        return self.before.was

    async def preview(self, session: AsyncSession) -> Impact:
        await self._still_ours(session)
        return await super().preview(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await self._still_ours(session)
        return await super().execute(session, by)

    async def _still_ours(self, session: AsyncSession) -> None:
        """What somebody else has agreed since is not ours to take back."""
        if await self._base(session) != self.before.left:
            raise NothingToDo(
                f"After this change, something else was agreed with {self.tenant.name}. An undo would also remove "
                "that. Nothing was done. To see what is agreed now, use /pm tenant."
            )
