"""What is told to PagerDuty, by its Events API v2: something begins, somebody looks after it, it is over.

The other side knows an event by its `dedup_key`: what is sent twice is one. So a call whose answer is not known is made
again.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self

import httpx

from bot.config import Settings
from bot.errors import Later
from bot.integrations import http
from bot.integrations.base import EffectFailed

PATH = "/v2/enqueue"
SECONDS = 10.0  # for one answer
AGAIN, LONGEST = 5.0, 300.0  # seconds until the next attempt, unless PagerDuty says when
LONGEST_SUMMARY = 1024
SAID = 200  # characters of an answer that are kept
BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class Event(StrEnum):
    """What is said of an alert."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class PagerDutyEvents:
    """Tells, and asks nothing."""

    def __init__(self, url: str, routing_key: str) -> None:
        self._key = routing_key
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=SECONDS, trust_env=False, verify=http.authorities()
        )

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None: the setting is absent, so it is off."""
        key = settings.pagerduty_routing_key
        return cls(settings.pagerduty_events_url, key.get_secret_value()) if key else None

    async def send(self, event: Event, dedup_key: str, payload: dict[str, Any] | None = None) -> None:
        """Returns once PagerDuty has taken it.

        Raises `EffectFailed` where it never will, with its words; `Later` where it may take it another time.
        """
        said = {"routing_key": self._key, "event_action": event, "dedup_key": dedup_key}
        more = {"client": "PenguinMails ops bot", "payload": payload} if payload else {}
        try:
            answer = await self._client.post(PATH, json={**said, **more})
        except httpx.HTTPError as error:
            raise Later(AGAIN, f"PagerDuty does not answer ({type(error).__name__})") from error
        if answer.is_success:
            return
        if answer.status_code in BUSY or answer.is_server_error:
            raise Later(_pause(answer), f"PagerDuty answers {answer.status_code}")
        raise EffectFailed(f"PagerDuty answers {answer.status_code}{self._words(answer)}")

    def _words(self, answer: httpx.Response) -> str:
        """What it says is wrong; never the key."""
        try:
            found = answer.json()
            said = [str(found["message"]), *map(str, found.get("errors", ()))]
        except (ValueError, KeyError, TypeError, AttributeError):
            return ""
        return f": {'; '.join(said).replace(self._key, '…')[:SAID]}"

    async def close(self) -> None:
        await self._client.aclose()


def _pause(answer: httpx.Response) -> float:
    """Seconds, as it asks."""
    asked = answer.headers.get("Retry-After", "")
    return min(LONGEST, max(1.0, float(asked))) if asked.isdigit() else AGAIN
