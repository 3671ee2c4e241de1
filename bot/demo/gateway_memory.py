"""What the demo's gateway has read, for as long as it may believe it."""

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from bot.demo.gateway_flags import Flag
from localslack import moment

Key = TypeVar("Key")
Value = TypeVar("Value")


class Held(NamedTuple):
    """A role that somebody holds."""

    name: str
    granted: datetime
    expires: datetime | None

    @property
    def lasts(self) -> bool:
        return self.expires is None or moment.now() < self.expires


@dataclass
class Session:
    """A session found in force. `until` and `touched` are monotonic, `created` and `expires` are dates."""

    id: uuid.UUID
    user_id: uuid.UUID
    token_hash: str
    created: datetime
    expires: datetime
    held: tuple[Held, ...]
    until: float
    touched: float = field(default=float("-inf"))
    customer: bool = False
    """It is no member of staff's: no role of theirs decides about it."""

    @property
    def fresh(self) -> bool:
        """Whether it may still be believed: also what was read ends by the clock, with the last role, too."""
        lasts = moment.now() < self.expires and (self.customer or any(one.lasts for one in self.held))
        return lasts and time.monotonic() < self.until

    @property
    def roles(self) -> set[str]:
        """Those in force for it: one that was given after it began counts from the next sign-in."""
        return {one.name for one in self.held if one.lasts and one.granted <= self.created}


class Pausing(NamedTuple):
    """Whether jobs are held back, and until when if that is known."""

    paused: bool
    until: datetime | None


# Of a queue or (None) of all, of a tenant or (None) of all.
Jobs = tuple[str | None, uuid.UUID | None]


class Kept(Generic[Key, Value]):
    """Values, each for a time."""

    def __init__(self) -> None:
        self._values: dict[Key, tuple[Value, float]] = {}

    def get(self, key: Key) -> Value | None:
        value, until = self._values.get(key, (None, float("-inf")))
        return value if time.monotonic() < until else None

    def keep(self, key: Key, value: Value, seconds: float) -> None:
        self._values[key] = value, time.monotonic() + seconds

    def forget(self, key: Key) -> None:
        self._values.pop(key, None)

    def clear(self) -> None:
        self._values.clear()


class Memory:
    """What was read and found in force, for `seconds` (a flag for `flag_seconds`) or until somebody says it changed.

    `generation` goes up with each such word: what was read before one is not to be remembered after it.
    """

    def __init__(self, seconds: float, flag_seconds: float) -> None:
        self.seconds = seconds
        self.flag_seconds = flag_seconds
        self.generation = 0
        self._sessions: dict[uuid.UUID, Session] = {}
        self._access: Kept[uuid.UUID, tuple[Held, ...]] = Kept()
        self._paused: Kept[Jobs, Pausing] = Kept()
        self._flags: Kept[str, Flag] = Kept()
        self._rows: Kept[tuple[str, str], dict[str, Any]] = Kept()
        """By kind of thing and id."""

    # Recalling

    def by_id(self, session_id: uuid.UUID) -> Session | None:
        session = self._sessions.get(session_id)
        return session if session is not None and session.fresh else None

    def by_hash(self, hashed: str) -> Session | None:
        return next((one for one in self._sessions.values() if one.token_hash == hashed and one.fresh), None)

    def of_user(self, user_id: uuid.UUID) -> list[Session]:
        return [one for one in self._sessions.values() if one.user_id == user_id and one.fresh]

    def access(self, user_id: uuid.UUID) -> tuple[Held, ...]:
        """The roles of somebody who may sign in; none if that is not remembered."""
        return tuple(one for one in self._access.get(user_id) or () if one.lasts)

    def paused(self, jobs: Jobs) -> Pausing | None:
        return self._paused.get(jobs)

    def flag(self, key: str) -> Flag | None:
        return self._flags.get(key)

    def row(self, things: str, identifier: str) -> dict[str, Any] | None:
        return self._rows.get((things, identifier))

    # Remembering what was read in a generation, unless that is over

    def remember(self, sessions: Iterable[Session], generation: int) -> None:
        """What is remembered already stays as it is: a second reading is no notification."""
        if generation == self.generation:
            known = {one.id: one for one in self._sessions.values() if one.fresh}
            self._sessions = {one.id: one for one in sessions} | known

    def remember_access(self, user_id: uuid.UUID, generation: int, held: tuple[Held, ...]) -> None:
        if generation == self.generation:
            self._access.keep(user_id, held, self.seconds)

    def remember_paused(self, jobs: Jobs, generation: int, pausing: Pausing) -> None:
        if generation == self.generation:
            self._paused.keep(jobs, pausing, self.seconds)

    def remember_flag(self, flag: Flag, generation: int) -> None:
        if generation == self.generation:
            self._flags.keep(flag.key, flag, self.flag_seconds)

    def remember_row(self, things: str, identifier: str, generation: int, row: dict[str, Any]) -> None:
        if generation == self.generation:
            self._rows.keep((things, identifier), row, self.seconds)

    # Forgetting what changed

    def forget(self, user_id: uuid.UUID) -> None:
        self.generation += 1
        self._access.forget(user_id)
        self._sessions = {key: one for key, one in self._sessions.items() if one.user_id != user_id}

    def forget_paused(self) -> None:
        self.generation += 1
        self._paused.clear()

    def forget_flag(self, key: str) -> None:
        self.generation += 1
        self._flags.forget(key)

    def forget_rows(self) -> None:
        self.generation += 1
        self._rows.clear()

    def forget_all(self) -> None:
        self.generation += 1
        self._sessions.clear()
        self._access.clear()
        self._paused.clear()
        self._flags.clear()
        self._rows.clear()
