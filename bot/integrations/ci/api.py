"""CI, by a webhook: `{"action", "service", "version", "request", …}`, signed, with the request's key for idempotency.

What became of it comes back as an event of the deployment (`bot/deployments`), with the same `request`.
"""

import datetime as dt
import json
import time
from typing import Any, ClassVar

import httpx

from bot.integrations import http, signing
from bot.integrations.base import EffectFailed

NAME = "ci"
KEY = "Idempotency-Key"
REFUSED = (400, 401, 403, 404, 405, 409, 410, 413, 422)  # a no: nothing was begun there


class Ci:
    """An integration: each call is made at most once. It cannot be asked; its events tell."""

    tells: ClassVar[bool] = False

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret
        self._client = httpx.AsyncClient(timeout=http.TIMEOUT, trust_env=False, verify=http.authorities())

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Hand it over. What is not answered may have arrived."""
        body = json.dumps({**request, "request": key}, sort_keys=True).encode()
        signature = signing.sign(body, self._secret, int(time.time()))
        headers = {"Content-Type": "application/json", KEY: key, signing.HEADER: signature}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.ConnectError as error:
            raise EffectFailed("CI cannot be reached.") from error
        if answer.status_code in REFUSED:
            raise EffectFailed(f"CI answered {answer.status_code}.")
        answer.raise_for_status()
        return {"said": "accepted by CI; the deployment will show the result"}

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """Nobody can be asked: the deployment's own event says that it arrived (`bot/deployments/events.py`)."""
        return None

    async def close(self) -> None:
        await self._client.aclose()
