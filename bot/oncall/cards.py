"""What is drawn of being on call: to those whom a swap concerns."""

import uuid
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.platform import staff
from bot.store.models import JSON, OnCallSwap


@dataclass(frozen=True)
class OnCallCards:
    """Projections; their subjects are ids."""

    renderer: Renderer

    async def swap(self, session: AsyncSession, subject: str) -> JSON:
        """To whoever stands in, or is stood in for; changes in place where it is taken back."""
        swap_id, _, reader = subject.partition(":")
        row = await session.get_one(OnCallSwap, uuid.UUID(swap_id))
        return self.renderer.message(
            "oncall/swap.j2",
            Clearance.CHANNEL,
            row=row,
            yours=row.staff_id == uuid.UUID(reader),
            who=await staff.name_of(session, row.staff_id),
            by=await staff.name_of(session, row.made_by),
        )
