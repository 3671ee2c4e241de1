"""`tenant settings where plan=scale security-alerts on for 7d because …`: a setting of many tenants."""

from sqlalchemy import select

from bot.actions.held_many import EndPart, PutBackPart
from bot.actions.registry import register
from bot.actions.rows import ManyRows, Rules
from bot.actions.tenants.settings import SettingName, SettingValue
from bot.actions.tenants.several import ManyTenants, RulePart, already_so, judged, then_as_before
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.platform import models
from bot.platform.writes import RECORD, TENANT_SETTINGS
from bot.policy import Risk, Stakes
from bot.store.models import HoldKind


@register
class SettingPart(RulePart):
    """One part of a large request: set a setting for these tenants."""

    name, says, judged_as = "tenant.setting_some", "set", "tenant.set_setting"
    writes = (TENANT_SETTINGS, RECORD)
    held, ended_by, put_back_by = HoldKind.TENANT_SETTING, "tenant.setting_end_some", "tenant.setting_back_some"
    setting: SettingName
    to: SettingValue
    duration: Term | None
    reason: Reason

    @property
    def which(self) -> SettingName:
        return self.setting


@register
class SettingEndPart(EndPart):
    """One part of a large request: end the temporary setting of these tenants."""

    name, says, judged_as = "tenant.setting_end_some", "end", "tenant.set_setting"
    chosen_from = ManyTenants
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_SETTINGS, RECORD)


@register
class SettingBackPart(PutBackPart):
    """One part of a large request: give these tenants the setting that they had before."""

    name, noun, says, judged_as = "tenant.setting_back_some", "tenant", "set", "tenant.set_setting"
    permission, risk = Permission.TENANT_POLICY, Risk.HIGH
    writes = (TENANT_SETTINGS, RECORD)
    held, chosen_from, put_back_by = HoldKind.TENANT_SETTING, ManyTenants, "tenant.setting_back_some"


@register
class SetSettings(ManyRows):
    """Set a setting of several tenants. Security has to approve every change except turning it on."""

    name, verb, says = "tenant.settings_several", "tenant settings where", "set a setting for several tenants"
    also = ("set tenant settings",)
    offered_as = "set a setting for several tenants"
    part = SettingPart
    selection: ManyTenants
    setting: SettingName
    to: SettingValue
    duration: Term | None
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        return judged("tenant.set_setting", self.setting.rule, self.to)

    def rules(self) -> Rules:
        its = select(getattr(models.TenantConfig, self.setting.column))
        now = its.where(models.TenantConfig.tenant_id == models.Tenant.id).correlate(models.Tenant).scalar_subquery()
        so = already_so(self.part.held, self.setting.column, now, self.to.value)
        return {"without settings of their own": now.is_(None), "already set like this": so}

    def after(self) -> str:
        return then_as_before(self.setting.rule.says(self.to.value), self.duration)
