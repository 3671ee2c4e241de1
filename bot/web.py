"""The HTTP side: Slack's events, and what a supervisor asks. Refusals have the status they deserve, and are counted."""

import asyncio
import re
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import metrics as gauges
from bot.errors import Malformed, Unavailable
from bot.handlers.intake import REFUSED
from bot.handlers.webhooks import StripeDoor
from bot.integrations.stripe import NotStripes, Unreadable
from bot.logs import REFERENCE, new_reference
from bot.store.database import Database

LARGEST_BODY = 1_000_000  # bytes; Slack's own payloads stay far below
BODY_WITHIN = 5.0  # seconds; Slack has no use for an answer after 3
HERE = ("127.0.0.1", "::1")
STAMP = re.compile(r"[0-9]{1,12}")

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class TooLarge(Exception):
    """The body is larger than anything Slack sends."""


async def _limit(request: Request) -> None:
    """Read the body, but never more than is allowed, nor for ever; Starlette keeps it for the handler.

    Raises `TooLarge` or `TimeoutError`.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > LARGEST_BODY:
        raise TooLarge
    chunks, size = [], 0
    async with asyncio.timeout(BODY_WITHIN):
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise TooLarge
            chunks.append(chunk)
    request._body = b"".join(chunks)  # noqa: SLF001 - as Request.body() itself keeps it


def _refuse(status: int, why: str) -> Response:
    REFUSED.labels(why).inc()
    return JSONResponse({"error": why}, status)


def _too_slow() -> Response:
    """The rest of the body is not waited for, so nothing else can come over this connection."""
    response = _refuse(408, "too_slow")
    response.headers["connection"] = "close"
    return response


def _can_be_signed(headers: Headers) -> bool:
    """Whether there is something to verify: Bolt would stumble over a time or a signature that is no such thing."""
    stamp, signature = headers.get("x-slack-request-timestamp", "0"), headers.get("x-slack-signature", "")
    return STAMP.fullmatch(stamp) is not None and signature.isascii()


def _stripe(door: StripeDoor) -> Route:
    """Where Stripe posts. It repeats whatever is not answered with 2xx, for three days."""

    async def webhook(request: Request) -> Response:
        try:
            REFERENCE.set(new_reference())
            await _limit(request)
            await door.accept(await request.body(), request.headers.get("stripe-signature"))
        except TooLarge:
            return _refuse(413, "too_large")
        except NotStripes:
            return _refuse(400, "stripe_signature")
        except (Unreadable, Malformed, ClientDisconnect):
            return _refuse(400, "unreadable")
        except TimeoutError:
            return _too_slow()
        except Unavailable:
            return _refuse(503, "unavailable")
        return JSONResponse({"received": True})

    return Route("/stripe/webhook", webhook, methods=["POST"])


def _slack(bolt: AsyncApp | None) -> Route:
    """Where Slack posts to; with Socket Mode there is nothing here."""
    slack = AsyncSlackRequestHandler(bolt) if bolt else None

    async def events(request: Request) -> Response:
        try:
            if not _can_be_signed(request.headers):
                return _refuse(401, "signature")
            await _limit(request)
            response = await slack.handle(request) if slack else Response(status_code=404)
        except TooLarge:
            return _refuse(413, "too_large")
        except TimeoutError:
            return _too_slow()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, ClientDisconnect):
            return _refuse(400, "unreadable")
        if response.status_code == 401:
            REFUSED.labels("signature").inc()
        return response

    return Route("/slack/events", events, methods=["POST"])


def _may_scrape(request: Request, token: str | None) -> bool:
    """With the token; where none is set, from this machine itself and through no proxy."""
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return secrets.compare_digest(given, f"Bearer {token}".encode())
    passed_on = {"x-forwarded-for", "forwarded", "x-real-ip"} & set(request.headers)
    return request.client is not None and request.client.host in HERE and not passed_on


def build(
    bolt: AsyncApp | None,
    database: Database,
    lifespan: Lifespan,
    stripe: StripeDoor | None = None,
    metrics_token: str | None = None,
) -> Starlette:
    """Routes of one process. Without `bolt` (Socket Mode) there is nothing for Slack to post to, nor without `stripe`
    for Stripe.
    """

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    watch = gauges.Watch(database)

    async def readyz(request: Request) -> Response:
        if why := await watch.unready():
            return JSONResponse({"status": "unavailable", "database": why}, 503)
        return JSONResponse({"status": "ready"})

    async def metrics(request: Request) -> Response:
        if not _may_scrape(request, metrics_token):
            return _refuse(401 if metrics_token else 403, "metrics")
        await watch.gauges()
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            _slack(bolt),
            *([_stripe(stripe)] if stripe else []),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
    )
