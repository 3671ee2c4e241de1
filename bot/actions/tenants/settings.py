"""`tenant settings acme` and `tenant settings set acme security-alerts on because …`: what is a tenant's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.tenants.policy import RuledTenant, RuleName, RuleValue, SetRule
from bot.holds.tenant_policy import RULES, SETTINGS, Rule
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import models
from bot.platform.writes import TENANT_SETTINGS
from bot.policy import Risk
from bot.store.models import HoldKind
from bot.targets.tenant import Tenant

ALERTS = "notify_on_security_alerts"


@dataclass(frozen=True)
class ConfiguredTenant(RuledTenant):
    """A tenant with its settings as they are."""

    table: ClassVar[type[Any]] = models.TenantConfig
    columns: ClassVar[Mapping[str, Rule]] = SETTINGS


@dataclass(frozen=True)
class SettingName(RuleName):
    """Which setting: `security-alerts`."""

    label: ClassVar[str] = "Which setting"
    usage: ClassVar[str] = "security-alerts"
    example: ClassVar[str] = "security-alerts"
    explanation: ClassVar[str] = (
        "which setting: security-alerts (whether the tenant's owners are told of security alerts)"
    )
    hint: ClassVar[str] = "security-alerts"
    thing: ClassVar[str] = "setting"
    rules: ClassVar[Mapping[str, Rule]] = SETTINGS
    spelled: ClassVar[Mapping[str, str]] = {
        **{column: column for column in SETTINGS},
        **{rule.word: column for column, rule in SETTINGS.items()},
        "alerts": ALERTS,
        "notifications": ALERTS,
    }


@dataclass(frozen=True)
class SettingValue(RuleValue):
    """What a setting is set to: `on` or `off`."""

    explanation: ClassVar[str] = "on or off"
    hint: ClassVar[str] = "on or off"
    ruled_by: ClassVar[tuple[str, type[RuleName]]] = ("setting", SettingName)


@register
class SetTenantSetting(SetRule):
    """Set a tenant's own setting, temporarily or until it is changed. Security has to approve a less strict one."""

    held = HoldKind.TENANT_SETTING
    name, verb, says = "tenant.set_setting", "tenant settings set", "set"
    offered_as = "set a tenant's settings"
    writes = (TENANT_SETTINGS,)
    changes = "settings"
    tenant: ConfiguredTenant
    setting: SettingName
    to: SettingValue
    duration: Term | None
    reason: Reason

    @property
    def which(self) -> SettingName:
        return self.setting


@register
class ShowSettings(Action):
    """Show a tenant's own settings: its sign-in rules, and who is told of security alerts."""

    name, verb, says = "tenant.settings", "tenant settings", "look up the settings of"
    offered_as = "look up a tenant's settings"
    permission, risk = Permission.TENANT_READ, Risk.READ
    tenant: Tenant

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("tenant policy", "tenant settings set", "tenant")

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
