"""`settings`, `setting KEY`, `setting history KEY`: what is set, and who set it. Sensitive values are masked."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.settings.parameters import Category
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import settings, staff
from bot.platform.settings import RULES, Changed, Setting
from bot.policy import Risk
from bot.targets.setting import SettingKey

SHOWN = 60


@register
class ShowSettings(Action):
    """Show the platform's settings, or those of one category. Sensitive values are masked."""

    name, verb = "setting.list", "settings"
    also = ("list settings", "show settings", "config", "configuration")
    offered_as = "show settings"
    permission, risk = Permission.SETTING_READ, Risk.READ
    group = Group("Settings", 6)
    target = "setting:all"
    category: Category | None

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting", "setting check")

    async def preview(self, session: AsyncSession) -> Impact:
        found = await settings.everything(session, self.category.name if self.category else None)
        facts = [fact(one.key, _now(one)) for one in found[:SHOWN]]
        if len(found) > SHOWN:
            facts.append(fact("and", f"{len(found) - SHOWN} more. To see those of one category: /pm settings security"))
        return Impact(facts=tuple(facts) or (fact("Settings", "none"),), context={"total": len(found)})


def _now(one: Setting) -> str:
    staged = f" · staged: {settings.said(one.staged, RULES.get(one.key))}" if one.waits else ""
    return one.in_words + staged


@register
class ShowSetting(Action):
    """Show a setting: its value, which values it takes, what is staged, and who changed it last."""

    name, verb = "setting.show", "setting"
    also = ("show setting",)
    offered_as = "look up a setting"
    permission, risk = Permission.SETTING_READ, Risk.READ
    setting: SettingKey

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting set", "setting stage", "setting history")

    async def preview(self, session: AsyncSession) -> Impact:
        one = (await SettingKey.load(self.setting.name, session)).state
        who: Part = Personal(personal="person", value=await staff.name_of(session, one.updated_by))
        return Impact(
            facts=(
                fact("Value", _now(one)),
                fact("Category", one.category),
                fact("Allowed", _may_be(one)),
                fact("Last changed", Moment.of(one.updated), " by ", who),
            ),
            context={"setting": one.key, "description": one.description or ""},
        )


def _may_be(one: Setting) -> str:
    rule = RULES.get(one.key)
    if one.sensitive:
        return "not shown here, and cannot be set here: it is in Vault"
    if rule is None:
        return "any value of the same type as now"
    if rule.words:
        return ", ".join(rule.words)
    return f"from {rule.least:,} to {rule.most:,} {rule.unit}" if rule.most else "on or off"


@register
class SettingHistory(Action):
    """Show who changed a setting, when, from what to what."""

    name, verb = "setting.history", "setting history"
    offered_as = "show a setting's history"
    permission, risk = Permission.SETTING_READ, Risk.READ
    setting: SettingKey

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting roll back", "setting")

    async def preview(self, session: AsyncSession) -> Impact:
        found = await settings.history(session, self.setting.name)
        facts = [await _line(session, one, sensitive=self.setting.state.sensitive) for one in found]
        return Impact(
            facts=tuple(facts) or (fact("Changes", "none on record"),), context={"setting": self.setting.name}
        )


async def _line(session: AsyncSession, one: Changed, *, sensitive: bool) -> Fact:
    values = "•••" if sensitive else f"{settings.said(one.old)} → {settings.said(one.new)}"
    who = Personal(personal="person", value=await staff.name_of(session, one.by))
    return fact(values, Moment.of(one.at), " · ", who, f" · {one.action}")
