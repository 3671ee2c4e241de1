"""Links to what the bot has posted: wherever a card is mentioned, it is one click away."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot import rendering
from bot.channels import Channels
from bot.rendering import Element
from bot.store import outbox


async def to_card(session: AsyncSession, channels: Channels, proposal_id: uuid.UUID, words: str) -> Element:
    """A link to a request's card; the words alone while Slack does not have the card."""
    channel_id, ts = await outbox.place_of(session, outbox.card_key(proposal_id))
    return rendering.link(channels.permalink(channel_id, ts), words)
