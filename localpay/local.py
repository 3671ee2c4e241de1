"""LocalPay: what tests and the demo hold in their hands."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from localpay.account import Account
from localpay.ledger import passing
from localpay.web import build_app
from localslack import hosting

LOOKS = 1.0
"""Every so many seconds it is looked whether something is due."""


class LocalPay(Account):
    """An account that can be reached: the API and the page on one port."""

    @property
    def asgi(self) -> Starlette:
        return build_app(self)

    @contextlib.asynccontextmanager
    async def serve(self, where: int | socket.socket = 0) -> AsyncIterator[str]:
        """Answer on a port of 127.0.0.1 (0: any free one) or a socket, and give the base url; ends with the block."""
        async with hosting.serve(
            self.asgi, where, lifespan="off", log_level="critical", date_header=False, timeout_graceful_shutdown=2
        ) as self.base_url:
            self.webhooks.start()
            looking = asyncio.create_task(self._look())
            try:
                yield self.base_url
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
                await self.webhooks.close()

    async def _look(self) -> None:
        """What is due happens, also where time was moved elsewhere."""
        while True:
            passing.catch_up(self.ledger)
            await asyncio.sleep(LOOKS)
