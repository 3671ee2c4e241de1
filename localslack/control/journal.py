"""Every request and answer both ways, numbered for whoever looks. Nothing is gathered until somebody asks."""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from localslack.control.faults import Fault, Faults
from localslack.workspace.model import Delivery

KEPT = 2000

Endpoint = Callable[[Request], Awaitable[Response]]
IncomingKind = Literal["api", "response_url", "upload"]


@dataclass(slots=True, eq=False)
class Incoming:
    """One request of the app, as it came, and what it was answered with; no response means none yet."""

    kind: IncomingKind
    request: Request
    started_at: float
    body: bytes = b""
    response: Response | None = None
    fault: Fault | None = None
    finished_at: float | None = None


_now_answered: ContextVar[Incoming | None] = ContextVar("_now_answered", default=None)


class NotedFaults(Faults):
    """Faults that are noted with the request they strike."""

    def take(self, method: str) -> Fault | None:
        fault = super().take(method)
        if fault is not None and (incoming := _now_answered.get()) is not None:
            incoming.fault = fault
        return fault


@dataclass(slots=True, eq=False)
class Entry:
    """`number` says when it began among all; `revision` grows whenever something is new, also when it ends."""

    number: int
    revision: int
    exchange: Delivery | Incoming
    ended: bool


@dataclass(slots=True)
class Journal:
    """The newest KEPT exchanges. Reads `deliveries`, oldest first, and what `witnessed` saw, when asked."""

    deliveries: Callable[[], Iterable[Delivery]]
    incoming: deque[Incoming] = field(default_factory=lambda: deque(maxlen=KEPT))
    _entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    _newest: dict[str, Delivery | Incoming | None] = field(default_factory=lambda: {"out": None, "in": None})
    _numbers: int = 0
    _revisions: int = 0

    def witnessed(self, kind: IncomingKind, endpoint: Endpoint) -> Endpoint:
        """The same endpoint, with what it was asked and answered kept."""

        async def watched(request: Request) -> Response:
            incoming = Incoming(kind, request, time.time())
            self.incoming.append(incoming)
            token = _now_answered.set(incoming)
            try:
                incoming.body = await request.body()
                incoming.response = await endpoint(request)
                return incoming.response
            finally:
                incoming.finished_at = time.time()
                _now_answered.reset(token)

        return watched

    def after(self, revision: int, limit: int) -> list[Entry]:
        """What changed since that revision, in the order it did."""
        self._gather()
        changed = sorted((entry for entry in self._entries if entry.revision > revision), key=lambda e: e.revision)
        return changed[:limit]

    def last(self) -> int:
        return self._revisions

    def find(self, number: int) -> Entry:
        self._gather()
        for entry in self._entries:
            if entry.number == number:
                return entry
        raise LookupError(f"no exchange {number} any more")

    def _gather(self) -> None:
        for entry in self._entries:
            if not entry.ended and entry.exchange.finished_at is not None:
                entry.ended, entry.revision = True, self._next_revision()
        news = [*self._news("out", list(self.deliveries())), *self._news("in", list(self.incoming))]
        for exchange in sorted(news, key=_began):
            self._numbers += 1
            ended = exchange.finished_at is not None
            self._entries.append(Entry(self._numbers, self._next_revision(), exchange, ended))

    def _news(self, way: str, log: Sequence[Delivery | Incoming]) -> Sequence[Delivery | Incoming]:
        known = self._newest[way]
        fresh = next((place for place in range(len(log), 0, -1) if log[place - 1] is known), 0)
        self._newest[way] = log[-1] if log else known
        return log[fresh:]

    def _next_revision(self) -> int:
        self._revisions += 1
        return self._revisions


def _began(exchange: Delivery | Incoming) -> float:
    return exchange.sent_at if isinstance(exchange, Delivery) else exchange.started_at
