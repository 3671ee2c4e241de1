"""LocalSlack: what tests and the demo hold in their hands."""

import contextlib
import socket
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from localslack import hosting
from localslack.outgoing.lines import Line
from localslack.slack import Slack
from localslack.web import build_app


class LocalSlack(Slack):
    """A workspace that can be reached: the Web API, Socket Mode and the page on one port."""

    @property
    def asgi(self) -> Starlette:
        return build_app(self)

    @contextlib.asynccontextmanager
    async def serve(self, where: int | socket.socket = 0, *, ping_seconds: float = 20.0) -> AsyncIterator[str]:
        """Answer on a port of 127.0.0.1 (0: any free one) or a socket, and give the base url; ends with the block.

        Every `ping_seconds` a WebSocket is asked for a sign of life, and cut off without one in as long.
        """
        async with hosting.serve(
            self.asgi,
            where,
            lifespan="off",
            ws=Line,
            ws_ping_interval=ping_seconds,
            ws_ping_timeout=ping_seconds,
            log_level="critical",  # cut connections are ordered, see faults.py
            timeout_graceful_shutdown=2,
        ) as self.base_url:
            try:
                yield self.base_url
            finally:
                await self.close()
