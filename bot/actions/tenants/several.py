"""`tenant policy where plan=scale two-factor on for 30d because …`, `limit where …`: the same for many tenants."""

import re
import uuid
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.bulk import Did, PartOf
from bot.actions.held_many import SIZE, EndPart, HeldPart, PutBackPart
from bot.actions.impact import Step
from bot.actions.registry import register
from bot.actions.rows import ManyRows, RowsOf, Rules
from bot.actions.tenants.parameters import HowMany, LimitName
from bot.actions.tenants.policy import RuleName, RuleValue
from bot.actions.tenants.where import FIELDS
from bot.holds import engine, queue_pause
from bot.holds.columns import ColumnHold
from bot.holds.kinds import KINDS
from bot.holds.tenant_policy import Rule
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.conditions import Fields
from bot.parameters.listing import Listing
from bot.parameters.time import Lasting, Term
from bot.permissions import Permission
from bot.platform import models, tenant_reads
from bot.platform.queues import Scope
from bot.platform.writes import AGREEMENTS, PAUSES, QUEUES, RECORD, TENANT_POLICIES
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind, Verification
from bot.targets.base import Target
from bot.targets.tenant import Tenant


@dataclass(frozen=True)
class ManyTenants(RowsOf):
    """Tenants by what they have in common, or by their names."""

    label: ClassVar[str] = "Which tenants"
    usage: ClassVar[str] = "status=trial"
    example: ClassVar[str] = "plan=scale"
    explanation: ClassVar[str] = (
        "which tenants: conditions, such as status=trial plan=scale users>50 created<2026-01-01 paused (all must be "
        "true); or names, separated by commas; or a CSV file with a column named tenant"
    )
    hint: ClassVar[str] = "status=trial users>50, or names"
    target: ClassVar[type[Target]] = Tenant
    table: ClassVar[Any] = models.Tenant
    listing: ClassVar[Listing] = Listing("name", "names", ("tenant", "name", "id"), re.compile(r"[,;]"))
    fields: ClassVar[Fields] = FIELDS

    @classmethod
    def there(cls) -> ColumnElement[bool]:
        return models.Tenant.deleted.is_(None)


def judged(action: str, rule: Rule, to: RuleValue) -> Stakes:
    """What is switched on for all weakens nobody; anything else may, and then security decides."""
    if to.value is True and rule.switch:
        return Stakes(action, Risk.MEDIUM, containment=True)
    return Stakes(action, Risk.HIGH)


def already_so(held: HoldKind, column: str, now: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """Whether a tenant's column is so, and not only for a time: in a query of tenants."""
    kind = KINDS[held]
    assert isinstance(kind, ColumnHold)  # noqa: S101 - the caller names one
    return and_(now.is_not_distinct_from(value), not_(kind.only_held(models.Tenant.id, column, value)))


def then_as_before(after: str, lasting: Lasting | None) -> str:
    """What is so afterwards, with its end where it has one."""
    return f"{after} {lasting.phrase}, then as before" if lasting else after


class ColumnPart(HeldPart):
    """A column of the rows of some tenants."""

    noun, chosen_from = "tenant", ManyTenants
    duration: Term | None
    reason: Reason

    def held_as(self, one: uuid.UUID) -> str:
        return f"{super().held_as(one)}/{next(iter(self.wanted(one)))}"


class RulePart(ColumnPart):
    """A rule of signing in, or a setting, of some tenants."""

    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    to: RuleValue

    @property
    @abstractmethod
    def which(self) -> RuleName:
        """The rule that it sets."""

    @property
    def stakes(self) -> Stakes:
        return judged(self.judged_as, self.which.rule, self.to)

    def wanted(self, one: uuid.UUID) -> Mapping[str, Any]:
        return {self.which.column: self.to.value}

    def subject(self, one: uuid.UUID, now: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"weaker": self.which.rule.weakens(now[self.which.column], self.to.value)}


@register
class PolicyPart(RulePart):
    """One part of a large request: set a sign-in rule for these tenants."""

    name, says, judged_as = "tenant.policy_some", "set", "tenant.policy"
    writes = (TENANT_POLICIES, RECORD)
    held, ended_by, put_back_by = HoldKind.TENANT_POLICY, "tenant.policy_end_some", "tenant.policy_back_some"
    rule: RuleName
    to: RuleValue
    duration: Term | None
    reason: Reason

    @property
    def which(self) -> RuleName:
        return self.rule


@register
class PolicyEndPart(EndPart):
    """One part of a large request: end the temporary sign-in rules of these tenants."""

    name, says, judged_as = "tenant.policy_end_some", "end", "tenant.policy"
    chosen_from = ManyTenants
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_POLICIES, RECORD)


