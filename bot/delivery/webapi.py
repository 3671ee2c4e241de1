"""What Slack's Web API says when it does not do what it was asked: the answer may come from anything on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import Later

UNANSWERED = (TimeoutError, aiohttp.ClientError)
"""Nobody knows whether it was done."""
SHORTLY, AWHILE, LONGEST = 1.0, 5.0, 3600.0  # seconds


def status(error: SlackApiError) -> int:
    """The status of the answer; 0 if it has none."""
    response = error.response  # the SDK's own, or aiohttp's when the body is no JSON although it says so
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)


def body(error: SlackApiError) -> dict[str, Any]:
    """What was answered; empty when that was not Slack's JSON, but a proxy's page."""
    data = getattr(error.response, "data", None)
    return data if isinstance(data, dict) else {}


def code(error: SlackApiError) -> str:
    """Slack's word for what is wrong; for whatever is not Slack's, the status."""
    said = body(error).get("error")
    return said if isinstance(said, str) else f"status {status(error)}"


def is_limited(error: SlackApiError) -> bool:
    return status(error) == HTTPStatus.TOO_MANY_REQUESTS or code(error) in ("ratelimited", "rate_limited")


def retry_after(error: SlackApiError) -> float:
    """Seconds that Slack asks to wait."""
    try:
        return min(LONGEST, max(0.0, float(error.response.headers.get("Retry-After", SHORTLY))))
    except ValueError:
        return SHORTLY


def is_passing(error: SlackApiError) -> bool:
    """Whether the same call may go well later."""
    return is_limited(error) or status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR


@asynccontextmanager
async def waiting() -> AsyncIterator[None]:
    """Calls in the block raise `Later` when Slack is busy or away; what it refuses for good stays a `SlackApiError`."""
    try:
        yield
    except UNANSWERED as error:
        raise Later(AWHILE, type(error).__name__) from error
    except SlackApiError as error:
        if not is_passing(error):
            raise
        raise Later(retry_after(error) if is_limited(error) else AWHILE, code(error)) from error
