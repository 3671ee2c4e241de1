"""The route that Slack posts to."""

import re

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.runtime.web import REFUSED, TooLarge, limit, refuse, too_slow

STAMP = re.compile(r"[0-9]{1,12}")


def _can_be_signed(headers: Headers) -> bool:
    """Whether there is something to verify: Bolt would stumble over a time or a signature that is no such thing."""
    stamp, signature = headers.get("x-slack-request-timestamp", "0"), headers.get("x-slack-signature", "")
    return STAMP.fullmatch(stamp) is not None and signature.isascii()


def route(bolt: AsyncApp | None) -> Route:
    """Where Slack posts to; with Socket Mode there is nothing here."""
    slack = AsyncSlackRequestHandler(bolt) if bolt else None

    async def events(request: Request) -> Response:
        try:
            if not _can_be_signed(request.headers):
                return refuse(401, "signature")
            await limit(request)
            response = await slack.handle(request) if slack else Response(status_code=404)
        except TooLarge:
            return refuse(413, "too_large")
        except TimeoutError:
            return too_slow()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, ClientDisconnect):
            return refuse(400, "unreadable")
        if response.status_code == 401:
            REFUSED.labels("signature").inc()
        return response

    return Route("/slack/events", events, methods=["POST"])
