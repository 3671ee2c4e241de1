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
from datetime import datetime
from typing import Any

import psycopg
import structlog
import uvicorn
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo.data import token_hash
from bot.demo.gateway_memory import Memory, Session
from bot.demo.gateway_queries import ATTEMPT, BY_EMAIL, CHOSEN, CUSTOMER_BY_EMAIL, JOBS, START, TOUCH
from bot.demo.gateway_reading import Reading
from bot.platform.schema import CHANNEL
from localslack import hosting, moment

log = structlog.get_logger()

LISTENED = frozenset({"sessions", "users", "staff_members", "staff_member_roles"})
PAUSING = frozenset({"queue_pauses", "job_queues"})
FLAGGING = frozenset({"feature_flags", "tenant_feature_flags", "user_feature_flags", "feature_flag_allowlist"})
HEARTBEAT_SECONDS = 10.0
RECONNECT_SECONDS = 0.3
START_SECONDS = 5.0
TOUCH_SECONDS = 60.0
# What the dashboard offers to these roles besides looking.
MANAGERS = frozenset({"user_manager", "super_admin"})
MANAGING = ["ban_user", "bulk_edit"]


class Gateway:
    """Serves `asgi`; its connections live as long as the application's lifespan.

    `listen=False` hears of no change at all; `deaf` may be set at any time to lose notifications.
    """

    def __init__(
        self,
        database_url: str,
        service_token: str,
        *,
        cache_seconds: float = 30.0,
        flag_seconds: float = 300.0,
        listen: bool = True,
    ) -> None:
        self.deaf = False
        self.memory = Memory(cache_seconds, flag_seconds)
        self._listens = listen
        self._listening = asyncio.Event()
        self._service_token = service_token.encode()
        self._conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.reading = Reading(self._conninfo, self.memory)
        self.asgi = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/dashboard/me", self._me),
                Route("/dashboard/users", self._dashboard),
                Route("/internal/flags/{key}", self._answer_flag),
                Route("/internal/sessions", self._answer_sessions),
                Route("/internal/queues", self._answer_queues),
                Route("/internal/queues/{queue}/jobs", self._answer_jobs),
                Route("/internal/users", self._answer_users),
                Route("/internal/staff/{user_id:uuid}", self._answer_staff),
                Route("/internal/tenants/{tenant_id:uuid}/invitations", self._answer_invitation),
                Route("/internal/{things}/{identifier}", self._answer_row),
                Route("/login", self._login, methods=["POST"]),
                Route("/app/login", self._customer_login, methods=["POST"]),
                Route("/app/password", self._password, methods=["POST"]),
                Route("/app/me", self._customer),
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
        async with self.reading.pool:
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
            self.memory.forget_rows()
            if change["table"] in LISTENED:
                self.memory.forget(uuid.UUID(change["user_id"]))
            elif change["table"] in PAUSING:
                self.memory.forget_paused()
            elif change["table"] in FLAGGING:
                self.memory.forget_flag(change["key"])
        except (ValueError, KeyError, TypeError):
            self.memory.forget_all()  # something changed, and nobody can say what

    # What is in force

    async def _signed_in(self, request: Request, *, customer: bool = False) -> Session:
        hashed = token_hash(_bearer(request))
        remembered = self.memory.by_hash(hashed)
        found = [remembered] if remembered else await self.reading.sessions("s.token_hash = %s", hashed)
        if not found or found[0].customer is not customer:
            raise HTTPException(401, "Not signed in, or not any more.")
        session = found[0]
        if time.monotonic() - session.touched > TOUCH_SECONDS:
            session.touched = time.monotonic()
            await self.reading.rows(TOUCH, session.id)
        return session

    def _require_service(self, request: Request) -> None:
        if not hmac.compare_digest(_bearer(request).encode(), self._service_token):
            raise HTTPException(401, "The service credential is not right.")

    async def _require_known(self, what: str, asked: object | None) -> None:
        """Of what never was, nothing is in force, and nothing has ended either."""
        if asked is not None and not await self.reading.known(what, [asked]):
            raise HTTPException(404, f"There is no such {what}.")

    # What is asked

    async def _healthz(self, _request: Request) -> JSONResponse:
        await self.reading.rows("SELECT 1 AS one")
        return JSONResponse({"ok": True})

    async def _me(self, request: Request) -> JSONResponse:
        session = await self._signed_in(request)
        roles = sorted(session.roles)
        may = MANAGING if MANAGERS.intersection(roles) else []
        return JSONResponse({"user_id": str(session.user_id), "roles": roles, "may": may})

    async def _customer(self, request: Request) -> JSONResponse:
        """What a customer's page begins with: who they are there, by tenant."""
        session = await self._signed_in(request, customer=True)
        row = await self.reading.row("users", str(session.user_id))
        return JSONResponse({"user_id": str(session.user_id), "tenants": row["tenants"] if row else {}})

    async def _dashboard(self, request: Request) -> JSONResponse:
        session = await self._signed_in(request)
        rows = await self.reading.rows(
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
        in_force = {one for one in asked if self.memory.by_id(one)}
        if rest := [one for one in asked if one not in in_force]:
            in_force |= {session.id for session in await self.reading.sessions("s.id = ANY(%s)", rest)}
        known = in_force | await self.reading.known("session", rest)
        answers = [{"id": str(one), "in_force": one in in_force} for one in asked if one in known]
        return JSONResponse({"sessions": answers, "answered_at": _now()})

    async def _answer_staff(self, request: Request) -> JSONResponse:
        self._require_service(request)
        user_id = request.path_params["user_id"]
        await self._require_known("staff member", user_id)
        sessions = [one for one in await self.reading.sessions_of(user_id) if not one.customer]
        access = await self.reading.access(user_id)
        answer = {
            "user_id": str(user_id),
            "may_sign_in": bool(access),
            "sessions_in_force": len(sessions),
            "roles": [{"name": one.name, "expires": _iso(one.expires)} for one in access],
            "session_roles": sorted({role for session in sessions for role in session.roles}),
        }
        return JSONResponse({**answer, "answered_at": _now()})

    async def _answer_users(self, request: Request) -> JSONResponse:
        """What the platform goes by for each of several users, as for one."""
        self._require_service(request)
        rows = await self.reading.several("users", request.query_params.getlist("id"))
        return JSONResponse({"users": [*rows.values()], "answered_at": _now()})

    async def _answer_row(self, request: Request) -> JSONResponse:
        """What the platform goes by for a tenant, a queue, a domain or a user, by the names of their columns."""
        self._require_service(request)
        row = await self.reading.row(request.path_params["things"], request.path_params["identifier"])
        if row is None:
            raise HTTPException(404, "There is no such thing.")
        return JSONResponse({**row, "answered_at": _now()})

    async def _answer_invitation(self, request: Request) -> JSONResponse:
        """Whether an invitation to the tenant would be accepted; of one that never was, it would not."""
        self._require_service(request)
        await self._require_known("tenant", request.path_params["tenant_id"])
        row = await self.reading.row("invitations", request.query_params.get("id", ""))
        return JSONResponse({"open": bool(row and row["open"]), "answered_at": _now()})

    async def _answer_queues(self, request: Request) -> JSONResponse:
        """Whether workers would take a job of this queue, of this tenant; without one of them: of all."""
        self._require_service(request)
        queue, tenant = request.query_params.get("queue"), _asked_id(request, "tenant")
        await self._require_known("queue", queue)
        await self._require_known("tenant", tenant)
        pausing = await self.reading.pausing((queue, tenant))
        return JSONResponse({"paused": pausing.paused, "until": _iso(pausing.until), "answered_at": _now()})

    async def _answer_jobs(self, request: Request) -> JSONResponse:
        """Those of the jobs that are there: with their status, their priority, and when they failed."""
        self._require_service(request)
        queue = request.path_params["queue"]
        await self._require_known("queue", queue)
        try:
            asked = [uuid.UUID(value) for value in request.query_params.getlist("id")]
        except ValueError:
            raise HTTPException(400, "Each id has to be a UUID.") from None
        rows = await self.reading.rows(JOBS, queue, asked)
        jobs = [{**row, "id": str(row["id"]), "failed": _iso(row["failed"])} for row in rows]
        return JSONResponse({"jobs": jobs, "answered_at": _now()})

    async def _answer_flag(self, request: Request) -> JSONResponse:
        """Whether the user of the tenant has the flag; without one of them, whoever has no rule of their own."""
        self._require_service(request)
        flag = await self.reading.flag(request.path_params["key"])
        if flag is None:
            raise HTTPException(404, "There is no such flag.")
        tenant, user = _asked_id(request, "tenant"), _asked_id(request, "user")
        await self._require_known("tenant", tenant)
        await self._require_known("user", user)
        enabled, rule, until = flag.decide(tenant, user)
        return JSONResponse(
            {
                "key": flag.key,
                "enabled": enabled,
                "rule": rule,
                "default": flag.enabled,
                "rollout": flag.rollout,
                "until": _iso(until),
                "answered_at": _now(),
            }
        )

    async def _login(self, request: Request) -> JSONResponse:
        """Sign in without a password: this is a demo, reachable from this machine alone."""
        email = await _posted_email(request)
        rows = await self.reading.rows(BY_EMAIL, email)
        user_id = rows[0]["id"] if rows else None
        allowed = user_id is not None and bool(await self.reading.access(user_id))
        return await self._begun(request, "staff", email, user_id, allowed=allowed)

    async def _customer_login(self, request: Request) -> JSONResponse:
        """The same for customers: let in by the very row that `/internal/users/…` answers with."""
        email = await _posted_email(request)
        rows = await self.reading.rows(CUSTOMER_BY_EMAIL, email)
        user_id = rows[0]["id"] if rows else None
        row = await self.reading.row("users", str(user_id))
        allowed = row is not None and row["status"] == "active" and row["password_reset"] is None
        return await self._begun(request, "tenant", email, user_id, allowed=allowed)

    async def _password(self, request: Request) -> JSONResponse:
        """A customer chooses a new password: nobody has any here, so all that counts is that they did."""
        await self.reading.rows(CHOSEN, await _posted_email(request))
        return JSONResponse({"ok": True})

    async def _begun(
        self, request: Request, kind: str, email: str, user_id: uuid.UUID | None, *, allowed: bool
    ) -> JSONResponse:
        """Write the attempt down; begin a session of those who may."""
        ip = request.headers.get("x-forwarded-for") or (request.client.host if request.client else None)
        agent = request.headers.get("user-agent", "")[:200]
        await self.reading.rows(ATTEMPT, user_id, email, allowed, ip, agent)
        if not allowed:
            raise HTTPException(403, "This account is not allowed to sign in.")
        token = f"demo-{secrets.token_urlsafe(24)}"
        await self.reading.rows(START, user_id, kind, token_hash(token), ip, agent)
        return JSONResponse({"token": token})


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _asked_id(request: Request, name: str) -> uuid.UUID | None:
    asked = request.query_params.get(name)
    try:
        return None if asked is None else uuid.UUID(asked)
    except ValueError:
        raise HTTPException(400, f"The {name} has to be a UUID.") from None


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
    return moment.now().isoformat()


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


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
