"""From a value to a severity: pure. Thresholds differ up and down, `for` waits, and no data is no zero."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.alerts.rules import Rule, Severity, rank

ABSENT, BELOW = "absent", "below"
NO_TIME = dt.timedelta(0)


@dataclass(frozen=True)
class Standing:
    """What a rule says of one subject at one moment."""

    severity: Severity | None
    """In force now; None: nothing is, or not yet for long enough."""
    breached: Mapping[str, float]
    """Since when (seconds since 1970) the value has been above each level's threshold; while there is no data, at
    `ABSENT` the rank of the severity that the last value had; while it only waits to be over, at `BELOW` since when."""

    @property
    def quiet(self) -> bool:
        return self.severity is None and not self.breached


QUIET = Standing(None, {})


def held_back(rule: Rule, value: float | None) -> bool:
    """Whether it would not be over with everything counted in (`value`), also what a pause holds back."""
    return value is not None and value >= min(level.clears for level in rule.levels.values())


def judge(
    rule: Rule,
    before: Standing,
    value: float | None,
    now: dt.datetime,
    last: dt.datetime | None = None,
    keep: dt.timedelta = NO_TIME,
) -> Standing:
    """The standing after one more measurement; None: there was nothing to measure.

    `last`: when there was last a value of a subject of which none comes any more. What fired then goes on.
    `keep`: for how long it has to be quiet before it is over.
    """
    if value is None:
        return _without(rule, before, now, last) if last else QUIET
    moment, was = now.timestamp(), _was(before)
    breached: dict[str, float] = {}
    severity: Severity | None = None
    for name, level in rule.ordered:
        if value > level.fires:
            breached[name] = before.breached.get(name, moment)
        holds_on = was >= name.rank and value >= level.clears
        lasted = name in breached and moment - breached[name] >= level.lasts.total_seconds()
        if holds_on or lasted:
            severity = name
    if severity is None and was >= 0:
        return _subsiding(before, was, breached, moment, keep)
    return Standing(severity, breached)


def _subsiding(
    before: Standing, was: int, breached: Mapping[str, float], moment: float, keep: dt.timedelta
) -> Standing:
    """Below what ends it: over, once it has been so for long enough."""
    since = before.breached.get(BELOW, moment)
    if moment - since >= keep.total_seconds():
        return Standing(None, breached)
    return Standing(list(Severity)[was], {**breached, BELOW: since})


def missed(rule: Rule, last: dt.datetime, now: dt.datetime) -> bool:
    """Whether there has been no data for so long that the rule wants it said."""
    return rule.absent is not None and now - last >= rule.absent.lasts


def _was(before: Standing) -> int:
    """The rank of what the last value made of it."""
    return int(before.breached.get(ABSENT, rank(before.severity)))


def _without(rule: Rule, before: Standing, now: dt.datetime, last: dt.datetime) -> Standing:
    """Nobody knows whether it is over: it stays as it was, or gets as bad as the rule says of no data."""
    was = _was(before)
    worst = max(was, rule.severity_of_absence.rank if missed(rule, last, now) else -1)
    return Standing(list(Severity)[worst], {ABSENT: float(was)}) if worst >= 0 else QUIET
