"""The HTTP side: what a supervisor asks, and the limits of all that comes in. Refusals are counted."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.runtime import metrics as gauges
from bot.store.database import Database

REFUSED = Counter("pm_refused_total", "Requests refused before they were stored", ["why"])

LARGEST_BODY = 1_000_000  # bytes; Slack's own payloads stay far below
BODY_WITHIN = 5.0  # seconds; Slack has no use for an answer after 3
HERE = ("127.0.0.1", "::1")

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class TooLarge(Exception):
    """The body is larger than anything Slack sends."""


async def limited(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The body, but never more bytes than are allowed, nor waited for for ever.

    Raises `TooLarge`, `TimeoutError` or Starlette's `ClientDisconnect`.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > largest:
        raise TooLarge
    chunks, size = [], 0
    async with asyncio.timeout(BODY_WITHIN):
        async for chunk in request.stream():
            size += len(chunk)
            if size > largest:
                raise TooLarge
            chunks.append(chunk)
    return b"".join(chunks)


def refuse(status: int, why: str) -> Response:
    REFUSED.labels(why).inc()
    return JSONResponse({"error": why}, status)


def too_slow() -> Response:
    """The rest of the body is not waited for, so nothing else can come over this connection."""
    response = refuse(408, "too_slow")
    response.headers["connection"] = "close"
    return response


def _may_scrape(request: Request, token: str | None) -> bool:
    """With the token; where none is set, from this machine itself and through no proxy."""
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return secrets.compare_digest(given, f"Bearer {token}".encode())
    passed_on = {"x-forwarded-for", "forwarded", "x-real-ip"} & set(request.headers)
    return request.client is not None and request.client.host in HERE and not passed_on


def build(
    routes: Sequence[Route], database: Database, lifespan: Lifespan, metrics_token: str | None = None
) -> Starlette:
    """One process's web server: these routes, and what a supervisor asks."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    watch = gauges.Watch(database)

    async def readyz(request: Request) -> Response:
        if why := await watch.unready():
            return JSONResponse({"status": "unavailable", "database": why}, 503)
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:
        if not _may_scrape(request, metrics_token):
            return refuse(401 if metrics_token else 403, "metrics")
        await watch.gauges()
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            *routes,
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
    )
