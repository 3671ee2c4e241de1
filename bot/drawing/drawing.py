"""What is needed to draw something: the transaction it is read in, the bot around it, the channels it names."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.pipeline.core import Core


@dataclass(frozen=True)
class Drawing:
    """Something being drawn for somebody."""

    session: AsyncSession
    core: Core
    renderer: Renderer
    channels: Channels
