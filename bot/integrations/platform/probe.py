"""Asking the platform itself whether something is in force. It answers through its own caches, as it serves users."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from bot.errors import NotAsked, Unavailable
from bot.integrations import http


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
    roles: Mapping[str, dt.datetime | None]
    """Those that would be in force after the next sign-in, each with its end."""
    session_roles: frozenset[str]
    """Those that at least one session in force has."""
    sessions: int
    """How many are in force."""


@dataclass(frozen=True)
class FlagAnswer(Answer):
    enabled: bool
    rule: str
    """What decided, in the words of `bot.platform.flags.Rule`."""
    default: bool
    rollout: int
    until: dt.datetime | None
    """The end of the row that decided."""


@dataclass(frozen=True)
class QueueAnswer(Answer):
    paused: bool
    until: dt.datetime | None
    """When the last of the pauses ends, if each has an end."""
    in_lists: bool | None = None
    """The same of jobs that are in Redis already; None without one."""


class Lists(Protocol):
    """The platform's jobs that are in Redis already."""

    async def holds_back(self, queue: str | None, tenant_id: uuid.UUID | None) -> bool:
        """Whether those of the scope are held back there, brought up to date first. Raises `OutOfReach`."""
        ...


class PlatformProbe:
    """`PLATFORM_URL`, asked with the service credential. Every method raises `Unavailable` when it cannot answer.

    `url` None: only the lists can be asked, and whoever asks for more hears `NotAsked`.
    """

    def __init__(self, url: str | None, token: str, lists: Lists | None = None) -> None:
        self._client, self._lists = http.client(url, token) if url else None, lists

    @property
    def answers(self) -> bool:
        """Whether the platform itself can be asked."""
        return self._client is not None

    async def sessions(self, ids: Iterable[uuid.UUID]) -> SessionsAnswer:
        """Which of the sessions the platform would still accept; it has to answer for every one of them."""
        asked = frozenset(ids)
        answer = await self.ask("/internal/sessions", params={"id": [str(one) for one in asked]})
        with agreed():
            answered = {uuid.UUID(item["id"]): bool(item["in_force"]) for item in answer["sessions"]}
            if silent := asked - answered.keys():
                raise Unavailable(f"The platform's answer lacks {len(silent)} of {len(asked)} sessions.")
            return SessionsAnswer(instant(answer), frozenset(one for one, holds in answered.items() if holds))

    async def access(self, staff_id: uuid.UUID) -> AccessAnswer:
        """Whether the platform would let this staff member in, and as what."""
        answer = await self.ask(f"/internal/staff/{staff_id}")
        with agreed():
            return AccessAnswer(
                instant(answer),
                may_sign_in=bool(answer["may_sign_in"]),
                roles={role["name"]: _end(role, "expires") for role in answer["roles"]},
                session_roles=frozenset(answer["session_roles"]),
                sessions=int(answer["sessions_in_force"]),
            )

    async def flag(self, key: str, tenant_id: uuid.UUID | None = None, user_id: uuid.UUID | None = None) -> FlagAnswer:
        """Whether the user of the tenant has the flag; without one of them, whoever has no rule of their own."""
        answer = await self.ask(f"/internal/flags/{quote(key, safe='')}", params=_given(tenant=tenant_id, user=user_id))
        with agreed():
            return FlagAnswer(
                instant(answer),
                enabled=bool(answer["enabled"]),
                rule=str(answer["rule"]),
                default=bool(answer["default"]),
                rollout=int(answer["rollout"]),
                until=_end(answer, "until"),
            )

    async def queue(self, queue: str | None, tenant_id: uuid.UUID | None) -> QueueAnswer:
        """Whether the platform holds back these jobs: of a queue or (None) of all, of a tenant or (None) of all."""
        in_lists = await self._lists.holds_back(queue, tenant_id) if self._lists else None
        answer = await self.ask("/internal/queues", params=_given(queue=queue, tenant=tenant_id))
        with agreed():
            return QueueAnswer(instant(answer), bool(answer["paused"]), _end(answer, "until"), in_lists)

    async def lacks(self, path: str) -> bool:
        """Whether the platform says that there is no such thing.

        It says the same of a wrong id, and one that knows nothing says it of everything: whoever takes it for an
        answer also asks for something that it has to know.
        """
        try:
            response = await self._connected.get(path)
            if response.status_code == HTTPStatus.NOT_FOUND:
                return True
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable(f"The platform did not answer ({type(error).__name__}).") from error
        return False

    async def ask(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Any question: what several actions ask has a method of its own above. Read the answer within `agreed`."""
        try:
            response = await self._connected.get(path, params=params)
            response.raise_for_status()
            return dict(response.json())
        except (httpx.HTTPError, TypeError, ValueError) as error:
            raise Unavailable(f"The platform did not answer ({type(error).__name__}).") from error

    @property
    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            raise NotAsked("PLATFORM_URL is not set.")
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


@contextlib.contextmanager
def agreed() -> Iterator[None]:
    """Nothing is made up for what an answer lacks, as that of an older platform may."""
    try:
        yield
    except KeyError as error:
        raise Unavailable(f"The platform's answer lacks {error.args[0]}.") from error
    except (TypeError, ValueError) as error:
        raise Unavailable("The platform's answer is not in the expected format.") from error


def _given(**asked: object) -> dict[str, str]:
    return {name: str(value) for name, value in asked.items() if value is not None}


def instant(answer: Mapping[str, Any]) -> dt.datetime:
    """When it was given, by the platform's clock."""
    return dt.datetime.fromisoformat(answer["answered_at"])


def _end(answer: Mapping[str, Any], key: str) -> dt.datetime | None:
    """A time that may be null, and may not be missing."""
    return None if answer[key] is None else dt.datetime.fromisoformat(answer[key])
