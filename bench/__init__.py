"""What the bot costs beside the bare minimum: `python -m bench`, or `make bench`.

A bench is a file here with a function `@bench`; it gets the surroundings and yields comparisons, ours and a baseline
measured in the same run on the same machine.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from typing import Any

from bench.surroundings import Surroundings


@dataclass(frozen=True)
class Comparison:
    """One line of the table; both values in `unit`."""

    name: str
    unit: str
    ours: float
    baseline: float

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 3)}


Bench = Callable[[Surroundings], AsyncIterator[Comparison]]
BENCHES: list[Bench] = []


def bench(measure: Bench) -> Bench:
    """Register it; benches run in the order of their files' names."""
    BENCHES.append(measure)
    return measure
