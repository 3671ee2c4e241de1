"""Private answers: the job that handles a payload sends what it said itself, as soon as that is committed.

Such a row is written with its claim, by the job that writes it, and that job ends only after it was sent. Should its
worker die in between, the job's next run finds the payload handled, and leaves what was claimed to jobs of their own
(`leave`). To those is also left what Slack does not take at once, and what comes while others wait for Slack: so no
decision waits for a slow post.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from prometheus_client import Counter
from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import outbox
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import JSON, Message
from bot.store.queue import inherited

ANSWERS = Counter("pm_deliveries_total", "What Slack answered to posts and updates", ["result"])
WITHIN = aiohttp.ClientTimeout(total=5)
AT_ONCE = 5  # payloads whose answers are on their way: the worker has as many slots more than it needs

_ROWS = table(Message)
_LEFT = outbox.delivered(
    update(_ROWS)
    .where(_ROWS.c.version > _ROWS.c.sent_version, _ROWS.c.claimed_by == bindparam("job_id"))
    .values(claimed_by=None)
)
_SENT = """
    UPDATE pmbot.messages
       SET sent_version = version, sent_channel = channel, response_url = NULL, claimed_by = NULL, changed = now()
     WHERE id = ANY(%s) AND claimed_by = %s
"""


@dataclass(frozen=True)
class Answer:
    """What was said to one person, and where Slack takes it."""

    id: uuid.UUID
    url: str
    content: JSON


@dataclass(frozen=True)
class Outgoing:
    """What one job has said so far, in a transaction that may still be rolled back."""

    job_id: int
    answers: list[Answer] = field(default_factory=list)

    async def add(self, session: AsyncSession, key: str, content: JSON, url: str, **where: Any) -> None:
        """Say something once, as `outbox.post` does, and claim it."""
        made = await outbox.post_claimed(session, key, content, job_id=self.job_id, response_url=url, **where)
        if made is not None:
            self.answers.append(Answer(made, url, content))

    @property
    def ids(self) -> list[uuid.UUID]:
        return [one.id for one in self.answers]

    def among(self, ids: Collection[uuid.UUID]) -> list[Answer]:
        """Of what was said, what is there: what was said in a savepoint may have been taken back."""
        return [one for one in self.answers if one.id in ids]


class Answers:
    """Sends them. One for each process, with connections that are kept."""

    def __init__(self, database: Database) -> None:
        self._database, self._under_way = database, 0
        self._http: aiohttp.ClientSession | None = None

    async def send(self, answers: Collection[Answer], job_id: int) -> None:
        """Send what this job has claimed, and is committed; what does not arrive is left to jobs of their own."""
        sent = await self._taken(answers) if self._under_way < AT_ONCE else []
        if sent:
            await self._record(sent, job_id)
        if len(sent) < len(answers):
            async with self._database.transaction() as session:
                await leave(session, job_id)

    async def _taken(self, answers: Collection[Answer]) -> list[uuid.UUID]:
        """Those that Slack has taken."""
        self._under_way += 1
        try:
            if self._http is None:
                self._http = aiohttp.ClientSession(timeout=WITHIN)
            return [one.id for one in answers if await respond(self._http, one.url, one.content)]
        finally:
            self._under_way -= 1

    async def _record(self, sent: Sequence[uuid.UUID], job_id: int) -> None:
        """Unless somebody has taken the claim over: what only one person saw for a while is not repaired."""
        ANSWERS.labels("ok").inc(len(sent))
        async with self._database.pool.connection() as connection:
            await connection.execute(_SENT, (sent, job_id))

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


async def leave(session: AsyncSession, job_id: int) -> None:
    """Give whatever this job has claimed, and did not send, a job of its own."""
    await session.execute(_LEFT, {"job_id": job_id, **inherited()})


async def respond(http: aiohttp.ClientSession, url: str, content: JSON) -> bool:
    """Say something by a response URL; whether Slack took it."""
    body = {"response_type": "ephemeral", "replace_original": False, **content}
    try:
        async with http.post(url, json=body) as response:
            return response.status == 200
    except (TimeoutError, aiohttp.ClientError):
        return False
