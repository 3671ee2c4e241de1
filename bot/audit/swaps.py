"""Entries that are not what was sealed: changed each by itself, or two with each other's content."""

from bot.audit.findings import Findings, Kind
from bot.audit.merkle import leaf_hash

MOST = 200
"""Changed entries of which each is held against each other."""


class Swaps:
    """All that a pass meets."""

    def __init__(self) -> None:
        self._changed: list[tuple[int, bytes, bytes]] = []
        self._more: list[int] = []

    def changed(self, entry: int, body: bytes, stored: bytes) -> None:
        """An entry, its bytes as they are, and the hash of those that were sealed."""
        if len(self._changed) < MOST:
            self._changed.append((entry, body, stored))
        else:
            self._more.append(entry)

    def tell(self, found: Findings) -> None:
        told: set[int] = set()
        for entry, body, _ in self._changed:
            for other, theirs, stored in self._changed:
                if entry < other and entry not in told and other not in told and _was(body, theirs, stored):
                    told |= {entry, other}
                    says = f"Entries {entry} and {other} were swapped: each has the content of the other."
                    found.add(Kind.SWAPPED, says, entries=[entry, other])
        for entry in (*(entry for entry, _, _ in self._changed), *self._more):
            if entry not in told:
                found.add(Kind.CHANGED, f"Entry {entry} was changed: it is not what was sealed.", entry=entry)


def _was(body: bytes, theirs: bytes, stored: bytes) -> bool:
    """Whether this content was sealed in their place: with their id, transaction and time, or some of these."""
    mine, place = body.split(b", ", 3), theirs.split(b", ", 3)
    return any(leaf_hash(b", ".join([*place[:kept], *mine[kept:]])) == stored for kept in (1, 2, 3))
