"""Which emergency overrides there are, and who might look at one."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.policy import Requirement
from bot.store.models import Decision, Proposal, Revision, Verdict


@dataclass(frozen=True)
class Override:
    """Somebody's word that something ran on, without anybody else's."""

    word: Decision
    proposal: Proposal

    def concerns(self, person: uuid.UUID) -> bool:
        """They ordered it, or it was their wish: somebody else looks at it."""
        return person in (self.word.staff_id, self.proposal.requester_id)

    @property
    def reviewers(self) -> tuple[str, ...]:
        """The roles that may."""
        return Requirement.model_validate(self.proposal.requirement).approvers

    def for_review_by(self, person: uuid.UUID, roles: Collection[str]) -> bool:
        """Whether it is worth offering to them; whom it is about is known where it is reviewed."""
        return not self.concerns(person) and not set(self.reviewers).isdisjoint(roles)


async def overrides(session: AsyncSession, *conditions: Any) -> list[Override]:
    """Oldest first."""
    rows = await session.execute(
        select(Decision, Proposal)
        .join(Revision, Revision.id == Decision.revision_id)
        .join(Proposal, Proposal.id == Revision.proposal_id)
        .where(Decision.verdict == Verdict.BREAK_GLASS, *conditions)
        .order_by(Decision.at)
    )
    return [Override(word, proposal) for word, proposal in rows]


async def to_review(session: AsyncSession, *conditions: Any) -> list[Override]:
    """Those that nobody has looked at, oldest first."""
    return await overrides(session, Decision.reviewed.is_(None), *conditions)
