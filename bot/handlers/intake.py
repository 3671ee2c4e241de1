"""Accepting is storing: a payload and its job in one statement, then the ack. Nothing else happens here.

The statement calls procrastinate's own SQL function (internal, hence the pinned version): one round trip is what
makes the ack fast.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from prometheus_client import Counter
from psycopg_pool import PoolTimeout
from slack_bolt import BoltResponse

from bot.errors import Unavailable
from bot.store.database import Database
from bot.store.models import Kind
from bot.store.queue import QUEUE

ACCEPTED = Counter("pm_accepted_total", "Payloads stored and acknowledged", ["kind"])
REPEATED = Counter("pm_repeated_total", "Payloads that had been stored before", ["kind"])
REFUSED = Counter("pm_refused_total", "Requests refused before they were stored", ["why"])

STORE = """
WITH stored AS (
    INSERT INTO pmbot.inbox (key, kind, payload) VALUES (%(key)s, %(kind)s, %(payload)s::jsonb)
    ON CONFLICT (key) DO NOTHING RETURNING id
)
SELECT pmbot.procrastinate_defer_jobs_v1(ARRAY[ROW(
    %(queue)s, 'handle', 0, NULL, NULL, jsonb_build_object('inbox_id', id), NULL
)::pmbot.procrastinate_job_to_defer_v1]) FROM stored
"""

SURROGATE = re.compile("[\ud800-\udfff]")

log = structlog.get_logger()


class Intake:
    """Stores payloads. Any number of processes do, for the same database."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool

    async def store(self, kind: Kind, key: str, payload: Mapping[str, Any]) -> bool:
        """Store the payload with its job; False if it was stored before. Raises `Unavailable`."""
        # PostgreSQL's jsonb has no NUL and no half of a surrogate pair; nothing a person means to say contains one.
        document = SURROGATE.sub("\ufffd", json.dumps(payload, ensure_ascii=False)).replace("\\u0000", "\ufffd")
        parameters = {"key": f"{kind}:{key}", "kind": kind, "payload": document, "queue": QUEUE}
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(STORE, parameters)
                stored = cursor.rowcount == 1
        except (psycopg.OperationalError, PoolTimeout) as error:
            log.error("could not store a payload", kind=kind, error=type(error).__name__)  # noqa: TRY400 - no trace: it may hold the payload
            raise Unavailable("I could not reach the database, so nothing was done. Try again in a minute.") from None
        (ACCEPTED if stored else REPEATED).labels(kind).inc()
        return stored


def command_key(body: Mapping[str, Any]) -> str:
    return str(body.get("trigger_id") or _digest(body))


def click_key(body: Mapping[str, Any]) -> str:
    return str(body.get("trigger_id") or _digest(body))


def submission_key(body: Mapping[str, Any]) -> str:
    """A view is submitted once for each of its states."""
    view = body["view"]
    return f"{view['id']}:{view.get('hash', '')}"


def event_key(body: Mapping[str, Any]) -> str:
    return str(body["event_id"])


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def refusal(status: int, why: str, text: str) -> BoltResponse:
    """A refused request: counted, with a sentence for whoever reads the answer."""
    REFUSED.labels(why).inc()
    return BoltResponse(status=status, body={"error": why, "text": text})
