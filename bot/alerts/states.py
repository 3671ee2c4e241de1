"""From a value to a severity: pure. Thresholds differ up and down, and `for` waits."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.alerts.rules import Rule, Severity, rank


@dataclass(frozen=True)
class Standing:
    """What a rule says of one subject at one moment."""

    severity: Severity | None
    """In force now; None: nothing is, or not yet for long enough."""
    breached: Mapping[str, float]
    """Since when (seconds since 1970) the value has been above each level's threshold."""

    @property
    def quiet(self) -> bool:
        return self.severity is None and not self.breached


QUIET = Standing(None, {})


def held_back(rule: Rule, value: float | None) -> bool:
    """Whether it would not be over with everything counted in (`value`), also what a pause holds back."""
    return value is not None and value >= min(level.clears for level in rule.levels.values())


def judge(rule: Rule, before: Standing, value: float | None, now: dt.datetime) -> Standing:
    """The standing after one more measurement; None: there was nothing to measure."""
    if value is None:
        return QUIET
    moment, was = now.timestamp(), rank(before.severity)
    breached: dict[str, float] = {}
    severity: Severity | None = None
    for name, level in rule.ordered:
        if value > level.fires:
            breached[name] = before.breached.get(name, moment)
        holds_on = was >= name.rank and value >= level.clears
        lasted = name in breached and moment - breached[name] >= level.lasts.total_seconds()
        if holds_on or lasted:
            severity = name
    return Standing(severity, breached)
