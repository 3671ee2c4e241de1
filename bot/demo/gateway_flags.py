"""A feature flag as the demo's gateway remembers it, and who has it by that."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from localslack import moment


class Row(NamedTuple):
    """What is set for one user or tenant."""

    enabled: bool
    expires: datetime | None


class Decision(NamedTuple):
    enabled: bool
    rule: str
    until: datetime | None


@dataclass(frozen=True)
class Flag:
    """`rows` by rule and by whose they are."""

    key: str
    enabled: bool
    """The default."""
    rollout: int
    rows: Mapping[tuple[str, uuid.UUID], Row]

    def decide(self, tenant: uuid.UUID | None, user: uuid.UUID | None) -> Decision:
        """What holds for them now: a row that has ended since it was read counts no more."""
        now = moment.now()
        for rule, whose in (("user override", user), ("tenant override", tenant), ("allowlist", tenant)):
            row = self.rows.get((rule, whose)) if whose else None
            if row and (row.expires is None or now < row.expires):
                return Decision(row.enabled, rule, row.expires)
        if tenant and self._place(tenant) < self.rollout:
            return Decision(enabled=True, rule="rollout", until=None)
        return Decision(self.enabled, "default", None)

    def _place(self, tenant: uuid.UUID) -> int:
        """The tenant's own, 0 to 99: the first four bytes of an MD5 of `key:tenant`."""
        digest = hashlib.md5(f"{self.key}:{tenant}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:4], "big") % 100
