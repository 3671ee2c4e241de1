"""Leaves whose entries are gone: removed, unless a sealed entry says that they were pruned, being old enough."""

import datetime as dt
import json
from dataclasses import dataclass

from bot.audit.findings import Findings, Kind
from bot.audit.seals import Seal

KEPT = dt.timedelta(days=7 * 365)
"""Entries are kept so long: nothing younger is pruned, whatever is said."""
MOST = 10_000
"""Gaps that are told apart."""


@dataclass
class Gap:
    """Positions and ids of the first and the last one; `by`: when they were sealed at the latest."""

    first: int
    last: int
    entries: tuple[int, int]
    by: dt.datetime | None = None


class Gaps:
    """All that a pass meets."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []
        self._prunings: list[tuple[int, dt.datetime]] = []
        self._open = False
        self.pruned = 0

    def gone(self, position: int, entry: int) -> None:
        """The leaf at this position has no entry."""
        last = self._gaps[-1] if self._gaps else None
        if last is not None and (last.last + 1 == position or len(self._gaps) >= MOST):
            last.last, last.entries, last.by = position, (last.entries[0], entry), None
        else:
            self._gaps.append(Gap(position, position, (entry, entry)))
        self._open = True

    def sealed(self, seal: Seal) -> None:
        """A seal over everything so far."""
        if self._open:
            for gap in reversed(self._gaps):
                if gap.by is not None:
                    break
                if gap.last < seal.size:
                    gap.by = seal.at
            self._open = any(gap.by is None for gap in self._gaps[-1:])

    def pruning(self, body: bytes) -> None:
        """An entry that says which leaves lost their entries, as its bytes say it."""
        said = json.loads(body)
        below = said[9].get("below") if isinstance(said[9], dict) else None
        if isinstance(below, int):
            self._prunings.append((below, dt.datetime.fromisoformat(said[2])))

    def tell(self, found: Findings) -> None:
        """What is gone without leave."""
        for gap in self._gaps:
            if self._may_go(gap):
                self.pruned += gap.last - gap.first + 1
                continue
            first, last = gap.entries
            says = f"Entry {first} was removed."
            if first != last:
                says = f"The {gap.last - gap.first + 1} entries sealed from {first} to {last} were removed."
            found.add(Kind.REMOVED, says, first=first, last=last, leaves=[gap.first, gap.last])

    def _may_go(self, gap: Gap) -> bool:
        by = gap.by
        return by is not None and any(below > gap.last and by <= at - KEPT for below, at in self._prunings)
