"""LocalSlack: what tests and the demo hold in their hands."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from bot.demo import hosting
from bot.demo.slack.hub import RETRY_DELAYS
from bot.demo.slack.people.forms import Forms
from bot.demo.slack.people.speaking import Speaking
from bot.demo.slack.web import build_app
from bot.demo.slack.workspace.model import Reply, Workspace


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
        async with hosting.serve(
            self.asgi, port, lifespan="off", ws="websockets-sansio", log_level="critical", timeout_graceful_shutdown=2
        ) as self.base_url:  # log_level: cut connections are ordered, see faults.py
            try:
                yield self.base_url
            finally:
                await self.close()
