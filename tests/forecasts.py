"""How often the forecasts of the weekly report are right: the tables of docs/forecasts.md (`make forecasts`).

The years are made up, by seeds: a level, growth, a season of the year, weekdays, noise, a level that wanders by itself,
and ten days around the turn of the year on which little happens. No seed was chosen by what it shows.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.digests.forecast import AHEAD, WEEK, forecast

FILE = Path(__file__).parent.parent / "docs" / "forecasts.md"
YEAR = 364
SEEDS = range(40)
HISTORIES = (28, 56, 182)  # days that are counted
EVERY = 73  # days from one forecast to the next
USUAL_WEEK = np.array([1, 1.08, 1.1, 1.05, 0.95, 0.45, 0.35])


def years(seed: int) -> NDArray[np.float64]:
    """Two years of days, of one figure."""
    rng = np.random.default_rng(seed)
    days = np.arange(2 * YEAR)
    level, growth, season, turn = rng.uniform((200, -0.2, 0.0, 0.0), (20_000, 0.8, 0.3, 1.0))
    weekdays = USUAL_WEEK ** rng.uniform(0.2, 1.2)
    noise, wander = rng.uniform((0.04, 0.002), (0.15, 0.012))
    trend = growth * days / YEAR + season * np.sin(2 * np.pi * (days / YEAR + turn))
    walk = np.cumsum(rng.normal(0, wander, len(days)))
    usual = level * np.exp(trend + walk + rng.normal(0, noise, len(days))) * weekdays[days % WEEK]
    for year in range(2):
        begins = year * YEAR + int(rng.integers(330, 350))
        usual[begins : begins + 10] *= rng.uniform(0.4, 0.8)
    return rng.poisson(usual).astype(np.float64)


@dataclass
class Score:
    """How some forecasts did; errors are shares of what came."""

    within: list[bool] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    """Of saying that each weekday will be as it was last week."""

    def __add__(self, other: "Score") -> "Score":
        return Score(self.within + other.within, self.errors + other.errors, self.naive + other.naive)

    @property
    def held(self) -> float:
        return float(np.mean(self.within))

    @property
    def error(self) -> float:
        return float(np.mean(self.errors))

    @property
    def seasonal_naive(self) -> float:
        return float(np.mean(self.naive))

    @property
    def row(self) -> str:
        better = 1 - self.error / self.seasonal_naive
        return f"{self.held:.1%} | {self.error:.1%} | {self.seasonal_naive:.1%} | {better:.0%}"


def backtest(seeds: range, history: int) -> list[Score]:
    """By week ahead: forecasts from that many days of history, all over the years."""
    scores = [Score() for _ in range(AHEAD // WEEK)]
    for seed in seeds:
        known = years(seed)
        for origin in range(182, len(known) - AHEAD, EVERY):
            said = forecast(known[origin - history : origin].tolist())
            for n, (day, came) in enumerate(zip(said, known[origin : origin + AHEAD], strict=True)):
                score = scores[n // WEEK]
                score.within.append(bool(day.low <= came <= day.high))
                score.errors.append(abs(day.middle - came) / max(came, 1))
                score.naive.append(abs(known[origin - WEEK + n % WEEK] - came) / max(came, 1))
    return scores


def table(seeds: range = SEEDS) -> Iterator[str]:
    yield "| days of history | days ahead | in the band | error | seasonal-naive | smaller by |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for history in HISTORIES:
        scores = backtest(seeds, history)
        for n, one in enumerate(scores):
            yield f"| {history} | {n * WEEK + 1}–{(n + 1) * WEEK} | {one.row} |"
        yield f"| **{history}** | **all** | {sum(scores, Score()).row} |"


def main() -> None:
    before, _, _ = FILE.read_text("utf-8").partition("| days of history")
    FILE.write_text(before + "\n".join(table()) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
