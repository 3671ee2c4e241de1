"""By a webhook, `PM_WATCH_WEBHOOK`: JSON with a `text`, as most chat systems take it, and more for a program."""

from typing import ClassVar

import httpx

from bot.integrations import http
from bot.watch.routes.base import Notice, NotTold


class Webhook:
    """Whoever gets the same `Idempotency-Key` twice was told once."""

    name: ClassVar[str] = "webhook"

    def __init__(self, url: str, zone: str) -> None:
        self._url, self._zone = url, zone
        self._client = httpx.AsyncClient(timeout=http.TIMEOUT, trust_env=False, verify=http.authorities())

    async def tell(self, notice: Notice) -> None:
        """Post it. Raises `NotTold`, without the address, which may be a secret."""
        body = {
            "text": notice.text(self._zone),
            "event": "silence.over" if notice.over else "silence.began",
            "key": notice.key,
            "group": notice.group,
            "since": notice.since.isoformat(),
            "at": notice.at.isoformat(),
            "reasons": list(notice.reasons),
        }
        try:
            answer = await self._client.post(self._url, json=body, headers={"Idempotency-Key": notice.key})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTold(type(error).__name__) from error
        if not answer.is_success:
            raise NotTold(f"answers {answer.status_code}")

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.aclose()
