"""Asking the platform itself whether something is in force. It answers through its own caches, as it serves users."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from bot.errors import Unavailable

TIMEOUT = httpx.Timeout(5.0)


@dataclass(frozen=True)
class Answer:
    """What is in force, by the platform's clock."""

    at: dt.datetime


@dataclass(frozen=True)
class SessionsAnswer(Answer):
    in_force: frozenset[uuid.UUID]


@dataclass(frozen=True)
class AccessAnswer(Answer):
    may_sign_in: bool


@dataclass(frozen=True)
class QueueAnswer(Answer):
    paused: bool


class PlatformProbe:
    """`PLATFORM_URL`, asked with the service credential. Every method raises `Unavailable` when it cannot answer."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT, trust_env=False
        )

    async def sessions(self, ids: Iterable[uuid.UUID]) -> SessionsAnswer:
        """Which of the sessions the platform would still accept."""
        answer = await self._get("/internal/sessions", params={"id": [str(one) for one in ids]})
        in_force = frozenset(uuid.UUID(item["id"]) for item in answer["sessions"] if item["in_force"])
        return SessionsAnswer(_instant(answer), in_force)

    async def access(self, staff_id: uuid.UUID) -> AccessAnswer:
        """Whether the platform would let this member of staff in."""
        answer = await self._get(f"/internal/staff/{staff_id}")
        return AccessAnswer(_instant(answer), bool(answer["may_sign_in"]))

    async def queue(self, queue: str | None, tenant_id: uuid.UUID | None) -> QueueAnswer:
        """Whether the platform holds back these jobs: of a queue or (None) of all, of a tenant or (None) of all."""
        asked = {"queue": queue, "tenant": str(tenant_id) if tenant_id else None}
        answer = await self._get(
            "/internal/queues", params={name: value for name, value in asked.items() if value is not None}
        )
        return QueueAnswer(_instant(answer), bool(answer["paused"]))

    async def _get(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = await self._client.get(path, params=params)
            response.raise_for_status()
            return dict(response.json())
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"The platform did not answer ({type(error).__name__}).") from error

    async def close(self) -> None:
        await self._client.aclose()


def _instant(answer: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(answer["answered_at"])
