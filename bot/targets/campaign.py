"""Campaigns: by name, and whose they are where several are called alike."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.platform import models
from bot.targets.owned import Owned


@dataclass(frozen=True)
class Campaign(Owned):
    """A campaign of a tenant: `Spring offer of Acme Corp`."""

    kind: ClassVar[str] = "campaign"
    noun: ClassVar[str] = "campaign"
    such_as: ClassVar[str] = "Quarterly news of Acme Corp"
    label: ClassVar[str] = "Campaign"
    usage: ClassVar[str] = "campaign"
    example: ClassVar[str] = "Quarterly news of Acme Corp"
    explanation: ClassVar[str] = (
        "a campaign by its name; if several have that name, with its tenant's name: Spring offer of Acme Corp"
    )
    hint: ClassVar[str] = "Type the beginning of its name"
    table: ClassVar[Any] = models.Campaign

    async def lock(self, session: AsyncSession) -> None:
        """What is held, and its row."""
        await super().lock(session)
        row = select(models.Campaign.id).where(models.Campaign.id == self.row_id)
        await session.execute(row.with_for_update(key_share=True))

    @classmethod
    def called(cls) -> InstrumentedAttribute[str]:
        return models.Campaign.name
