"""What the bot costs beside the bare minimum: `python -m bench`, or `make bench`.

A bench is a file here with a function `@bench`; it gets the surroundings and yields comparisons, ours and a baseline
measured in the same run on the same machine.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

from bench.surroundings import Surroundings


@dataclass(frozen=True)
class Figure:
    """One side of a comparison over all rounds: what counts, and between what it lay."""

    value: float
    least: float
    most: float

    @classmethod
    def typical(cls, rounds: Sequence[float]) -> "Figure":
        """The median."""
        return cls(median(rounds), min(rounds), max(rounds))

    @classmethod
    def worst(cls, rounds: Sequence[float]) -> "Figure":
        """The 99th percentile."""
        return cls(quantiles(rounds, n=100, method="inclusive")[98], min(rounds), max(rounds))


@dataclass(frozen=True)
class Comparison:
    """One line of the table; both sides in `unit`."""

    name: str
    unit: str
    ours: Figure
    baseline: Figure

    @property
    def ratio(self) -> float:
        return self.ours.value / self.baseline.value

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 3)}


Bench = Callable[[Surroundings], AsyncIterator[Comparison]]
BENCHES: list[Bench] = []


def bench(measure: Bench) -> Bench:
    """Register it; benches run in the order of their files' names."""
    BENCHES.append(measure)
    return measure
