"""`tenant policy acme two-factor on because …`, `tenant settings acme`: a tenant's own rules of signing in."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.held import ColumnChange
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, MissingParameter
from bot.holds import engine
from bot.holds.tenant_policy import RULES, Rule
from bot.parameters.base import Control, Lookup, Parameter, Reason, did_you_mean, quoted, unescape
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import models
from bot.platform.writes import TENANT_POLICIES
from bot.policy import Risk, Stakes
from bot.store.models import HoldKind
from bot.targets.tenant import Tenant
from bot.words import listed

SPELLED = {
    **{column: column for column in RULES},
    **{rule.word: column for column, rule in RULES.items()},
    "2fa": "two_factor_required",
    "mfa": "two_factor_required",
    "twofactor": "two_factor_required",
    "sessions": "session_timeout_hours",
    "timeout": "session_timeout_hours",
    "logins": "max_login_attempts",
    "passwords": "password_min_length",
}
WORDS = listed([rule.word for rule in RULES.values()], "or")
ON_OR_OFF = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


@dataclass(frozen=True)
class RuledTenant(Tenant):
    """A tenant with its rules as they are: what is weaker than those takes more."""

    rules: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        found = await super().get(session, identifier)
        if found is None:
            return None
        columns = [getattr(models.TenantPolicy, name) for name in RULES]
        row = (
            await session.execute(select(*columns).where(models.TenantPolicy.tenant_id == found.tenant))
        ).one_or_none()
        return dataclasses.replace(found, rules=dict(zip(RULES, row, strict=True)) if row else {})

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        return await cls.load((await super().resolve(parameter, raw, lookup)).dump(), lookup.session)


@dataclass(frozen=True)
class RuleName(Parameter):
    """Which rule: `two-factor`, `session`, `attempts` or `password`."""

    label: ClassVar[str] = "Which rule"
    usage: ClassVar[str] = "two-factor"
    example: ClassVar[str] = "two-factor"
    explanation: ClassVar[str] = (
        "which rule: two-factor, session (hours until sign-out), attempts or password (its length)"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "two-factor, session, attempts or password"

    column: str

    @property
    def rule(self) -> Rule:
        return RULES[self.column]

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return raw.lower() in SPELLED

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip().lower()
        if not typed:
            raise MissingParameter(parameter, f"Say which rule: {WORDS}.")
        if (found := SPELLED.get(typed)) is None:
            close = [RULES[SPELLED[one]].word for one in get_close_matches(typed, SPELLED, n=1, cutoff=0.6)]
            raise InvalidParameter(
                parameter, f"There is no rule {quoted(typed)}. {did_you_mean(close) or f'The rules are {WORDS}.'}"
            )
        return cls(found)

    @property
    def shown(self) -> str:
        return self.rule.word

    def dump(self) -> str:
        return self.column

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@dataclass(frozen=True)
class RuleValue(Parameter):
    """What a rule is set to: `on`, `off` or a number."""

    label: ClassVar[str] = "To what"
    usage: ClassVar[str] = "on"
    example: ClassVar[str] = "on"
    explanation: ClassVar[str] = "on or off for two-factor, a number for the others: hours, tries, characters"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "on, off or a number"

    value: bool | int

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return _value(None, raw.lower()) is not None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip().lower()
        if not typed:
            raise MissingParameter(parameter, "Say to what: on, off or a number.")
        rule = RULES.get(SPELLED.get((lookup.arguments.get("rule") or "").strip().lower(), ""))
        value = _value(rule, typed)
        if value is None:
            takes = f"{rule.word} takes {_takes(rule)}" if rule else "say on, off or a number"
            raise InvalidParameter(parameter, f"{quoted(typed)} is not right here: {takes}.")
        return cls(value)

    def dump(self) -> str:
        return {True: "on", False: "off"}[self.value] if isinstance(self.value, bool) else str(self.value)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(ON_OR_OFF[dumped] if dumped in ON_OR_OFF else int(str(dumped)))


def _value(rule: Rule | None, typed: str) -> bool | int | None:
    """What was typed, as the rule takes it; without a rule, as any may."""
    if rule is None:
        return ON_OR_OFF.get(typed, _number(typed))
    if rule.switch:
        return ON_OR_OFF.get(typed)
    number = _number(typed)
    return number if number is not None and rule.least <= number <= rule.most else None


def _takes(rule: Rule) -> str:
    return "on or off" if rule.switch else f"a number from {rule.least} to {rule.most} ({rule.unit})"


def _number(typed: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,4})\s*(h|hours?|tries|attempts|characters?|chars)?", typed)
    return int(found[1]) if found else None


@register
class SetPolicy(ColumnChange):
    """Set a sign-in rule for a tenant, for a fixed time or until it is changed. Security decides on a weaker one."""

    held = HoldKind.TENANT_POLICY
    name, verb, says = "tenant.policy", "tenant policy", "set"
    offered_as = "set a tenant's sign-in rules"
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_POLICIES,)
    changes = "policy"
    tenant: RuledTenant
    rule: RuleName
    to: RuleValue
    duration: Term | None
    reason: Reason

    @property
    def target(self) -> str:
        return f"{self.tenant.key}/{self.rule.column}"

    @property
    def weaker(self) -> bool:
        return self.rule.rule.weakens(self.tenant.rules.get(self.rule.column), self.to.value)

    @property
    def stakes(self) -> Stakes:
        """What is stricter limits damage, and whoever asks confirms it."""
        return Stakes(self.name, Risk.HIGH) if self.weaker else Stakes(self.name, Risk.MEDIUM, containment=True)

    def wanted(self) -> Mapping[str, Any]:
        return {self.rule.column: self.to.value}

    def subject(self) -> dict[str, Any]:
        return {**super().subject(), "weaker": self.weaker}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        return (fact("Security", "weaker than now" if self.weaker else "not weaker than now", bound=True),)

    def back(self, was: Mapping[str, Any]) -> Step | None:
        before = was[self.rule.column]
        parameters = {
            "tenant": self.tenant.dump(),
            "rule": self.rule.dump(),
            "to": RuleValue(before).dump(),
            "reason": f"undoing: {self.reason.text}",
        }
        return Step(action=self.name, parameters=parameters)

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)
        row = select(models.TenantPolicy.tenant_id).where(models.TenantPolicy.tenant_id == self.tenant.id)
        await session.execute(row.with_for_update())

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant settings",)


@register
class ShowSettings(Action):
    """Show a tenant's own settings: its rules of signing in, and who is told of security alerts."""

    name, verb, says = "tenant.settings", "tenant settings", "look up the settings of"
    offered_as = "look up a tenant's settings"
    permission, risk = Permission.TENANT_READ, Risk.READ
    tenant: Tenant

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant policy", "tenant")

    async def preview(self, session: AsyncSession) -> Impact:
        ruled = await RuledTenant.load(self.tenant.dump(), session)
        config = await session.get(models.TenantConfig, self.tenant.id)
        mail = config.billing_email if config else None
        told = "told" if config and config.notify_on_security_alerts else "not told"
        return Impact(
            facts=(
                *(fact("Rule", rule.says(ruled.rules.get(column))) for column, rule in RULES.items()),
                fact("Security alerts", f"its owners are {told}"),
                fact("Billing address", Personal(personal="customer", value=mail) if mail else "none"),
            ),
            context={"tenant": {"id": str(self.tenant.id), "name": self.tenant.name}},
        )
