"""`tenant settings where plan=scale security-alerts on because …`: a setting of many tenants."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.actions.held_many import HeldPart, PutBackPart
from bot.actions.registry import register
from bot.actions.rows import ManyRows, Rules
from bot.actions.tenants.settings import SettingName, SettingValue
from bot.actions.tenants.several import ManyTenants, judged
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import models
from bot.platform.writes import RECORD, TENANT_SETTINGS
from bot.policy import Risk, Stakes
from bot.store.models import HoldKind


@register
class SettingPart(HeldPart):
    """Set a setting for one part of a larger group of tenants."""

    name, noun, says, judged_as = "tenant.setting_some", "tenant", "set", "tenant.set_setting"
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_SETTINGS, RECORD)
    held, chosen_from, taken_back_by = HoldKind.TENANT_SETTING, ManyTenants, "tenant.setting_back_some"
    setting: SettingName
    to: SettingValue
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        return judged(self.judged_as, self.setting.rule, self.to)

    def wanted(self, one: uuid.UUID) -> Mapping[str, Any]:
        return {self.setting.column: self.to.value}


@register
class SettingBackPart(PutBackPart):
    """Restore the setting of one part of a larger group of tenants."""

    name, noun, says, judged_as = "tenant.setting_back_some", "tenant", "set", "tenant.set_setting"
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_SETTINGS, RECORD)
    held, chosen_from, taken_back_by = HoldKind.TENANT_SETTING, ManyTenants, "tenant.setting_back_some"


@register
class SetSettings(ManyRows):
    """Set a setting of several tenants. Needs an approval by security, unless it switches the setting on."""

    name, verb, says = "tenant.settings_several", "tenant settings where", "set a setting for several tenants"
    offered_as = "set a setting for several tenants"
    part = SettingPart
    selection: ManyTenants
    setting: SettingName
    to: SettingValue
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        return judged("tenant.set_setting", self.setting.rule, self.to)

    def rules(self) -> Rules:
        its = select(getattr(models.TenantConfig, self.setting.column))
        now = its.where(models.TenantConfig.tenant_id == models.Tenant.id).correlate(models.Tenant).scalar_subquery()
        return {"without settings of their own": now.is_(None), "already set like this": now == self.to.value}

    def after(self) -> str:
        return self.setting.rule.says(self.to.value)
