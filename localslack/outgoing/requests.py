"""Signed requests to the app's request URL: how a payload looks on the wire, and what became of it."""

import functools
import hashlib
import hmac
import json
import ssl
import time
from typing import Any
from urllib.parse import urlencode

import httpx

from localslack.workspace.model import Delivery, Json, Workspace
from localslack.workspace.wire import parsed

FORM = "application/x-www-form-urlencoded"
REDIRECTS = 2  # that many in a row are followed when an event is delivered
MOVED = {301, 302}


class DeliveryError(Exception):
    """The payload did not arrive or was not taken; the code is what a person is shown."""

    def __init__(self, code: str, retry_reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.retry_reason = retry_reason


class Requests:
    """Posts deliveries; keeps its connections open from one to the next."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        # Who sends counts the seconds. The TLS context is costly to make: one is enough for a process.
        self._client = httpx.AsyncClient(timeout=None, trust_env=False, verify=_tls())  # noqa: S113

    async def post(self, url: str, delivery: Delivery) -> None:
        """Put the answer into the delivery. Raises `DeliveryError` for anything but a 2xx."""
        try:
            answer = await self._post(url, delivery)
        except httpx.HTTPError as error:
            raise DeliveryError("dispatch_failed", _failed(error)) from None
        delivery.status, delivery.body = answer.status_code, read(answer)
        delivery.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
        if not delivery.ok:
            raise DeliveryError(*_refused(answer.status_code, delivery))

    async def _post(self, url: str, delivery: Delivery) -> httpx.Response:
        content, content_type = encoded(delivery)
        headers = self._signed(content) | {"Content-Type": content_type} | _retried(delivery)
        delivery.headers = headers
        answer = await self._client.post(url, content=content, headers=headers)
        for _ in range(REDIRECTS if delivery.kind == "event" else 0):
            if answer.status_code not in MOVED or "Location" not in answer.headers:
                break
            answer = await self._client.post(
                answer.url.join(answer.headers["Location"]), content=content, headers=headers
            )
        return answer

    def _signed(self, content: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        secret = self._workspace.signing_secret.encode()
        digest = hmac.new(secret, f"v0:{stamp}:".encode() + content, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (local)",
            "Accept": "application/json,*/*",
        }

    async def close(self) -> None:
        await self._client.aclose()


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def encoded(delivery: Delivery) -> tuple[bytes, str]:
    """The body as it goes over the wire, and its content type."""
    if delivery.kind == "event":
        return json.dumps(delivery.payload).encode(), "application/json"
    if delivery.kind == "command":
        return urlencode(delivery.payload).encode(), FORM
    return urlencode({"payload": json.dumps(delivery.payload)}).encode(), FORM


def read(answer: httpx.Response) -> Any:
    """The body: what JSON says only where its content type says that it is JSON, else its text; None when empty."""
    if "json" in answer.headers.get("Content-Type", ""):
        try:
            return parsed(answer.content)
        except ValueError:
            return answer.text or None
    return answer.text or None


def echoes(body: Any, challenge: str) -> bool:
    """Whether the answer to url_verification gives the challenge back, in one of the three ways there are."""
    if isinstance(body, dict):
        return body.get("challenge") == challenge
    return isinstance(body, str) and body.strip() in (challenge, urlencode({"challenge": challenge}))


def _retried(delivery: Delivery) -> Json:
    if not delivery.retry_num:
        return {}
    return {"X-Slack-Retry-Num": str(delivery.retry_num), "X-Slack-Retry-Reason": delivery.retry_reason}


def _failed(error: httpx.HTTPError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "ssl_error"
        cause = cause.__cause__ or cause.__context__
    return "connection_failed" if isinstance(error, httpx.TransportError) else "unknown_error"


def _refused(status: int, delivery: Delivery) -> tuple[str, str]:
    if status in MOVED and delivery.kind == "event":
        return "http_client_error", "too_many_redirects"
    return "http_service_error" if status >= 500 else "http_client_error", "http_error"
