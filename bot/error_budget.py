"""Error budgets: how much may go wrong in 28 days, and how fast that is used up. Pure; as in chapter 5 of Google's SRE
workbook, whose windows and factors for alerts stand in `bot/alerts/alerts.toml`.
"""

import datetime as dt
from dataclasses import dataclass

PERIOD = dt.timedelta(days=28)


@dataclass(frozen=True)
class Counted:
    """Of minutes, requests or jobs: how many there were, and how many of them were good. Both may be fractions."""

    good: float
    total: float

    @property
    def bad(self) -> float:
        """The share that was not; 0 where there was nothing."""
        return 1 - self.good / self.total if self.total > 0 else 0.0


def burn(counted: Counted, target: float) -> float:
    """How many times as fast as allowed the budget is used: at 1, it is gone exactly at the end of the period."""
    return counted.bad / (1 - target)


def left(counted: Counted, target: float) -> float:
    """The share of the budget that is left, of what was counted in the period; below 0, more was used than there is."""
    return 1 - burn(counted, target)


def used_by(rate: float, lasts: dt.timedelta) -> float:
    """The share of the whole period's budget that burning at this rate for so long takes."""
    return rate * (lasts / PERIOD)
