"""The demo's platform: a small HTTP service over the platform's tables that behaves as a real gateway does.

It keeps what it read for a while, is told of changes by the database, and answers questions about what is
in force from the very memory with which it lets people in, so that a lost notification shows.
"""

import argparse
import asyncio
import contextlib
import hmac
import json
import os
import secrets
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
import uvicorn
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo import hosting
from bot.demo.data import token_hash
from bot.demo.gateway_memory import Memory, Session
from bot.platform.schema import CHANNEL

log = structlog.get_logger()

LISTENED = frozenset({"sessions", "users", "staff_members"})
PAUSING = frozenset({"queue_pauses", "job_queues"})
HEARTBEAT_SECONDS = 10.0
RECONNECT_SECONDS = 0.3
START_SECONDS = 5.0
TOUCH_SECONDS = 60.0

STAFF = "users u JOIN staff_members m ON m.user_id = u.id"
MAY_SIGN_IN = "u.status = 'active' AND m.is_active"
IN_FORCE = f"""
  SELECT s.id, s.user_id, s.token_hash, s.expires FROM sessions s JOIN ({STAFF}) ON u.id = s.user_id
   WHERE s.kind = 'staff' AND s.revoked IS NULL AND s.expires > now()
     AND s.last_seen > now() - interval '30 minutes' AND {MAY_SIGN_IN}
"""  # noqa: S608 -- constants
ALLOWED = f"SELECT u.id FROM {STAFF} WHERE u.id = %s AND {MAY_SIGN_IN}"  # noqa: S608
BY_EMAIL = f"SELECT u.id FROM {STAFF} WHERE lower(u.email) = lower(%s)"  # noqa: S608
# What somebody else has locked is about to change: a use of the session must not wait for that.
TOUCH = """
  UPDATE sessions SET last_seen = now() WHERE id = (
    SELECT id FROM sessions WHERE id = %s AND revoked IS NULL FOR NO KEY UPDATE SKIP LOCKED)
"""
START = """
  INSERT INTO sessions (user_id, kind, token_hash, ip, user_agent, expires)
  VALUES (%s, 'staff', %s, %s, %s, now() + interval '12 hours')
"""
# Held back: by a pause of these jobs or of more than these, or by the queue's own switch.
PAUSED = """
  SELECT EXISTS (
    SELECT FROM queue_pauses WHERE lifted IS NULL AND (queue_name IS NULL OR queue_name = %(queue)s)
       AND (tenant_id IS NULL OR tenant_id = %(tenant)s)
  ) OR EXISTS (SELECT FROM job_queues WHERE name = %(queue)s AND NOT is_active) AS paused
"""
ATTEMPT = "INSERT INTO login_events (user_id, email, succeeded, ip, user_agent) VALUES (%s, %s, %s, %s, %s)"


