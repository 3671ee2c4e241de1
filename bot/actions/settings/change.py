"""`setting set KEY to VALUE because …`, `setting roll back KEY`: at once, and back to what it was."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.held import ColumnChange, set_for_good
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.actions.settings.parameters import NewValue, ValueAsItWas, typed_for
from bot.errors import NothingToDo
from bot.holds import engine
from bot.parameters.base import Reason
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.platform import settings
from bot.platform.settings import Setting
from bot.platform.writes import SETTINGS
from bot.policy import Risk
from bot.store.models import HoldKind
from bot.targets.setting import CarryingSetting, SettingKey


class SettingChange(ColumnChange):
    """A column of one setting: its value, or what is staged of it."""

    held = HoldKind.SETTING
    permission, risk = Permission.SETTING_CHANGE, Risk.HIGH
    writes = (SETTINGS,)
    changes = "setting"
    team = "security"
    setting: SettingKey
    reason: Reason

    def allowed(self, operator: Operator) -> bool:
        """Security sets what is about security, and nothing else."""
        return super().allowed(operator) or (self.setting.state.security and operator.may(Permission.SETTING_SECURITY))

    @classmethod
    def open_to(cls, operator: Operator) -> bool:
        return super().open_to(operator) or operator.may(Permission.SETTING_SECURITY)

    def back(self, was: Mapping[str, Any]) -> Step | None:
        before = ValueAsItWas(dict(was), dict(self.wanted()))
        parameters = {"setting": self.setting.name, "before": before.dump()}
        return Step(action="setting.roll_back", parameters={**parameters, "reason": f"undoing: {self.reason.text}"})

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting history",)

    async def not_watched(self, session: AsyncSession) -> None:
        """Raises `NothingToDo` while a promotion of it is watched: that would be taken back over this."""
        if await engine.holding(session, self.kind, self.kind.switch(self.setting.name, "value")):
            raise NothingToDo(
                f"The value of {self.setting.name} was promoted, and its alerts are still watched. Nothing was done. "
                f"Wait until the watching ends, or first type /pm setting roll back {self.setting.name}."
            )


@register
class SetValue(SettingChange):
    """Change a setting of the platform at once. If you want an alert to roll it back, use stage and promote."""

    name, verb, says = "setting.set", "setting set", "set"
    also = ("set", "change setting", "set setting")
    setting: SettingKey
    to: NewValue
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return {"value": typed_for(self.setting.state, self.to.text)}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        await self.not_watched(session)
        about = self.setting.state.description
        return (fact("What it is", about),) if about else ()


@dataclass(frozen=True)
class ChangedSetting(CarryingSetting):
    """A setting with its newest change: {"was": {"value"}, "left": {"value"}}; null where none is on record."""

    @classmethod
    async def carry(cls, session: AsyncSession, state: Setting) -> Any:
        newest = next(iter(await settings.history(session, state.key, 1)), None)
        return {"was": {"value": newest.old}, "left": {"value": newest.new}} if newest else None


@register
class RollBack(SettingChange):
    """Set a setting back to its value before the newest change. If its alerts are watched, the watching ends, too."""

    name, verb, says = "setting.roll_back", "setting roll back", "roll back"
    also = ("roll back", "rollback", "revert")
    containment = True
    setting: ChangedSetting
    before: ValueAsItWas | None
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        if self.before is not None:
            return self.before.was
        return self.setting.carried["was"] if self.setting.carried else {"value": None}

    async def preview(self, session: AsyncSession) -> Impact:
        await self._still_ours(session)
        return await super().preview(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        """What is promoted ends with it, so that no watch brings anything back later."""
        await self._still_ours(session)
        was = await self._now(session)
        await set_for_good(session, self.held, self.setting.name, self.wanted(), by)
        left = await self._base(session)
        return Outcome(data={"hold": None, "was": was, "left": left}, old=was, new=left)

    async def _still_ours(self, session: AsyncSession) -> None:
        """What somebody has set since, on the platform itself, is not ours to take back."""
        if self.before is None and self.setting.carried is None:
            raise NothingToDo(f"No change of {self.setting.name} is on record. Nothing was done.")
        left = self.before.left if self.before else self.setting.carried["left"]
        if await self.kind.now(session, self.setting.name, [*left]) != left:
            raise NothingToDo(
                f"After this change, somebody changed {self.setting.name} again. Rolling back would also undo that "
                "newer change. Nothing was done. To see who changed what, type "
                f"/pm setting history {self.setting.name}."
            )
