"""Whether a figure is unlike its own last four weeks, and how, in words. Pure: numbers in, a sentence out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

ENOUGH = 3  # earlier figures; with fewer nobody knows what is usual
FAR = 3.0  # spreads away from the usual
NORMAL = 1.4826  # what makes a median of distances comparable to a standard deviation
LEAST_SHARE = 0.1  # of the usual figure: weeks that happened to be alike make no day unusual
NAMED = ((0.5, "half"), (1 / 3, "a third"), (0.25, "a quarter"))


def spread(earlier: Sequence[float]) -> float:
    """How far figures usually lie from their median; never less than what counts vary by themselves."""
    usual = median(earlier)
    distances = median(abs(one - usual) for one in earlier)
    return max(NORMAL * distances, math.sqrt(max(usual, 1)), LEAST_SHARE * usual)


@dataclass(frozen=True)
class Compared:
    """A count, beside the same one in each of the weeks before that the records reach back to."""

    what: str
    """`failed sign-ins`."""
    count: int
    earlier: tuple[int, ...]
    of: str
    """What it is compared with, after "the usual": `Monday`."""
    least: int = 20
    """A smaller difference matters to nobody."""

    @property
    def usual(self) -> float:
        return median(self.earlier) if self.earlier else 0.0

    @property
    def distance(self) -> float:
        """From the usual figure, in spreads; above 0 on either side."""
        return abs(self.count - self.usual) / spread(self.earlier) if self.earlier else 0.0

    @property
    def unusual(self) -> bool:
        far = abs(self.count - self.usual) >= self.least and self.distance > FAR
        return far and len(self.earlier) >= ENOUGH

    @property
    def range(self) -> str:
        """Between which the earlier ones lie; empty where none is known."""
        if not self.earlier:
            return ""
        low, high = min(self.earlier), max(self.earlier)
        return f"{low:,}" if low == high else f"{low:,}–{high:,}"

    @property
    def described(self) -> str:
        """`312 failed sign-ins, 5 times the usual Monday`."""
        return f"{self.count:,} {self.what}, {self.how}"

    @property
    def how(self) -> str:
        """The figure against the usual one."""
        if self.usual < 1:
            return f"where a usual {self.of} has none"
        share = self.count / self.usual
        if share == 0:
            return f"where a usual {self.of} has about {round(self.usual):,}"
        return f"{_times(share)} the usual {self.of}"


def _times(share: float) -> str:
    """`3 times`, `twice`, `40% more than`, `half`, `80% less than`."""
    if share >= 1.75:
        return "twice" if share < 2.5 else f"{round(share):,} times"
    for part, word in NAMED:
        if abs(share - part) <= 0.04:
            return word
    return f"{abs(share - 1):.0%} {'more' if share > 1 else 'less'} than"