class Gateway:
    """Serves `asgi`; its connections live as long as the application's lifespan.

    `listen=False` hears of no change at all; `deaf` may be set at any time to lose notifications.
    """

    def __init__(
        self, database_url: str, service_token: str, *, cache_seconds: float = 30.0, listen: bool = True
    ) -> None:
        self.deaf = False
        self.memory = Memory(cache_seconds)
        self._listens = listen
        self._listening = asyncio.Event()
        self._service_token = service_token.encode()
        self._conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[DictRow]] = AsyncConnectionPool(
            self._conninfo,
            connection_class=psycopg.AsyncConnection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=4,
            timeout=5,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )
        self.asgi = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/dashboard/users", self._dashboard),
                Route("/internal/sessions", self._answer_sessions),
                Route("/internal/queues", self._answer_queues),
                Route("/internal/staff/{user_id:uuid}", self._answer_staff),
                Route("/login", self._login, methods=["POST"]),
            ],
            lifespan=self._lifespan,
            exception_handlers={
                HTTPException: _refused,
                psycopg.OperationalError: _unavailable,
            },
        )

    def serve(self, port: int = 0) -> contextlib.AbstractAsyncContextManager[str]:
        """Serve on 127.0.0.1 until the block ends; `port` 0 takes a free one. Yields the base URL."""
        return hosting.serve(self.asgi, port)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self._pool:
            listener = asyncio.create_task(self._listen()) if self._listens else None
            try:
                if listener is not None:
                    with contextlib.suppress(TimeoutError):  # then the log tells, and `/healthz`
                        await asyncio.wait_for(self._listening.wait(), START_SECONDS)
                yield
            finally:
                if listener is not None:
                    listener.cancel()
                    await asyncio.wait([listener])

    # Hearing of changes

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    # Whatever was said while nobody listened is lost.
                    self.memory.forget_all()
                    self._listening.set()
                    await self._hear(connection)
            except psycopg.OperationalError as error:
                log.warning("gateway_lost_database", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notify in connection.notifies(timeout=HEARTBEAT_SECONDS):
                if not self.deaf:
                    self._heard(notify.payload)
            await connection.execute("SELECT 1")  # a line that is dead says so only when used

    def _heard(self, payload: str) -> None:
        try:
            change = json.loads(payload)
            if change["table"] in LISTENED:
                self.memory.forget(uuid.UUID(change["user_id"]))
            elif change["table"] in PAUSING:
                self.memory.forget_paused()
        except (ValueError, KeyError, TypeError):
            self.memory.forget_all()  # something changed, and nobody can say what

    # What is in force

    async def _read(self, query: str, *values: object) -> list[DictRow]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []

    async def _read_named(self, query: str, **values: object) -> list[DictRow]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()

    async def _find(self, condition: str, value: object) -> list[Session]:
        generation, until = self.memory.generation, time.monotonic() + self.memory.seconds
        rows = await self._read(f"{IN_FORCE} AND {condition}", value)
        sessions = [Session(**row, until=until) for row in rows]
        self.memory.remember(sessions, generation)
        return sessions

    async def _signed_in(self, request: Request) -> Session:
        hashed = token_hash(_bearer(request))
        session = self.memory.by_hash(hashed)
        if session is None:
            found = await self._find("s.token_hash = %s", hashed)
            if not found:
                raise HTTPException(401, "Not signed in, or not any more.")
            session = found[0]
        if time.monotonic() - session.touched > TOUCH_SECONDS:
            session.touched = time.monotonic()
            await self._read(TOUCH, session.id)
        return session

    async def _may_sign_in(self, user_id: uuid.UUID) -> bool:
        if self.memory.may_sign_in(user_id):
            return True
        generation = self.memory.generation
        rows = await self._read(ALLOWED, user_id)
        if rows:
            self.memory.remember_access(user_id, generation)
        return bool(rows)

    def _require_service(self, request: Request) -> None:
        if not hmac.compare_digest(_bearer(request).encode(), self._service_token):
            raise HTTPException(401, "The service credential is not right.")

    # What is asked

    async def _healthz(self, _request: Request) -> JSONResponse:
        await self._read("SELECT 1 AS one")
        return JSONResponse({"ok": True})

    async def _dashboard(self, request: Request) -> JSONResponse:
        session = await self._signed_in(request)
        rows = await self._read(
            "SELECT id, name, email, status FROM users WHERE deleted IS NULL ORDER BY created DESC, id LIMIT 20"
        )
        users = [
            {
                "id": str(row["id"]),
                "name": _masked(row["name"]),
                "email": _masked(row["email"]),
                "status": row["status"],
            }
            for row in rows
        ]
        return JSONResponse({"signed_in_as": str(session.user_id), "users": users})

    async def _answer_sessions(self, request: Request) -> JSONResponse:
        self._require_service(request)
        try:
            asked = [uuid.UUID(value) for value in request.query_params.getlist("id")]
        except ValueError:
            raise HTTPException(400, "Each id has to be a UUID.") from None
        unknown = [one for one in asked if self.memory.by_id(one) is None]
        found = {session.id for session in await self._find("s.id = ANY(%s)", unknown)} if unknown else set()
        answers = [{"id": str(one), "in_force": one not in unknown or one in found} for one in asked]
        return JSONResponse({"sessions": answers, "answered_at": _now()})

    async def _answer_staff(self, request: Request) -> JSONResponse:
        self._require_service(request)
        user_id = request.path_params["user_id"]
        remembered = self.memory.of_user(user_id)
        sessions = remembered | {session.id for session in await self._find("s.user_id = %s", user_id)}
        answer = {"may_sign_in": await self._may_sign_in(user_id), "sessions_in_force": len(sessions)}
        return JSONResponse({"user_id": str(user_id), **answer, "answered_at": _now()})

    async def _answer_queues(self, request: Request) -> JSONResponse:
        """Whether workers would take a job of this queue, of this tenant; without one of them: of all."""
        self._require_service(request)
        asked = request.query_params
        try:
            jobs = (asked.get("queue"), uuid.UUID(asked["tenant"]) if "tenant" in asked else None)
        except ValueError:
            raise HTTPException(400, "The tenant has to be a UUID.") from None
        paused = self.memory.paused(jobs)
        if paused is None:
            generation = self.memory.generation
            paused = (await self._read_named(PAUSED, queue=jobs[0], tenant=jobs[1]))[0]["paused"]
            self.memory.remember_paused(jobs, generation, paused=paused)
        return JSONResponse({"paused": paused, "answered_at": _now()})

    async def _login(self, request: Request) -> JSONResponse:
        """Sign in without a password: this is a demo, reachable from this machine alone."""
        email = await _posted_email(request)
        rows = await self._read(BY_EMAIL, email)
        user_id = rows[0]["id"] if rows else None
        allowed = user_id is not None and await self._may_sign_in(user_id)
        ip = request.client.host if request.client else None
        agent = request.headers.get("user-agent", "")[:200]
        await self._read(ATTEMPT, user_id, email, allowed, ip, agent)
        if not allowed:
            raise HTTPException(403, "This account may not sign in.")
        token = f"demo-{secrets.token_urlsafe(24)}"
        await self._read(START, user_id, token_hash(token), ip, agent)
        return JSONResponse({"token": token})


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _posted_email(request: Request) -> str:
    try:
        email = (await request.json())["email"]
    except (ValueError, KeyError, TypeError):
        email = None
    if not isinstance(email, str) or not email or "\x00" in email:
        raise HTTPException(400, 'Post {"email": "…"}.')
    return email


def _masked(text: str) -> str:
    """Keep the first letter of each name; of an address the first letter and the domain."""
    if "@" in text:
        local, _, domain = text.rpartition("@")
        return f"{local[:1]}•••@{domain}"
    return " ".join(f"{word[:1]}•••" for word in text.split())


def _now() -> str:
    return datetime.now(UTC).isoformat()


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for nothing else
    return JSONResponse({"error": error.detail}, error.status_code)


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    log.warning("gateway_database_unavailable", error=type(error).__name__)
    return JSONResponse({"error": "The database does not answer; try again."}, 503)


def main() -> None:
    """Run on its own, with the service credential in PLATFORM_TOKEN."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.gateway", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--port", type=int, default=8080)
    options = parser.parse_args()
    token = os.environ.get("PLATFORM_TOKEN")
    if not token:
        parser.error("set PLATFORM_TOKEN to the service credential the bot will show")
    uvicorn.run(Gateway(options.database_url, token).asgi, host="127.0.0.1", port=options.port, access_log=False)


if __name__ == "__main__":
    main()
