"""The platform's lists of jobs in Redis: what of them is held back is set in one step, and asked for."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.errors import Misconfigured, OutOfReach

HELD_BACK = "queue:paused"
"""The set of what is held back, and the channel that says so when it changes."""
MARK = "queue:paused:as-of"
SCRIPT = Path(__file__).with_name("hold_back.lua")
TIMEOUT = 3.0  # seconds for each step of the conversation


@dataclass(frozen=True)
class Found:
    """What stands in Redis now."""

    version: str
    held_back: int
    """Pauses in the set."""
    aside: int
    """Jobs that were put aside."""
    replica: bool
    cluster: bool


class RedisLists:
    """`REDIS_URL`. Every method raises `OutOfReach` when Redis does not answer, or answers no; each may be repeated."""

    def __init__(self, url: str) -> None:
        """Raises `Misconfigured`."""
        try:
            self._redis = Redis.from_url(
                url,
                decode_responses=True,
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 1),  # a connection that was left open may be gone by now
            )
        except ValueError:
            raise Misconfigured(
                "REDIS_URL has to be like redis://user:password@redis.example.com:6379/0, or rediss://…"
            ) from None
        self._hold_back = self._redis.register_script(SCRIPT.read_text("utf-8"))

    async def hold_back(self, scopes: Collection[str], queues: Collection[str], as_of: int) -> None:
        """Of these queues hold back the jobs of these scopes, and no others.

        `scopes`: as `Scope.key` has them. `as_of`: microseconds since 1970; what is older than what is there changes
        nothing.
        """
        given: list[int | str] = [as_of, json.dumps(sorted(scopes)), json.dumps(sorted(queues))]
        try:
            await self._hold_back(keys=[HELD_BACK, MARK], args=given)
        except (RedisError, OSError) as error:
            raise _out_of_reach(error) from error

    async def any_of(self, scopes: Collection[str]) -> bool:
        """Whether one of these scopes is held back."""
        try:
            return any(await self._redis.smismember(HELD_BACK, list(scopes)))
        except (RedisError, OSError) as error:
            raise _out_of_reach(error) from error

    async def look(self) -> Found:
        """For `pm doctor`."""
        try:
            about = await self._redis.info()
            number = await self._redis.scard(HELD_BACK)
            aside = [await self._redis.llen(key) async for key in self._redis.scan_iter("paused:queue:*", _type="list")]
        except (RedisError, OSError) as error:
            raise _out_of_reach(error) from error
        replica, cluster = about.get("role") == "slave", bool(about.get("cluster_enabled"))
        return Found(str(about.get("redis_version")), number, sum(aside), replica, cluster)

    async def close(self) -> None:
        await self._redis.aclose()

    @classmethod
    def of(cls, url: str | None) -> Self | None:
        """None: there is no setting, so it is off."""
        return cls(url) if url else None


def _out_of_reach(error: Exception) -> OutOfReach:
    """Its own words may name the address, with the password in it."""
    return OutOfReach(
        f"Redis did not accept the change ({type(error).__name__}), so nothing has changed yet for the jobs in its "
        "lists. I keep trying."
    )
