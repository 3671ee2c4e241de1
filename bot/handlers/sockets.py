"""Socket Mode: the same reception, over a connection that the bot opens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.handlers.reception import Reception

PING = 5.0  # seconds between pings; a connection that answers none for a while is replaced
PATIENCE = 5.0  # seconds that a start waits for the connection


@asynccontextmanager
async def connected(reception: Reception, app_token: str, client: AsyncWebClient) -> AsyncIterator[None]:
    """Socket Mode for the time of the block. The SDK tries again for ever; a start and an end do not wait for that."""

    async def take(sockets: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        answer = await reception.take(request.payload)
        if answer.status == 200:  # else Slack sends it again
            await sockets.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer.body))

    sockets = SocketModeClient(app_token=app_token, web_client=client, ping_interval=PING)
    sockets.socket_mode_request_listeners.append(take)
    connecting = asyncio.create_task(sockets.connect())  # type: ignore[no-untyped-call]
    try:
        await asyncio.wait({connecting}, timeout=PATIENCE)
        yield
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await sockets.close()  # type: ignore[no-untyped-call]
