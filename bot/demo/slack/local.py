"""LocalSlack: what tests and the demo hold in their hands."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator, Sequence

import uvicorn

from bot.demo.slack.forms import Forms
from bot.demo.slack.hub import RETRY_DELAYS
from bot.demo.slack.model import Reply, Workspace
from bot.demo.slack.speaking import Speaking
from bot.demo.slack.web import build_app


class LocalSlack(Speaking, Forms):
    """A whole workspace in memory, for the time this object lives."""

    def __init__(
        self,
        workspace: Workspace,
        request_url: str | None = None,
        *,
        ack_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        """`request_url` is where the app takes Slack's requests; None means Socket Mode.

        The seconds are Slack's own; tests may shorten them. `retry_delays` are those of events.
        """
        super().__init__(
            workspace,
            request_url,
            ack_seconds=ack_seconds,
            trigger_seconds=trigger_seconds,
            retry_delays=retry_delays,
        )
        self.asgi = build_app(self)

    async def repeat(self, delivery_id: str, times: int = 1, *, at_once: bool = False) -> list[Reply]:
        """Deliver the very same payload again, one after the other or all at once; nothing is shown."""
        if at_once:
            sent = await asyncio.gather(*(self.courier.repeat(delivery_id) for _ in range(times)))
            return [Reply.of(delivery) for delivery in sent]
        return [Reply.of(await self.courier.repeat(delivery_id)) for _ in range(times)]

    @contextlib.asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """Listen on 127.0.0.1 (port 0: any free one) and give the base url; ends with the block."""
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen()  # whoever connects before the server is up waits
            self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            server = _Server(_config(self))
            running = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield self.base_url
            finally:
                server.should_exit = True
                await self.close()
                await running


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to whoever runs us."""
        yield


def _config(slack: LocalSlack) -> uvicorn.Config:
    return uvicorn.Config(
        slack.asgi,
        lifespan="off",
        ws="websockets-sansio",
        log_level="critical",  # cut connections are ordered, see faults.py
        access_log=False,
        timeout_graceful_shutdown=2,
    )
