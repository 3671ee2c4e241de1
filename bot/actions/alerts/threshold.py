"""`alert threshold queue-backlog high at 2000 clears 1000 …`: a value instead of the file's, and its history."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.alerts.figures import ClearsAt, Figure, HowSevere, WhichRule, dumped
from bot.actions.base import Action, Lead, Outcome
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import staff
from bot.policy import Risk
from bot.store import thresholds
from bot.store.models import AlertLevel, AlertThreshold
from bot.store.thresholds import Limits
from bot.targets.staff import Asker

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.alert_thresholds'))")
LATELY, SHOWN, ENDS = dt.timedelta(days=90), 10, 5


class _OnThreshold(Action):
    """A severity of a rule."""

    permission: ClassVar[str] = Permission.ALERT_THRESHOLD
    risk: ClassVar[Risk] = Risk.HIGH
    team: ClassVar[str] = "operations"
    rule: WhichRule
    severity: HowSevere

    @property
    def target(self) -> str:
        return f"threshold:{self.rule.name}/{self.severity.name}"

    async def lock(self, session: AsyncSession) -> None:
        """One after the other: the levels of a rule have to go together."""
        await session.execute(LOCK)

    async def _level(self, session: AsyncSession) -> AlertLevel:
        found = await thresholds.levels(session, AlertLevel.rule == self.rule.name)
        one = next((level for level in found if level.severity == self.severity.name), None)
        if one is None:
            known = ", ".join(level.severity for level in found) or "none"
            raise NothingToDo(f"The rule {self.rule.name} has only these severities: {known}. Nothing was done.")
        return one

    async def _changed(self, session: AsyncSession) -> AlertThreshold | None:
        mine = AlertThreshold.rule == self.rule.name, AlertThreshold.severity == self.severity.name
        return next(iter(await thresholds.in_force(session, *mine)), None)

    async def _go_together(self, session: AsyncSession, limits: Limits) -> None:
        """Raise `NothingToDo` where the rules file would be refused with these."""
        base = await thresholds.levels(session, AlertLevel.rule == self.rule.name)
        all_now = thresholds.over(base, await thresholds.in_force(session, AlertThreshold.rule == self.rule.name))
        if wrong := thresholds.mistake(all_now | {self.severity.name: limits}, low=base[0].low):
            raise NothingToDo(f"These values do not fit together: {wrong}. Nothing was done: give other values.")

    async def _impact(self, session: AsyncSession, level: AlertLevel, after: Limits) -> Impact:
        now = await self._changed(session)
        limits = Limits(now.fires, now.clears) if now else Limits(level.fires, level.clears)
        if limits == after and (now or self.name == SetThreshold.name):
            raise NothingToDo(
                f"The threshold already has this value: {thresholds.said(after, level)}. Nothing was done."
            )
        return Impact(
            facts=(
                fact("Rule", f"{self.rule.name}, {self.severity.name}", bound=True),
                fact("Now", thresholds.said(limits, level), bound=True),
                fact("After", thresholds.said(after, level)),
                fact("In the file", thresholds.said(Limits(level.fires, level.clears), level), bound=True),
            ),
            context={"rule": self.rule.name, "severity": self.severity.name, "after": thresholds.said(after, level)},
        )


def _as_data(one: AlertThreshold | None, level: AlertLevel) -> dict[str, str] | None:
    return dumped({"fires": one.fires, "clears": one.clears}, level) if one else None


@register
class SetThreshold(_OnThreshold):
    """Change the value at which a rule fires; it replaces the value in the rules file. Its history is kept."""

    name, verb, says = "alert.threshold", "alert threshold", "change"
    also = ("threshold", "set threshold", "change threshold")
    offered_as = "change a threshold of an alert"
    rule: WhichRule
    severity: HowSevere
    fires: Figure
    clears: ClearsAt | None
    reason: Reason

    @classmethod
    def phrase(cls) -> str:
        return "change a threshold"

    async def _limits(self, session: AsyncSession, level: AlertLevel) -> Limits:
        now = await self._changed(session)
        clears = self.clears.meant(level) if self.clears else (now or level).clears
        limits = Limits(self.fires.meant(level), clears)
        await self._go_together(session, limits)
        return limits

    async def preview(self, session: AsyncSession) -> Impact:
        level = await self._level(session)
        return await self._impact(session, level, await self._limits(session, level))

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        level = await self._level(session)
        limits, before = await self._limits(session, level), await self._changed(session)
        old = _as_data(before, level)
        await thresholds.end(session, level.rule, level.severity)
        one = AlertThreshold(
            id=uuid.uuid4(),
            rule=level.rule,
            severity=level.severity,
            fires=limits.fires,
            clears=limits.clears,
            base_fires=level.fires,
            base_clears=level.clears,
            reason=self.reason.text,
            staff_id=by,
        )
        session.add(one)
        await session.flush()
        return Outcome({"threshold": str(one.id), "before": old}, {"limits": old}, {"limits": _as_data(one, level)})

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        now = await self._changed(session)
        return now is not None and str(now.id) == outcome["threshold"]

    def undo(self, outcome: dict[str, Any]) -> Step:
        which = {"rule": self.rule.name, "severity": self.severity.name, "reason": f"undoing: {self.reason.text}"}
        if outcome["before"]:
            return Step(action=self.name, parameters={**which, **outcome["before"]})
        return Step(action=ClearThreshold.name, parameters=which)


@register
class ClearThreshold(_OnThreshold):
    """Use the value from the rules file again."""

    name, verb, says = "alert.clear_threshold", "alert threshold clear", "clear"
    also = ("reset threshold",)
    offered_as = "clear a changed threshold of an alert"
    rule: WhichRule
    severity: HowSevere
    reason: Reason

    @classmethod
    def phrase(cls) -> str:
        return "clear a threshold"

    async def _standing(self, session: AsyncSession) -> AlertThreshold:
        now = await self._changed(session)
        if now is None:
            raise NothingToDo("Nobody has changed that threshold: the value in the file is in force. Nothing was done.")
        return now

    async def preview(self, session: AsyncSession) -> Impact:
        await self._standing(session)
        level = await self._level(session)
        await self._go_together(session, Limits(level.fires, level.clears))
        return await self._impact(session, level, Limits(level.fires, level.clears))

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        now, level = await self._standing(session), await self._level(session)
        await self._go_together(session, Limits(level.fires, level.clears))
        old = _as_data(now, level)
        await thresholds.end(session, level.rule, level.severity)
        return Outcome({"before": old}, {"limits": old}, {"limits": None})

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return await self._changed(session) is None

    def undo(self, outcome: dict[str, Any]) -> Step:
        which = {"rule": self.rule.name, "severity": self.severity.name, "reason": f"undoing: {self.reason.text}"}
        return Step(action=SetThreshold.name, parameters={**which, **outcome["before"]})


@register
class ListThresholds(Action):
    """Show which thresholds replace the rules file now, and which did in the last 90 days."""

    name, verb = "alert.thresholds", "thresholds"
    also = ("show thresholds", "list thresholds")
    offered_as = "show the changed thresholds"
    permission, risk = Permission.QUEUE_READ, Risk.READ
    target = "threshold:all"
    asker: Asker

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        ends: list[dict[str, str]] = impact.context["standing"][:ENDS]
        return tuple(Lead("alert threshold clear", one, (f"{one['rule']} {one['severity']}",)) for one in ends)

    async def preview(self, session: AsyncSession) -> Impact:
        levels = await thresholds.levels(session)
        base = {(one.rule, one.severity): one for one in levels}
        now, before = await thresholds.in_force(session), await thresholds.history(session, LATELY, SHOWN)
        names = await staff.names(session, {one.staff_id for one in (*now, *before)})
        wrong = thresholds.contradicted(levels, now)
        facts = [
            _fact(one, base.get((one.rule, one.severity)), names[one.staff_id], wrong.get(one.rule)) for one in now
        ]
        past = [_past(one, base.get((one.rule, one.severity)), names[one.staff_id]) for one in before]
        nothing = fact("Thresholds", "all as the rules file says")
        standing = [{"rule": one.rule, "severity": one.severity} for one in now]
        return Impact(facts=(*(facts or [nothing]), *past), context={"standing": standing})


def _fact(one: AlertThreshold, level: AlertLevel | None, who: str, wrong: str | None) -> Fact:
    title = f"{one.rule}, {one.severity}"
    if level is None:
        return fact(title, "not in force: the rules file has no such severity any more")
    limits, base = Limits(one.fires, one.clears), Limits(level.fires, level.clears)
    old = ""
    if thresholds.on_old_base(one, level):
        was = Limits(one.base_fires, one.base_clears)
        old = f" · the rules file was changed after that: before, it said {thresholds.said(was, level)}"
    first = f"not in force, since it no longer goes with the rules file ({wrong}) · " if wrong else ""
    by = f"by {who}, {one.reason} · the file: {thresholds.said(base, level)}{old}"
    return fact(title, f"{first}{thresholds.said(limits, level)} · {by}", " · since ", Moment.of(one.since))


def _past(one: AlertThreshold, level: AlertLevel | None, who: str) -> Fact:
    limits = Limits(one.fires, one.clears)
    said = thresholds.said(limits, level) if level else f"fires at {one.fires:g}, clears at {one.clears:g}"
    ended = Moment.of(one.ended or one.since)
    return fact(f"Before: {one.rule}, {one.severity}", f"{said} · by {who}, {one.reason} · until ", ended)
