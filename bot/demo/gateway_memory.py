"""What the demo's gateway has read, for as long as it may believe it."""

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Session:
    """A session found in force. `until` and `touched` are monotonic, `expires` is a date."""

    id: uuid.UUID
    user_id: uuid.UUID
    token_hash: str
    expires: datetime
    until: float
    touched: float = field(default=float("-inf"))

    @property
    def fresh(self) -> bool:
        return time.monotonic() < self.until and datetime.now(UTC) < self.expires


# Of a queue or (None) of all, of a tenant or (None) of all.
Jobs = tuple[str | None, uuid.UUID | None]


class Memory:
    """What was read and found in force, for `seconds` or until somebody says it changed.

    `generation` goes up with each such word: what was read before one is not to be remembered after it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.generation = 0
        self._sessions: dict[uuid.UUID, Session] = {}
        self._access: dict[uuid.UUID, float] = {}
        self._paused: dict[Jobs, tuple[bool, float]] = {}

    def by_id(self, session_id: uuid.UUID) -> Session | None:
        session = self._sessions.get(session_id)
        return session if session is not None and session.fresh else None

    def by_hash(self, hashed: str) -> Session | None:
        return next((one for one in self._sessions.values() if one.token_hash == hashed and one.fresh), None)

    def of_user(self, user_id: uuid.UUID) -> set[uuid.UUID]:
        return {one.id for one in self._sessions.values() if one.user_id == user_id and one.fresh}

    def may_sign_in(self, user_id: uuid.UUID) -> bool:
        return time.monotonic() < self._access.get(user_id, float("-inf"))

    def paused(self, jobs: Jobs) -> bool | None:
        """Whether the jobs are held back, as far as is remembered."""
        paused, until = self._paused.get(jobs, (None, float("-inf")))
        return paused if time.monotonic() < until else None

    def remember_paused(self, jobs: Jobs, generation: int, *, paused: bool) -> None:
        if generation == self.generation:
            self._paused[jobs] = (paused, time.monotonic() + self.seconds)

    def forget_paused(self) -> None:
        self.generation += 1
        self._paused.clear()

    def remember(self, sessions: Iterable[Session], generation: int) -> None:
        if generation == self.generation:
            self._sessions = {one.id: one for one in self._sessions.values() if one.fresh}
            self._sessions.update((one.id, one) for one in sessions)

    def remember_access(self, user_id: uuid.UUID, generation: int) -> None:
        if generation == self.generation:
            self._access[user_id] = time.monotonic() + self.seconds

    def forget(self, user_id: uuid.UUID) -> None:
        self.generation += 1
        self._access.pop(user_id, None)
        self._sessions = {key: one for key, one in self._sessions.items() if one.user_id != user_id}

    def forget_all(self) -> None:
        self.generation += 1
        self._sessions.clear()
        self._access.clear()
        self._paused.clear()
