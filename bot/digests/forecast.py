"""How much on each day of the next four weeks: a level, half of the recent slope, and a factor for each weekday. Pure.

The method is small on purpose: whoever doubts a number can follow it. Days are compared by their logarithms, since
growth and weekdays multiply. The slope counts by half and flattens out: no growth goes on for ever. The band comes
from how wrong the same method was before, as far ahead, on the same figure: nothing is assumed of its noise.
`docs/forecasts.md` says how often that is right; `python -m tests.forecasts` makes its table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WEEK, AHEAD = 7, 28  # days
LEAST = 4 * WEEK  # days of history; with fewer there is no forecast
LONGEST = 26 * WEEK  # what is older says nothing of next month
FITTED = 8 * WEEK  # days from which weekdays and the slope are known
HALF_LIFE = 3.0  # days after which one weighs half for the level
KEPT = 0.5  # of the slope
DAMPED = 0.97  # of it is left after each day
WITHIN = 0.8  # of the days lie in the band
ALIKE = 0.02  # more of the earlier errors than that: days beside each other are wrong together, so they tell less
ENOUGH = 6 * WEEK  # earlier forecasts of days from which a band is made
NORMAL = 1.2816  # of a normal distribution, 80% lie so many deviations around the middle

Numbers = NDArray[np.float64]


class TooShort(Exception):
    """There are fewer than four weeks of history, so nobody can tell a trend from a weekday."""


@dataclass(frozen=True)
class Day:
    """One day to come: the number in the middle, and those between which it lies four times of five."""

    middle: float
    low: float
    high: float


def forecast(days: Sequence[float]) -> list[Day]:
    """The next 28 days, the nearest first; `days`: one number a day, the newest last. Raises `TooShort`."""
    known = np.log1p(np.asarray(days[-LONGEST:], dtype=np.float64))
    if len(known) < LEAST:
        raise TooShort
    widths = _widths(known)
    return [
        Day(_back(middle), _back(middle - widths[n // WEEK]), _back(middle + widths[n // WEEK]))
        for n, middle in enumerate(_middles(known))
    ]


def _back(logarithm: float) -> float:
    return max(0.0, math.expm1(logarithm))


def _middles(known: Numbers) -> Numbers:
    """The logarithms of the days to come."""
    place = np.arange(-len(known) + 1, 1)  # 0 is the last day that is known
    weekdays, slope = _weekdays_and_slope(known[-FITTED:], place[-FITTED:])
    weights = 0.5 ** (-place / HALF_LIFE)
    level = float(np.average(known - weekdays[place % WEEK], weights=weights))
    behind = float(np.average(-place, weights=weights))  # how old the level is, in days
    coming = np.arange(1, AHEAD + 1)
    ahead = DAMPED * (1 - DAMPED**coming) / (1 - DAMPED)
    return np.asarray(level + KEPT * slope * (behind + ahead) + weekdays[coming % WEEK], dtype=np.float64)


def _weekdays_and_slope(known: Numbers, place: NDArray[np.int64]) -> tuple[Numbers, float]:
    """How far each weekday lies from the middle of all, and by how much a day rises: least squares."""
    design = np.column_stack([(place[:, None] % WEEK == np.arange(WEEK)).astype(np.float64), place])
    found = np.linalg.lstsq(design, known, rcond=None)[0]
    return found[:WEEK] - found[:WEEK].mean(), float(found[WEEK])


def _widths(known: Numbers) -> list[float]:
    """Half the height of the band, as a logarithm, in each week to come."""
    errors: list[list[float]] = [[] for _ in range(AHEAD // WEEK)]
    for end in range(LEAST, len(known)):
        came = known[end : end + AHEAD]
        wrong = np.abs(_middles(known[:end])[: len(came)] - came)
        for n, one in enumerate(wrong.tolist()):
            errors[n // WEEK].append(one)
    plain = NORMAL * _noise(known)
    return [_quantile(some) if len(some) >= ENOUGH else plain * math.sqrt(1 + n / 3) for n, some in enumerate(errors)]


def _quantile(errors: Sequence[float]) -> float:
    """Within which as many lie as should, of one more than there were."""
    ordered = sorted(errors)
    return ordered[min(math.ceil((WITHIN + ALIKE) * (len(ordered) + 1)), len(ordered)) - 1]


def _noise(known: Numbers) -> float:
    """By how much a day differs from the same weekday a week before: for a history too short to see forecasts fail."""
    return max(float(np.std(known[WEEK:] - known[:-WEEK], ddof=1)), 0.02)
