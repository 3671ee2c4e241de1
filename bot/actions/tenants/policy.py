"""`tenant policy acme two-factor on because …`: a tenant's own rules of signing in."""

import dataclasses
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.held import ColumnChange
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, Refused
from bot.holds import engine
from bot.holds.tenant_policy import RULES, Rule
from bot.parameters.base import Control, Lookup, Parameter, Reason, did_you_mean, quoted, required, unescape
from bot.parameters.time import Term
from bot.permissions import Permission
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
ON_OR_OFF = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


@dataclass(frozen=True)
class RuledTenant(Tenant):
    """A tenant with its rules as they are: what is weaker than those takes more."""

    table: ClassVar[type[Any]] = models.TenantPolicy
    columns: ClassVar[Mapping[str, Rule]] = RULES

    rules: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """By column; empty where the platform has no row of it."""

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        found = await super().get(session, identifier)
        if found is None:
            return None
        columns = [getattr(cls.table, name) for name in cls.columns]
        row = (await session.execute(select(*columns).where(cls.table.tenant_id == found.tenant))).one_or_none()
        return dataclasses.replace(found, rules=dict(zip(cls.columns, row, strict=True)) if row else {})

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
    thing: ClassVar[str] = "rule"
    rules: ClassVar[Mapping[str, Rule]] = RULES
    spelled: ClassVar[Mapping[str, str]] = SPELLED

    column: str

    @property
    def rule(self) -> Rule:
        return self.rules[self.column]

    @classmethod
    def of(cls, typed: str) -> Rule | None:
        """The rule that somebody calls so."""
        return cls.rules.get(cls.spelled.get(unescape(typed).strip().lower(), ""))

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return raw.lower() in cls.spelled

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say which {cls.thing}: {cls._known()}.").lower()
        if (found := cls.spelled.get(typed)) is None:
            close = [cls.rules[cls.spelled[one]].word for one in get_close_matches(typed, cls.spelled, n=1, cutoff=0.6)]
            there = did_you_mean(close) or f"The {cls.thing}s are {cls._known()}."
            raise InvalidParameter(parameter, f"There is no {cls.thing} {quoted(typed)}. {there}")
        return cls(found)

    @classmethod
    def _known(cls) -> str:
        return listed([rule.word for rule in cls.rules.values()], "or")

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
    ruled_by: ClassVar[tuple[str, type[RuleName]]] = ("rule", RuleName)
    """The parameter that says which rule it is for, and its type."""

    value: bool | int

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return _value(None, raw.lower()) is not None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say the new value: on, off or a number.").lower()
        name, of = cls.ruled_by
        rule = of.of(lookup.arguments.get(name) or "")
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


class SetRule(ColumnChange):
    """Base of both: a column of a tenant's own row. Weaker takes security, anything else whoever asks."""

    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    tenant: RuledTenant
    to: RuleValue
    duration: Term | None
    reason: Reason

    @property
    @abstractmethod
    def which(self) -> RuleName:
        """The rule that it sets."""

    @property
    def target(self) -> str:
        return f"{self.tenant.key}/{self.which.column}"

    @property
    def weaker(self) -> bool:
        return self.which.rule.weakens(self.tenant.rules.get(self.which.column), self.to.value)

    @property
    def stakes(self) -> Stakes:
        """What is stricter limits damage, and whoever asks confirms it."""
        return Stakes(self.name, Risk.HIGH) if self.weaker else Stakes(self.name, Risk.MEDIUM, containment=True)

    def wanted(self) -> Mapping[str, Any]:
        return {self.which.column: self.to.value}

    def subject(self) -> dict[str, Any]:
        return {**super().subject(), "weaker": self.weaker}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        return (
            fact("Security", "less strict than now" if self.weaker else "as strict as now, or stricter", bound=True),
        )

    async def _now(self, session: AsyncSession) -> dict[str, Any]:
        """Raises `Refused` where the platform has no row that could be set."""
        now = await super()._now(session)
        if None in now.values():
            raise Refused(
                f"The platform has none of these settings for {self.tenant.name} yet, so there is nothing to change. "
                "Nothing was done."
            )
        return now

    def back(self, was: Mapping[str, Any]) -> Step | None:
        before = {"to": RuleValue(was[self.which.column]).dump(), "reason": f"undoing: {self.reason.text}"}
        return Step(action=self.name, parameters={**self._naming(), **before})

    def _naming(self) -> dict[str, Any]:
        return {name: one.dump() for name, one in self.values().items() if one in (self.tenant, self.which)}

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)
        table = self.tenant.table
        await session.execute(select(table.tenant_id).where(table.tenant_id == self.tenant.id).with_for_update())

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant settings",)


@register
class SetPolicy(SetRule):
    """Set a tenant's sign-in rule, temporarily or until it is changed. Security has to approve a less strict one."""

    held = HoldKind.TENANT_POLICY
    name, verb, says = "tenant.policy", "tenant policy", "set"
    offered_as = "set a tenant's sign-in rules"
    writes = (TENANT_POLICIES,)
    changes = "policy"
    tenant: RuledTenant
    rule: RuleName
    to: RuleValue
    duration: Term | None
    reason: Reason

    @property
    def which(self) -> RuleName:
        return self.rule
