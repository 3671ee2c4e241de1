"""`setting stage KEY to VALUE`, `setting check`, `setting promote KEY`: tried, watched, and taken back by itself."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.actions.settings.change import SettingChange
from bot.actions.settings.parameters import NewValue, typed_for
from bot.actions.watching import USUALLY, Watching, firing, otherwise
from bot.errors import InvalidParameter, NothingToDo
from bot.holds import engine
from bot.holds.kinds import KINDS
from bot.holds.setting import SettingHeld
from bot.parameters.base import Reason
from bot.parameters.time import Lasting
from bot.permissions import Permission
from bot.platform import settings
from bot.platform.settings import RULES, Setting, said
from bot.policy import Risk, Stakes
from bot.store.models import HoldKind
from bot.targets.setting import CarryingSetting, SettingKey
from bot.words import listed


class Staging(SettingChange):
    """What is staged of a setting: nothing goes by it before it is promoted, so whoever asks decides alone.

    The catalogue asks another one already here; the promotion does, which is what takes effect.
    """

    risk = Risk.LOW
    changes = "staged"

    @property
    def stakes(self) -> Stakes:
        return Stakes(self.name, Risk.LOW)

    def back(self, was: Mapping[str, Any]) -> Step | None:
        given = {"setting": self.setting.name, "reason": f"undoing: {self.reason.text}"}
        if was["staged"] is None:
            return Step(action="setting.unstage", parameters=given)
        return Step(action="setting.stage", parameters={**given, "to": as_typed(was["staged"])})


def as_typed(value: Any) -> str:
    """A value as somebody would type it."""
    return said(value)


@register
class Stage(Staging):
    """Record a new value for a setting; nothing changes until the value is promoted."""

    name, verb, says = "setting.stage", "setting stage", "stage"
    also = ("stage",)
    setting: SettingKey
    to: NewValue
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return {"staged": typed_for(self.setting.state, self.to.text)}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        return (fact("In force", self.setting.state.in_words), fact("Next", f"/pm setting promote {self.setting.name}"))

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting check", "setting promote")


@register
class Unstage(Staging):
    """Drop the staged value of a setting."""

    name, verb, says = "setting.unstage", "setting unstage", "drop"
    setting: SettingKey
    reason: Reason

    def wanted(self) -> Mapping[str, Any]:
        return {"staged": None}


# Checks


@dataclass(frozen=True)
class Check:
    """Something that has to be so before a setting is promoted."""

    what: str
    wrong: str
    """Why it is not so; empty: it is."""


async def checks(session: AsyncSession, setting: Setting) -> Sequence[Check]:
    """All of them, in the order in which somebody would want to know."""
    return [
        Check("the value is allowed", _invalid(setting)),
        Check("its earlier changes are no longer watched", await _watched(session, setting)),
        Check(f"none of its alerts is firing ({listed(setting.watch)})", await firing(session, setting.watch)),
    ]


def _invalid(setting: Setting) -> str:
    try:
        same = typed_for(setting, as_typed(setting.staged)) == setting.staged
    except InvalidParameter as error:
        return str(error)
    return "" if same else f"{said(setting.staged)} is not an allowed value."


async def _watched(session: AsyncSession, setting: Setting) -> str:
    kind = KINDS[HoldKind.SETTING]
    assert isinstance(kind, SettingHeld)  # noqa: S101 - it is that kind's
    held = await engine.holding(session, kind, kind.switch(setting.key, "value"))
    said = "the last value was promoted, and its alerts are still watched: wait until the watching ends, or roll back."
    return said if held else ""


@register
class CheckStaged(Action):
    """Show what is staged, and whether it could be promoted now."""

    name, verb = "setting.check", "setting check"
    offered_as = "check what is staged"
    permission, risk = Permission.SETTING_READ, Risk.READ
    target = "setting:staged"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("setting promote",)

    async def preview(self, session: AsyncSession) -> Impact:
        facts: list[Fact] = []
        staged = [one for one in await settings.everything(session) if one.waits]
        for one in staged:
            wrong = [check.wrong for check in await checks(session, one) if check.wrong]
            rule = RULES.get(one.key)
            change = f"{one.in_words} → {said(one.staged, rule)}"
            facts.append(fact(one.key, f"{change} · {' '.join(wrong) or 'ready: every check passed'}"))
        return Impact(facts=tuple(facts) or (fact("Staged", "nothing"),), context={"staged": len(staged)})


@dataclass(frozen=True)
class StagedSetting(CarryingSetting):
    """A setting with what is staged of it."""

    @classmethod
    async def carry(cls, session: AsyncSession, state: Setting) -> Any:
        return state.staged


@register
class Promote(SettingChange):
    """Put the staged value in force and watch it: if an alert fires, it is rolled back; otherwise it stays."""

    name, verb, says = "setting.promote", "setting promote", "promote"
    also = ("promote",)
    setting: StagedSetting
    watching: Watching | None
    reason: Reason

    @property
    def lasting(self) -> Lasting:
        return self.watching or USUALLY

    def wanted(self) -> Mapping[str, Any]:
        return {"value": self.setting.carried}

    def subject(self) -> dict[str, Any]:
        return {"watch": list(self.setting.state.watch), "stays": True}

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        """Raises `NothingToDo` with the first check that it does not pass."""
        await self._still_staged(session)
        done = await checks(session, self.setting.state)
        for check in done:
            if check.wrong:
                raise NothingToDo(f"{self.setting.name} was not promoted: {check.wrong} Nothing was done.")
        return (
            fact("Checks", f"{len(done)} of {len(done)} passed", bound=True),
            fact("Watched", f"{listed(self.setting.state.watch)} {self.lasting.phrase}"),
        )

    async def preview(self, session: AsyncSession) -> Impact:
        await self._still_staged(session)
        impact = await super().preview(session)
        after = f"{self.kind.says(self.wanted())}; {otherwise(self.lasting)}"
        facts = [fact("After", after, bound=True) if one.label == "After" else one for one in impact.facts]
        return impact.model_copy(update={"facts": tuple(facts)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Any:
        await self.lock(session)
        await self.notes(session)
        return await super().execute(session, by)

    async def _still_staged(self, session: AsyncSession) -> None:
        now = await settings.load(session, self.setting.name)
        if now is None or not now.waits:
            raise NothingToDo(
                f"{self.setting.name} has no staged value. Nothing was done: stage one first, with "
                f"/pm setting stage {self.setting.name} to …"
            )
        if now.staged != self.setting.carried:
            raise NothingToDo(
                f"Another value of {self.setting.name} was staged in the meantime. Nothing was done: "
                "look at /pm setting check."
            )

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """Also once the watch is over."""
        return self.back(outcome["was"])
