"""LocalSlack: what tests and the demo hold in their hands."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Sequence

from bot.demo import hosting
from bot.demo.slack.control.passage import NoPassage, Passage
from bot.demo.slack.control.tours import NoTours, Tours
from bot.demo.slack.hub import RETRY_DELAYS
from bot.demo.slack.outgoing.lines import Line
from bot.demo.slack.outgoing.requests import echoes
from bot.demo.slack.people.forms import Forms
from bot.demo.slack.people.shortcuts import Shortcuts
from bot.demo.slack.people.speaking import Speaking
from bot.demo.slack.people.taking_part import TakingPart
from bot.demo.slack.web import build_app
from bot.demo.slack.workspace.model import Reply, Workspace


class LocalSlack(Speaking, Forms, Shortcuts, TakingPart):
    """A whole workspace in memory, for the time this object lives."""

    def __init__(
        self,
        workspace: Workspace,
        request_url: str | None = None,
        *,
        ack_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        limits: bool = True,
    ) -> None:
        """`request_url` is where the app takes Slack's requests; None means Socket Mode.

        The seconds are Slack's own; tests may shorten them. `retry_delays` are those of events. Without `limits`
        the app may call as often as it likes.
        """
        super().__init__(
            workspace,
            request_url,
            ack_seconds=ack_seconds,
            trigger_seconds=trigger_seconds,
            retry_delays=retry_delays,
            limits=limits,
        )
        self.tours: Tours = NoTours()
        self.passage: Passage = NoPassage()
        self.asgi = build_app(self)

    async def verify_url(self) -> Reply:
        """Ask the request URL for a challenge back, as Slack does before it takes one; error "" when it passes."""
        challenge = secrets.token_urlsafe(39)
        delivery = await self.courier.deliver("event", self.payloads.url_verification(challenge))
        if not delivery.error and not echoes(delivery.body, challenge):
            delivery.error = "challenge_failed"
        return Reply.of(delivery)

    async def repeat(self, delivery_id: str, times: int = 1, *, at_once: bool = False) -> list[Reply]:
        """Deliver the very same payload again, one after the other or all at once; nothing is shown."""
        if at_once:
            sent = await asyncio.gather(*(self.courier.repeat(delivery_id) for _ in range(times)))
            return [Reply.of(delivery) for delivery in sent]
        return [Reply.of(await self.courier.repeat(delivery_id)) for _ in range(times)]

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
