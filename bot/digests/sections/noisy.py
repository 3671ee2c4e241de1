"""Rules that call people in vain: alerts false or over before anybody looked, and what threshold would help."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.alerts.metrics.base import METRICS
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.store.models import Alert
from bot.words import counted

MANY = 5  # alerts of a rule in a week
DAYS = 3  # on which they fired: one bad day says nothing of the next
MOSTLY = 0.5  # the share that was in vain
SPARED = 0.9  # of those, which a new threshold should leave out


@dataclass(frozen=True)
class Seen:
    """What became of one alert."""

    peak: float
    day: dt.date
    ignored: bool = False
    """Over before anybody acknowledged it."""
    false: bool = False
    """Somebody said so."""

    @property
    def in_vain(self) -> bool:
        return self.ignored or self.false


@dataclass(frozen=True)
class Threshold:
    """A value above which most of what was in vain would not have fired."""

    value: float
    spared: int
    """Alerts in vain that it leaves out."""
    lost: int
    """Others that it would have left out as well."""


@dataclass(frozen=True)
class Noise:
    """One rule's alerts of the week."""

    rule: str
    alerts: int
    ignored: int
    false: int
    threshold: Threshold | None
    """None: none would tell them from the others."""
    metric: str | None = None

    @property
    def described(self) -> str:
        them, alarms = "it" if self.ignored == 1 else "them", "a false alarm" if self.false == 1 else "false alarms"
        false = f", and people marked {self.false} as {alarms}" if self.false else ""
        ignored = f"of which {self.ignored} ended before anybody acknowledged {them}"
        said = f"{counted(self.alerts, 'alert')}, {ignored}{false}"
        if elsewhere(self.metric):
            return f"{said}; change this rule in the system that evaluates it"
        if self.threshold is None:
            return f"{said}; no threshold would stop these alerts and keep the important ones"
        would = f"a threshold of {self.shown} would have stopped {self.threshold.spared} of these needless alerts"
        lost = self.threshold.lost
        others = f"but {counted(lost, 'important alert')}, too" if lost else "and no important alert"
        return f"{said}; {would}, {others}"

    @property
    def shown(self) -> str:
        """The threshold in the figures that people read."""
        value = self.threshold.value if self.threshold else 0.0
        metric = METRICS.get(self.metric or "")
        return metric.shown(value) + metric.unit if metric else f"{value:,.0f}"


@section
@dataclass(frozen=True)
class Noisy(Section):
    """The noisiest first."""

    name: ClassVar[str] = "noisy"
    title: ClassVar[str] = "Rules that often fire without need"
    shows: ClassVar[str] = "Show noisy rules"

    rules: tuple[Noise, ...]
    alerts: int
    """Of all rules."""

    def items(self) -> list[Item]:
        return [Item(Level.YELLOW, (f"Rule {one.rule} is noisy: {one.described}",), self.name) for one in self.rules]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins, ends = window.past
        ignored = Alert.acknowledged.is_(None) & Alert.resolved.is_not(None)
        metric = Alert.facts["metric"].astext
        rule_or_group = func.coalesce(Alert.facts["group"]["name"].astext, Alert.rule)
        rows = await session.execute(
            select(rule_or_group, Alert.peak, Alert.fired, ignored, Alert.false_at.is_not(None), metric)
            .where(Alert.fired >= begins, Alert.fired < ends)
            .order_by(Alert.rule)
        )
        by_rule: dict[str, list[Seen]] = {}
        metrics: dict[str, str | None] = {}
        for rule, peak, fired, in_vain, false, of in rows:
            day = fired.astimezone(window.zone).date()
            by_rule.setdefault(rule, []).append(Seen(peak, day, ignored=in_vain, false=false))
            metrics[rule] = of or metrics.get(rule)
        found = [noise(rule, seen, metrics[rule]) for rule, seen in by_rule.items()]
        noisy = [one for one in found if one is not None]
        return cls(tuple(sorted(noisy, key=lambda one: -one.ignored)), sum(map(len, by_rule.values())))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        return [fact(one.rule, one.described) for one in (await cls.read(session, window)).rules]


def noise(rule: str, seen: Sequence[Seen], metric: str | None = None) -> Noise | None:
    """What is noisy about a rule, by its alerts of a week; None: nothing is, or they are too few to tell."""
    in_vain = [one for one in seen if one.in_vain]
    few = len(seen) < MANY or len({one.day for one in seen}) < DAYS
    if few or len(in_vain) <= MOSTLY * len(seen):
        return None
    ignored, false = sum(one.ignored for one in seen), sum(one.false for one in seen)
    threshold = None if elsewhere(metric) else suggested(seen)
    return Noise(rule, len(seen), ignored, false, threshold, metric)


def elsewhere(metric: str | None) -> bool:
    """Whether others evaluate it, by thresholds of their own."""
    return metric in METRICS and METRICS[metric].elsewhere is not None


def suggested(seen: Sequence[Seen]) -> Threshold | None:
    """The least that leaves out nine of ten in vain; None where that leaves out all that mattered, too."""
    in_vain = sorted(one.peak for one in seen if one.in_vain)
    mattered = [one.peak for one in seen if not one.in_vain]
    value = in_vain[math.ceil(SPARED * len(in_vain)) - 1]
    lost = sum(one <= value for one in mattered)
    if not math.isfinite(value) or (mattered and lost == len(mattered)):
        return None
    return Threshold(value, sum(one <= value for one in in_vain), lost)
