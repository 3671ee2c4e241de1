"""What is in a file that somebody shared in Slack: fetched with the bot's token, up to a limit."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

TIME = 60  # seconds for one file
PART = 65_536  # bytes read at once


class TooLarge(Exception):
    """It has more bytes than are read."""


class Unreadable(Exception):
    """Slack did not hand it over: it is gone, or nothing that Slack itself keeps."""


async def content_of(client: AsyncWebClient, file: Mapping[str, Any], largest: int) -> bytes:
    """Its bytes, exactly as many as Slack says there are.

    Raises `TooLarge`, `Unreadable`, or one of `webapi.UNANSWERED`. What is kept elsewhere is not asked for, since the
    token would go there; and whoever may not read a file is sent by Slack to a page for signing in, which is not it.
    """
    if file.get("is_external") or "url_private_download" not in file:
        raise Unreadable
    if file["size"] > largest:
        raise TooLarge
    content = await _fetched(client, file["url_private_download"], largest)
    if len(content) != file["size"]:
        raise Unreadable
    return content


async def _fetched(client: AsyncWebClient, url: str, largest: int) -> bytes:
    head, limit = {"Authorization": f"Bearer {client.token}"}, aiohttp.ClientTimeout(total=TIME)
    content = bytearray()
    async with (
        aiohttp.ClientSession(timeout=limit, headers=head) as session,
        session.get(url, proxy=client.proxy, ssl=client.ssl or True) as answer,
    ):
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreadable
        answer.raise_for_status()
        async for part in answer.content.iter_chunked(PART):
            content += part
            if len(content) > largest:
                raise TooLarge
    return bytes(content)
