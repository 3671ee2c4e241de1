"""Rules that call people in vain: many alerts that were over before anybody looked, and what threshold would help."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.store.models import Alert
from bot.words import counted

MANY = 5  # alerts of a rule in a week
MOSTLY = 0.5  # the share that nobody acknowledged
SPARED = 0.9  # of those, which a new threshold should leave out


@dataclass(frozen=True)
class Noise:
    """One rule's alerts of the week."""

    rule: str
    alerts: int
    ignored: int
    """Over before anybody acknowledged them."""
    threshold: float
    """Above it, nine of ten of those would not have fired."""
    spared: int
    lost: int
    """Alerts that somebody acknowledged, and that it would have left out as well."""

    @property
    def described(self) -> str:
        said = f"{counted(self.alerts, 'alert')}, {self.ignored} over before anybody acknowledged them"
        would = f"a threshold of {self.threshold:,.0f} would have left out {self.spared} of them"
        lost = f", and {self.lost} that somebody acknowledged" if self.lost else " and none that somebody acknowledged"
        return f"{said}; {would}{lost}"


@section
@dataclass(frozen=True)
class Noisy(Section):
    """The noisiest first."""

    name: ClassVar[str] = "noisy"
    title: ClassVar[str] = "Rules that fire in vain"
    shows: ClassVar[str] = "Show noisy rules"

    rules: tuple[Noise, ...]
    alerts: int
    """Of all rules."""

    def items(self) -> list[Item]:
        return [Item(Level.YELLOW, (f"Rule {one.rule} is noisy: {one.described}",), self.name) for one in self.rules]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins, ends = window.past
        rows = await session.execute(
            select(Alert.rule, Alert.peak, Alert.acknowledged.is_(None) & Alert.resolved.is_not(None))
            .where(Alert.fired >= begins, Alert.fired < ends)
            .order_by(Alert.rule)
        )
        by_rule: dict[str, list[tuple[float, bool]]] = {}
        for rule, peak, ignored in rows:
            by_rule.setdefault(rule, []).append((peak, ignored))
        found = [noise(rule, peaks) for rule, peaks in by_rule.items()]
        noisy = [one for one in found if one is not None]
        return cls(tuple(sorted(noisy, key=lambda one: -one.ignored)), sum(map(len, by_rule.values())))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        return [fact(one.rule, one.described) for one in (await cls.read(session, window)).rules]


def noise(rule: str, peaks: Sequence[tuple[float, bool]]) -> Noise | None:
    """What is noisy about a rule, by the highest value of each alert and whether nobody cared; None: nothing is."""
    ignored = sorted(peak for peak, in_vain in peaks if in_vain)
    if len(peaks) < MANY or len(ignored) <= MOSTLY * len(peaks):
        return None
    threshold = ignored[math.ceil(SPARED * len(ignored)) - 1]
    cared = [peak for peak, in_vain in peaks if not in_vain]
    return Noise(
        rule,
        len(peaks),
        len(ignored),
        threshold,
        sum(one <= threshold for one in ignored),
        sum(one <= threshold for one in cared),
    )
