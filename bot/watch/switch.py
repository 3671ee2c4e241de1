"""The dead man's switch: while all is well `PM_WATCH_URL` is called each minute. Whoever is there misses us otherwise.

It is the one way to be heard of when no process of the bot is left. healthchecks.io and its like wait there: a period
of a minute, a grace of four.
"""

import httpx
import structlog

from bot.integrations import http
from bot.store.database import Database

EVERY = 60.0  # seconds
CLAIM = """
UPDATE pmbot.pulse SET pinged = clock_timestamp()
 WHERE pinged IS NULL OR pinged < clock_timestamp() - make_interval(secs => %(every)s) RETURNING id
"""

log = structlog.get_logger()


class Switch:
    """Called by one process a minute."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=http.TIMEOUT, trust_env=False, verify=http.authorities())

    async def ping(self, database: Database) -> bool:
        """Say that all is well, if nobody has within the last minute; whether that arrived."""
        async with database.aside.connection() as connection:
            if (await connection.execute(CLAIM, {"every": EVERY})).rowcount == 0:
                return False
        try:
            answer = await self._client.get(self._url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("PM_WATCH_URL does not answer", error=type(error).__name__)
            return False
        if not answer.is_success:
            log.warning("PM_WATCH_URL answers no", status=answer.status_code)
        return answer.is_success

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.aclose()
