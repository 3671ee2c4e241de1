"""What a verification may find, each with where it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MOST = 1_000
"""Findings that are named one by one; the rest is counted."""


class Kind(StrEnum):
    """What happened, as far as it can be told."""

    CHANGED = "changed"
    """An entry is not what was sealed."""
    SWAPPED = "swapped"
    """Two entries have each other's content."""
    REMOVED = "removed"
    INSERTED = "inserted"
    """An entry stands where all had been sealed, or says that it is older than what is sealed before it."""
    UNSEALED = "unsealed"
    """An entry has waited too long: nobody seals."""
    LEAVES = "leaves"
    """The stored hashes of entries are not those that were sealed."""
    SEAL = "seal"
    """A seal was changed or removed."""
    SIGNATURE = "signature"
    """A seal is not signed with a known key."""
    REWRITTEN = "rewritten"
    """The whole trail is another one than a witness saw."""
    CUT = "cut"
    """A witness saw more than there is: the end was cut off, or an older database was restored."""
    WITNESS = "witness"
    """One witness says something else than the trail and the other witnesses."""
    GUARD = "guard"
    """A trigger or right of the database that protects the trail is not as it should be."""


@dataclass(frozen=True)
class Finding:
    """One change. `says`: a sentence without anything personal; `where`: the same for programs."""

    kind: Kind
    says: str
    where: dict[str, Any]


@dataclass
class Findings:
    """Collected in the order in which they are met; so many that memory stays small."""

    named: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(self, kind: Kind, says: str, **where: Any) -> None:
        if len(self.named) < MOST:
            self.named.append(Finding(kind, says, where))
        else:
            self.more += 1

    def extend(self, others: Iterable[Finding]) -> None:
        for one in others:
            self.add(one.kind, one.says, **one.where)
