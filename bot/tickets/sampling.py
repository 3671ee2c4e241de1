"""Which closed tickets a second person looks at, and who: by a hash, so that nobody can choose either."""

import hashlib
import uuid
from collections.abc import Collection

ONE_IN = 20


def is_drawn(ticket_id: uuid.UUID) -> bool:
    """Whether a ticket is one of those. Its id is random, and says so before anybody knows what becomes of it."""
    return _number("drawn", ticket_id.bytes) % ONE_IN == 0


def second_person(ticket_id: uuid.UUID, people: Collection[uuid.UUID]) -> uuid.UUID | None:
    """Who of these looks at it; the same whoever asks. None of nobody."""
    return min(people, key=lambda one: _number("person", ticket_id.bytes + one.bytes), default=None)


def _number(what: str, data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(what.encode() + data).digest()[:8])