@register
class PolicyBackPart(PutBackPart):
    """One part of a large request: give these tenants the sign-in rules that they had before."""

    name, noun, says, judged_as = "tenant.policy_back_some", "tenant", "set", "tenant.policy"
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_POLICIES, RECORD)
    held, chosen_from, put_back_by = HoldKind.TENANT_POLICY, ManyTenants, "tenant.policy_back_some"


@register
class SetPolicies(ManyRows):
    """Set a sign-in rule for several tenants. Security has to approve every change except turning two-factor on."""

    name, verb, says = "tenant.policies", "tenant policy where", "set a rule for several tenants"
    also = ("set policies",)
    offered_as = "set a sign-in rule for several tenants"
    part = PolicyPart
    selection: ManyTenants
    rule: RuleName
    to: RuleValue
    duration: Term | None
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        return judged("tenant.policy", self.rule.rule, self.to)

    def rules(self) -> Rules:
        now = select(getattr(models.TenantPolicy, self.rule.column)).where(
            models.TenantPolicy.tenant_id == models.Tenant.id
        )
        value = now.correlate(models.Tenant).scalar_subquery()
        so = already_so(self.part.held, self.rule.column, value, self.to.value)
        return {"without rules of their own": value.is_(None), "already set like this": so}

    def after(self) -> str:
        return then_as_before(self.rule.rule.says(self.to.value), self.duration)


@register
class LimitPart(ColumnPart):
    """One part of a large request: set an agreed limit for these tenants."""

    # However short: a month of one tenant is little, and of many it is not.
    name, says, judged_as = "tenant.limit_some", "set the limit", "tenant.limit"
    permission, risk = Permission.TENANT_LIMIT, Risk.HIGH
    writes = (AGREEMENTS, RECORD)
    team = "finance"
    held, ended_by, put_back_by = HoldKind.AGREEMENT, "tenant.limit_end_some", "tenant.limit_back_some"
    limit: LimitName
    to: HowMany
    duration: Term | None
    reason: Reason

    def wanted(self, one: uuid.UUID) -> Mapping[str, Any]:
        return {self.limit.column: self.to.number}

    def subject(self, one: uuid.UUID, now: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"action": self.judged_as}


@register
class LimitEndPart(EndPart):
    """One part of a large request: end the temporary limits of these tenants."""

    name, says, judged_as = "tenant.limit_end_some", "end", "tenant.limit"
    chosen_from = ManyTenants
    permission, risk = Permission.TENANT_LIMIT, Risk.MEDIUM
    writes = (AGREEMENTS, RECORD)
    team = "finance"


@register
class LimitBackPart(PutBackPart):
    """One part of a large request: give these tenants the limits that they had before."""

    name, noun, says, judged_as = "tenant.limit_back_some", "tenant", "set the limit", "tenant.limit"
    permission, risk = Permission.TENANT_LIMIT, Risk.MEDIUM
    writes = (AGREEMENTS, RECORD)
    team = "finance"
    held, chosen_from, put_back_by = HoldKind.AGREEMENT, ManyTenants, "tenant.limit_back_some"


