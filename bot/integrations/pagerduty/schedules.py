"""Who is on call by PagerDuty's schedules, by its REST API v2 (`GET /oncalls`)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

import httpx

from bot.config import Settings
from bot.errors import Unavailable
from bot.integrations import http

SECONDS = 10.0  # for one answer
AHEAD = dt.timedelta(days=14)
A_PAGE, PAGES = 100, 10
Asked = list[tuple[str, str | int | float | bool | None]]
"""Names and values of what stands in an address."""
DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True)
class Entry:
    """Somebody's time on call in one schedule; None: without a beginning or an end."""

    schedule: str
    email: str
    begins: dt.datetime | None
    ends: dt.datetime | None


class PagerDutySchedules:
    """Asks, and changes nothing there."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers=headers, timeout=SECONDS, trust_env=False, verify=http.authorities()
        )

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None: the setting is absent, so it is off."""
        token = settings.pagerduty_token
        return cls(settings.pagerduty_api_url, token.get_secret_value()) if token else None

    async def on_call(self, schedules: Collection[str], since: dt.datetime) -> list[Entry]:
        """Of these schedules, by their ids, for two weeks from then.

        Raises `Unavailable`, in words without a full stop.
        """
        asked: Asked = [
            *(("schedule_ids[]", one) for one in sorted(schedules)),
            ("include[]", "users"),
            ("since", since.isoformat()),
            ("until", (since + AHEAD).isoformat()),
            ("limit", A_PAGE),
        ]
        found: list[Entry] = []
        for page in range(PAGES):
            answer = await self._get("/oncalls", [*asked, ("offset", page * A_PAGE)])
            try:
                found += [_entry(one) for one in answer["oncalls"] if one.get("schedule")]
                more = bool(answer.get("more"))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Unavailable("PagerDuty answers, but not as its REST API v2 does") from error
            if not more:
                break
        return list(dict.fromkeys(found))

    async def known(self, schedule: str) -> None:
        """Raises `Unavailable` where it cannot be read."""
        await self._get(f"/schedules/{schedule}", [])

    async def _get(self, path: str, asked: Asked) -> Any:
        try:
            answer = await self._client.get(path, params=httpx.QueryParams(asked))
        except httpx.HTTPError as error:
            raise Unavailable(f"PagerDuty does not answer ({type(error).__name__})") from error
        if answer.status_code in DENIED:
            raise Unavailable(f"PagerDuty refuses the token ({answer.status_code})")
        if not answer.is_success:
            raise Unavailable(f"PagerDuty answers {answer.status_code}")
        try:
            return answer.json()
        except ValueError as error:
            raise Unavailable("PagerDuty answers, but not as its REST API v2 does") from error

    async def close(self) -> None:
        await self._client.aclose()


def _entry(one: dict[str, Any]) -> Entry:
    return Entry(str(one["schedule"]["id"]), str(one["user"].get("email") or ""), _at(one["start"]), _at(one["end"]))


def _at(moment: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(moment).astimezone(dt.UTC) if moment else None
