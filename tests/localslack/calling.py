"""How tests call the Web API and read what it refuses."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncSlackResponse, AsyncWebClient


async def refusal(call: Awaitable[Any]) -> AsyncSlackResponse:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error_of(call: Awaitable[Any]) -> str:
    return str((await refusal(call))["error"])


async def posted(client: AsyncWebClient, channel: str, text: str = "hello", **more: Any) -> str:
    """The ts of a message that the bot posts."""
    return str((await client.chat_postMessage(channel=channel, text=text, **more))["ts"])