@register
class SetLimits(ManyRows):
    """Set an agreed limit for several tenants, with or without an end. Tenants that already exceed it are left out."""

    name, verb, says = "tenant.limits", "limit where", "set the limit of several tenants"
    also = ("set limits", "raise limits")
    offered_as = "set the limit of several tenants"
    part = LimitPart
    selection: ManyTenants
    limit: LimitName
    to: HowMany
    duration: Term | None
    reason: Reason

    def rules(self) -> Rules:
        column = getattr(models.TenantOverride, self.limit.column)
        own = select(column).where(models.TenantOverride.tenant_id == models.Tenant.id)
        now = own.correlate(models.Tenant).scalar_subquery()
        rules = {"already at this limit": already_so(self.part.held, self.limit.column, now, self.to.number)}
        if self.limit.column == "max_users" and self.to.number is not None:
            rules["with more users than that"] = tenant_reads.users_of_tenant() > self.to.number
        if self.limit.column == "max_domains" and self.to.number is not None:
            domains = select(func.count()).where(models.Domain.tenant_id == models.Tenant.id)
            rules["with more domains than that"] = domains.correlate(models.Tenant).scalar_subquery() > self.to.number
        return rules

    def after(self) -> str:
        most = "as their plans have it" if self.to.number is None else f"at most {self.to.number:,}"
        return then_as_before(f"{self.limit.words}: {most}", self.duration)


@register
class PauseTenantsPart(PartOf):
    """One part of a large request: hold back all jobs of these tenants."""

    name, noun, says, judged_as = "queue.pause_some", "tenant", "pause", "queue.pause"
    permission, risk = Permission.QUEUE_PAUSE, Risk.HIGH
    writes = (PAUSES, QUEUES, RECORD)
    containment = True
    team = "operations"
    chosen_from = ManyTenants
    size = SIZE
    duration: Lasting | None
    reason: Reason

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        known = select(models.Tenant.id).where(models.Tenant.id.in_(self.chosen.ids)).order_by(models.Tenant.id)
        there = (await session.scalars(known)).all()
        holds = [await self._pause(session, Scope(None, one), by) for one in there]
        did = [Did(one, one, {"paused": False}, {"paused": True}) for one in there]
        outcome = await self.recorded(session, by, did, holds=[str(one) for one in holds])
        return replace(outcome, holds=tuple(holds))

    async def _pause(self, session: AsyncSession, scope: Scope, by: uuid.UUID) -> uuid.UUID:
        ends = self.duration.ends if self.duration else None
        subject, reason = queue_pause.subject_of(scope), self.reason.text
        hold = await engine.place(
            session, HoldKind.QUEUE_PAUSE, target=scope.key, subject=subject, by=by, reason=reason, ends=ends
        )
        return hold.id

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        after = {one: await queue_pause.in_force(session, Scope(None, uuid.UUID(one))) for one in outcome["done"]}
        return {**outcome, "after": {one: state.dump() for one, state in after.items()}}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        scopes = {Scope(None, uuid.UUID(one)): state for one, state in outcome["after"].items()}
        answers = [await queue_pause.confirm(platform, scope, state) for scope, state in scopes.items()]
        agrees, at = all(one.agrees for one in answers), min((one.at for one in answers), default=None)
        return Verified(Verification.CONFIRMED if agrees else Verification.NOT_YET, at)

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """These pauses end; others of the same tenants stay."""
        return self.back("queue.resume_some", outcome["holds"])


@register
class ResumeTenantsPart(EndPart):
    """One part of a large request: end the pauses of these tenants."""

    name, says, judged_as = "queue.resume_some", "resume", "queue.resume"
    permission, risk = Permission.QUEUE_PAUSE, Risk.HIGH
    writes = (PAUSES, QUEUES, RECORD)
    team = "operations"
    chosen_from = ManyTenants

    def thing(self, hold: Hold) -> uuid.UUID:
        tenant = queue_pause.scope_of(hold).tenant_id
        assert tenant is not None  # noqa: S101 - only tenants were paused
        return tenant


@register
class PauseTenants(ManyRows):
    """Hold back all jobs of several tenants, for a fixed time or until somebody resumes them."""

    name, verb, says = "queue.pause_several", "tenant pause where", "pause several tenants"
    also = ("stop tenants",)
    offered_as = "pause several tenants"
    part = PauseTenantsPart
    selection: ManyTenants
    duration: Lasting | None
    reason: Reason

    def rules(self) -> Rules:
        return {"already paused": tenant_reads.sending_paused()}

    def after(self) -> str:
        lasts = self.duration.phrase if self.duration else "until somebody resumes them"
        return f"their new jobs do not start {lasts}"
