"""How payloads reach the app: signed requests or Socket Mode, three seconds, and events again later."""

import asyncio
import copy
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode

import httpx

from bot.demo.slack.outgoing.sockets import NoSocketError, Sockets
from bot.demo.slack.workspace.model import Delivery, Json, Workspace

Kind = Literal["command", "interactive", "options", "event"]
FORM = "application/x-www-form-urlencoded"


class Courier:
    def __init__(
        self,
        workspace: Workspace,
        request_url: str | None,
        sockets: Sockets,
        ack_seconds: float,
        retry_delays: Sequence[float],
    ) -> None:
        self.request_url = request_url
        self.log: list[Delivery] = []
        self._workspace = workspace
        self._sockets = sockets
        self._ack_seconds = ack_seconds
        self._retry_delays = retry_delays
        self._client: httpx.AsyncClient | None = None
        self._closed = False
        self._later: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: Kind, payload: Json) -> Delivery:
        """Send once and return with the answer in it; nothing is raised for what the app does."""
        return await self._send(Delivery(id=secrets.token_hex(8), kind=kind, payload=copy.deepcopy(payload), sent_at=0))

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
                return await self.deliver(past.kind, past.payload)
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
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _retry(self, last: Delivery) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            if last.ok or last.no_retry:
                return
            await asyncio.sleep(delay)
            again = replace(last, id=secrets.token_hex(8), retry_num=number, retry_reason=_reason(last))
            last = await self._send(again)

    async def _send(self, delivery: Delivery) -> Delivery:
        delivery.status, delivery.body, delivery.error, delivery.finished_at = 0, None, "", None
        delivery.sent_at = time.time()
        self.log.append(delivery)
        if self._closed:
            delivery.error, delivery.finished_at = "dispatch_failed", delivery.sent_at
            return delivery
        by_socket = self.request_url is None
        delivery.transport = "socket" if by_socket else "http"
        try:
            async with asyncio.timeout(self._ack_seconds):
                await (self._by_socket(delivery) if by_socket else self._by_http(delivery))
        except TimeoutError:
            delivery.error = "operation_timeout"
        except (NoSocketError, httpx.HTTPError):
            delivery.error = "dispatch_failed"
        delivery.finished_at = time.time()
        return delivery

    async def _by_socket(self, delivery: Delivery) -> None:
        answer = await self._sockets.send(
            delivery.kind,
            delivery.payload,
            delivery.retry_num,
            delivery.retry_reason,
        )
        delivery.status, delivery.body = 200, answer

    async def _by_http(self, delivery: Delivery) -> None:
        content, content_type = encoded(delivery)
        headers = self._signed(content) | {"Content-Type": content_type}
        if delivery.retry_num:
            headers |= {
                "X-Slack-Retry-Num": str(delivery.retry_num),
                "X-Slack-Retry-Reason": delivery.retry_reason,
            }
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=2 * self._ack_seconds, trust_env=False)
        answer = await self._client.post(str(self.request_url), content=content, headers=headers)
        delivery.status, delivery.body = answer.status_code, _body(answer)
        delivery.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
        if not delivery.ok:
            delivery.error = "http_error"

    def _signed(self, content: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        secret = self._workspace.signing_secret.encode()
        digest = hmac.new(secret, f"v0:{stamp}:".encode() + content, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (local)",
        }


def encoded(delivery: Delivery) -> tuple[bytes, str]:
    """The body as it goes over the wire, and its content type."""
    if delivery.kind == "event":
        return json.dumps(delivery.payload).encode(), "application/json"
    if delivery.kind == "command":
        return urlencode(delivery.payload).encode(), FORM
    return urlencode({"payload": json.dumps(delivery.payload)}).encode(), FORM


def _body(answer: httpx.Response) -> Any:
    if "json" in answer.headers.get("Content-Type", ""):
        try:
            return answer.json()
        except ValueError:
            return answer.text
    return answer.text or None


def _reason(delivery: Delivery) -> str:
    return {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}.get(
        delivery.error,
        "http_error",
    )
