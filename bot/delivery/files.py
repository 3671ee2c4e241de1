"""Files that belong to a request: sent by the three calls that Slack has for it, and looked for by their names.

Nobody sees anything of a file before the last of the calls, so only where that one is not answered does nobody know
whether it is there. https://docs.slack.dev/messaging/working-with-files
"""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import webapi
from bot.integrations.base import EffectAbsent, EffectFailed, EffectNotYet

PAGE, PAGES = 200, 10  # of a list of files
EARLIER, LATER = dt.timedelta(minutes=5), dt.timedelta(hours=1)  # when Slack may say that a file was made
UNSURE = {"fatal_error", "internal_error", "request_timeout"}
"""What Slack answers to a call of which some may have been done."""
BUSY = "Slack did not accept the file"


async def send(
    client: AsyncWebClient,
    content: str,
    *,
    name: str,
    title: str,
    comment: str,
    channel: str,
    thread: str | None = None,
) -> str:
    """The id of the new file. Raises `EffectFailed` or `EffectNotYet` where it surely is not there."""
    file_id = await _uploaded(client, content.encode(), name)
    try:
        await client.files_completeUploadExternal(
            files=[{"id": file_id, "title": title}], channel_id=channel, initial_comment=comment, thread_ts=thread
        )
    except SlackApiError as error:
        if webapi.is_limited(error):
            raise EffectNotYet(BUSY) from error
        if not webapi.is_passing(error) and webapi.code(error) not in UNSURE:
            raise EffectFailed(f"Slack refused it ({webapi.code(error)}).") from error
        raise
    return file_id


async def _uploaded(client: AsyncWebClient, content: bytes, name: str) -> str:
    """The id of a file that nobody sees yet."""
    async with unseen():
        place = await client.files_getUploadURLExternal(filename=name, length=len(content))
        limit = aiohttp.ClientTimeout(total=client.timeout)
        async with aiohttp.ClientSession(timeout=limit, raise_for_status=True) as session:
            await session.post(place["upload_url"], data=content, proxy=client.proxy, ssl=client.ssl or True)
    return str(place["file_id"])


@asynccontextmanager
async def unseen() -> AsyncIterator[None]:
    """Calls of which nobody sees anything: whatever goes wrong in the block is an `EffectFailed` or `EffectNotYet`."""
    try:
        yield
    except webapi.UNANSWERED as error:
        raise EffectNotYet(BUSY) from error
    except SlackApiError as error:
        if webapi.is_passing(error) or webapi.code(error) in UNSURE:
            raise EffectNotYet(BUSY) from error
        raise EffectFailed(f"Slack refused it ({webapi.code(error)}).") from error


async def find(client: AsyncWebClient, name: str, sent: dt.datetime) -> str | None:
    """The id of a file of this name that was sent about then; None where there are more than are looked through.

    Raises `EffectAbsent` where it is not there.
    """
    begin, end = (str(int(one.timestamp())) for one in (sent - EARLIER, sent + LATER))
    for page in range(1, PAGES + 1):
        listed = await client.files_list(count=PAGE, page=page, ts_from=begin, ts_to=end)
        for one in listed["files"]:
            if one["name"] == name:
                return str(one["id"])
        if page >= listed["paging"]["pages"]:
            raise EffectAbsent
    return None
