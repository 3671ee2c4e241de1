"""A whole workspace in memory: what people and the app do in it, and what it says to the app."""

import asyncio
import secrets
from collections.abc import Sequence

from localslack.control.passage import NoPassage, Passage
from localslack.control.tours import NoTours, Tours
from localslack.hub import RETRY_DELAYS
from localslack.outgoing.requests import echoes
from localslack.people.forms import Forms
from localslack.people.shortcuts import Shortcuts
from localslack.people.speaking import Speaking
from localslack.people.taking_part import TakingPart
from localslack.workspace.model import Reply, Workspace


class Slack(Speaking, Forms, Shortcuts, TakingPart):
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
