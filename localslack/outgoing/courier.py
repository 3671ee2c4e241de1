"""How payloads reach the app: signed requests or Socket Mode, three seconds, and events again later."""

import asyncio
import copy
import secrets
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, Literal

from localslack.control.faults import Faults
from localslack.outgoing.requests import DeliveryError, Requests
from localslack.outgoing.sockets import NoSocketError, Sockets
from localslack.workspace.model import Delivery, Json, Workspace

LOG_LENGTH = 10_000  # deliveries that are remembered, the latest
Kind = Literal["command", "interactive", "options", "event"]


class Courier:
    """Deliveries are independent of each other: one that waits for its answer holds up no other."""

    def __init__(
        self,
        workspace: Workspace,
        request_url: str | None,
        sockets: Sockets,
        faults: Faults,
        ack_seconds: float,
        retry_delays: Sequence[float],
    ) -> None:
        self.request_url = request_url
        self.ack_seconds = ack_seconds
        self.log: list[Delivery] = []
        self._sockets = sockets
        self._faults = faults
        self._requests = Requests(workspace)
        self._retry_delays = retry_delays
        self._closed = False
        self._held: set[asyncio.Event] = set()
        self._later: set[asyncio.Task[None]] = set()

    @property
    def still_to_send(self) -> int:
        """How many payloads will come once more: repetitions, and events that were not taken."""
        return len(self._later)

    async def deliver(self, kind: Kind, payload: Json) -> Delivery:
        """Send once and return with the answer in it; nothing is raised for what the app does."""
        delivery = Delivery(id=secrets.token_hex(8), kind=kind, payload=copy.deepcopy(payload), sent_at=0)
        passed = list(self._held)
        if (held := self._faults.drawn("out_of_order", kind)) is not None:
            await self._hold_back(held.values["seconds"])
        await self._send(delivery)
        for earlier in passed:
            earlier.set()
        if delivery.ok and (again := self._faults.drawn("repeated_delivery", kind)) is not None:
            self.background(self._repeat(delivery, again.values["times"]))
        return delivery

    async def deliver_event(self, payload: Json) -> Delivery:
        """Send an event, and if it is not taken, again after each of the retry delays (in the background)."""
        first = await self.deliver("event", payload)
        if not first.ok:
            self.background(self._retry(first))
        return first

    async def repeat(self, delivery_id: str) -> Delivery:
        """Send the very same payload once more; only the signature's time is new."""
        for past in self.log:
            if past.id == delivery_id:
                return await self._send(_again(past))
        raise LookupError(f"no delivery {delivery_id}")

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def close(self) -> None:
        """Send nothing more: whoever still changes something while the server ends is not followed by an event."""
        self._closed = True
        for task in list(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        await self._requests.close()

    async def _hold_back(self, seconds: float) -> None:
        """Wait until something later has been answered, but no longer than the seconds."""
        overtaken = asyncio.Event()
        self._held.add(overtaken)
        try:
            await asyncio.wait_for(overtaken.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._held.discard(overtaken)

    async def _repeat(self, taken: Delivery, times: int) -> None:
        """As when the app's answer got lost on its way: an event comes as a retry, anything else as it was."""
        for number in range(1, times + 1):
            event = taken.kind == "event"
            await self._send(_again(taken, *(number, self._lost_reason()) if event else ()))

    def _lost_reason(self) -> str:
        return "timeout" if self.request_url is None else "http_timeout"

    async def _retry(self, last: Delivery) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            if last.ok or last.no_retry:
                return
            await asyncio.sleep(delay)
            last = await self._send(_again(last, number, last.failure))

    async def _send(self, delivery: Delivery) -> Delivery:
        delivery.sent_at = time.time()
        self.log.append(delivery)
        del self.log[:-LOG_LENGTH]
        if self._closed:
            delivery.error, delivery.finished_at = "dispatch_failed", delivery.sent_at
            return delivery
        delivery.transport = "socket" if self.request_url is None else "http"
        try:
            async with asyncio.timeout(self.ack_seconds):
                await self._carry(delivery)
        except TimeoutError:
            delivery.error, delivery.failure = "operation_timeout", self._lost_reason()
        except NoSocketError:
            delivery.error, delivery.failure = "dispatch_failed", "connection_failed"
        except DeliveryError as error:
            delivery.error, delivery.failure = error.code, error.retry_reason
        delivery.finished_at = time.time()
        return delivery

    async def _carry(self, delivery: Delivery) -> None:
        if self.request_url is not None:
            await self._requests.post(self.request_url, delivery)
            return
        delivery.body = await self._sockets.send(
            delivery.kind, delivery.payload, delivery.retry_num, delivery.retry_reason
        )
        delivery.status = 200


def _again(past: Delivery, retry_num: int = 0, retry_reason: str = "") -> Delivery:
    """The same payload as a delivery of its own."""
    return replace(
        past,
        id=secrets.token_hex(8),
        retry_num=retry_num,
        retry_reason=retry_reason,
        status=0,
        body=None,
        error="",
        failure="",
        finished_at=None,
        no_retry=False,
    )
