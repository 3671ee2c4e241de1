"""Sends each event to the endpoints that want it, in order, and again where it was not taken.

The signature's time is the machine's own, as it is at Stripe even where a test clock says that it is next year.
"""

import asyncio
import fnmatch
import json
import secrets
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from localpay.errors import Json
from localpay.webhooks.signing import signature
from localpay.webhooks.trouble import Trouble

RETRY_DELAYS = (5.0, 60.0, 600.0)
"""Seconds; Stripe goes on for three days."""
PATIENCE = 10.0
"""Seconds that an endpoint has to answer in."""
REMEMBERED = 5_000


@dataclass(slots=True)
class Endpoint:
    """Where events go. `events`: which types; `*` stands for anything."""

    url: str
    secret: str = field(default_factory=lambda: f"whsec_{secrets.token_hex(16)}")
    events: tuple[str, ...] = ("*",)

    def wants(self, kind: str) -> bool:
        return any(fnmatch.fnmatchcase(kind, one) for one in self.events)


@dataclass(slots=True)
class Delivery:
    """One attempt. `status` 0: no answer; `error` says why it was not taken."""

    event: str
    type: str
    url: str
    attempt: int
    at: float
    status: int = 0
    error: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    def as_json(self) -> Json:
        return {**asdict(self), "taken": self.taken}


class Courier:
    """Has a queue of its own, so that whoever makes a change waits for nobody."""

    def __init__(self, retry_delays: Sequence[float] = RETRY_DELAYS) -> None:
        self.endpoints: list[Endpoint] = []
        self.trouble = Trouble()
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._retry_delays = retry_delays
        self._waiting: deque[Json] = deque()
        self._held: list[Json] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = False
        self._client: httpx.AsyncClient | None = None

    def count(self, kind: str) -> int:
        """How many endpoints want events of this type."""
        return sum(1 for endpoint in self.endpoints if endpoint.wants(kind))

    def take(self, event: Json) -> None:
        """Send it as soon as it is its turn."""
        if self.trouble.held:
            self._held.append(event)
            return
        self._waiting.append(event)
        self.wake()

    def release(self, *, reverse: bool = False) -> int:
        """Send what was held back, the last first if so wished; how many those are."""
        self.trouble.held = False
        freed = self._held[::-1] if reverse else self._held
        self._held = []
        self._waiting.extend(freed)
        self.wake()
        return len(freed)

    def again(self, event: Json) -> None:
        """Send an event once more, as *Resend* in Stripe's dashboard."""
        self._waiting.append(event)
        self.wake()

    def wake(self) -> None:
        """Go on sending, where a loop runs that could; else whoever serves calls this first."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._client is not None and not self._sending and self._waiting:
            self._sending = True
            self._background(self._send_all())

    def start(self) -> None:
        self._client = httpx.AsyncClient(timeout=PATIENCE, trust_env=False)
        self.wake()

    async def close(self) -> None:
        """Send nothing more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sending = False
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def settled(self) -> None:
        """Wait until nothing is on its way any more; what is held back stays so."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                await self._send(self._waiting.popleft())
        finally:
            self._sending = False

    async def _send(self, event: Json) -> None:
        if self.trouble.delay:
            await asyncio.sleep(self.trouble.delay)
        dropped = self.trouble.drops()
        for endpoint in [one for one in self.endpoints if one.wants(event["type"])]:
            if dropped:
                self._note(event, endpoint, 1).error = "dropped"
                continue
            for _ in range(1 + self.trouble.duplicates):
                delivery = await self._attempt(event, endpoint, 1)
            if not delivery.taken:
                self._background(self._retry(event, endpoint))

    async def _retry(self, event: Json, endpoint: Endpoint) -> None:
        for number, delay in enumerate(self._retry_delays, start=2):
            await asyncio.sleep(delay)
            if (await self._attempt(event, endpoint, number)).taken:
                return

    def _note(self, event: Json, endpoint: Endpoint, attempt: int) -> Delivery:
        delivery = Delivery(event["id"], event["type"], endpoint.url, attempt, time.time())
        self.deliveries.append(delivery)
        return delivery

    async def _attempt(self, event: Json, endpoint: Endpoint, number: int) -> Delivery:
        delivery = self._note(event, endpoint, number)
        body = json.dumps(event, indent=2).encode()
        if self._client is None:
            delivery.error = "closed"
            return delivery
        try:
            answer = await self._client.post(endpoint.url, content=body, headers=self._headers(body, endpoint))
        except httpx.HTTPError as error:
            delivery.error = type(error).__name__
            return delivery
        delivery.status = answer.status_code
        if delivery.taken:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
        else:
            delivery.error = f"answered {answer.status_code}"
        return delivery

    def _headers(self, body: bytes, endpoint: Endpoint) -> dict[str, str]:
        secret, age = self.trouble.signed_with(endpoint.secret)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (local)",
            "Stripe-Signature": signature(body, secret, int(time.time()) - age),
        }
