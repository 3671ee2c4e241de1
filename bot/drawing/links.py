"""Links to what the bot has posted: wherever a card is mentioned, it is one click away."""

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import Channels
from bot.drawing import elements
from bot.drawing.elements import Element
from bot.errors import Later
from bot.pipeline.core import now
from bot.store import outbox
from bot.store.models import Proposal

PATIENCE = dt.timedelta(seconds=20)  # with a card that is not in Slack yet, before it is mentioned without a link
AGAIN = 0.3  # seconds until it is looked for once more


async def to_card(session: AsyncSession, channels: Channels, proposal_id: uuid.UUID, words: str) -> Element:
    """A link to a request's card; the words alone while Slack does not have the card."""
    channel_id, ts = await outbox.place_of(session, outbox.card_key(proposal_id))
    return elements.link(channels.permalink(channel_id, ts), words)


async def to_messages(session: AsyncSession, channels: Channels, words: Mapping[str, str]) -> dict[str, Element]:
    """A link to each of these messages, by its key, with its words; the words alone while it is not in Slack."""
    found = await outbox.places_of(session, words)
    return {
        key: elements.link(channels.permalink(*found.get(key, (None, None))), words) for key, words in words.items()
    }


async def once_there(
    session: AsyncSession, channels: Channels, proposal: Proposal, words: str | None = None
) -> Element:
    """As `to_card`, for a request just asked for: `Later` is raised while its card is on its way to Slack."""
    _, ts = await outbox.place_of(session, outbox.card_key(proposal.id))
    if ts is None and await now(session) < proposal.created + PATIENCE:
        raise Later(AGAIN, "the card is on its way")
    return await to_card(session, channels, proposal.id, words or f"request {proposal.number}")
