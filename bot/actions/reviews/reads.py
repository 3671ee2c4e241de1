"""What ran without approval (emergency overrides, self-healing), and who might look at it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.composite import Composite
from bot.actions.registry import Registry, registry
from bot.policy import Requirement
from bot.store.models import AuditEntry, AuditKind, Decision, Execution, Proposal, Revision, State, Verdict

PLAN_REVIEWED = "pipeline.review"  # in the trail, of a plan that somebody looked at
KEPT = text("interval '90 days'")  # what nobody has looked at for so long, nobody will


@dataclass(frozen=True)
class Override:
    """Somebody's word that something ran on, without anybody else's."""

    word: Decision
    proposal: Proposal

    @property
    def channel(self) -> str:
        """Where it was announced: to security, or where its card is to those who might have stopped it."""
        return self.proposal.channel if self.word.verdict == Verdict.SOLO else "security"

    def concerns(self, person: uuid.UUID) -> bool:
        """They ordered it, or it was their wish: somebody else looks at it."""
        return person in (self.word.staff_id, self.proposal.requester_id)

    @property
    def by_itself(self) -> bool:
        """The bot did it, as the policy allows: there is nobody to ask about it."""
        return self.word.verdict == Verdict.PRE_APPROVED

    @property
    def reviewers(self) -> tuple[str, ...]:
        """The roles that may."""
        return Requirement.model_validate(self.proposal.requirement).approvers

    def for_review_by(self, person: uuid.UUID, roles: Collection[str]) -> bool:
        """Whether it is worth offering to them; whom it is about is known where it is reviewed."""
        return not self.concerns(person) and not set(self.reviewers).isdisjoint(roles)


DONE = (State.SUCCEEDED, State.PARTLY, State.UNDONE)


def ran_alone() -> ColumnElement[bool]:
    """Of what was announced with a delay, or approved in advance, only that which ran so: what others decided or
    stopped needs no review.
    """
    by_word = Decision.verdict.in_([Verdict.SOLO, Verdict.PRE_APPROVED])
    ran = by_word & Decision.voided.is_(None) & Proposal.state.in_(DONE)
    return or_(Decision.verdict == Verdict.BREAK_GLASS, ran & (Proposal.revision_id == Decision.revision_id))


async def overrides(session: AsyncSession, *conditions: Any) -> list[Override]:
    """Oldest first."""
    rows = await session.execute(
        select(Decision, Proposal)
        .join(Revision, Revision.id == Decision.revision_id)
        .join(Proposal, Proposal.id == Revision.proposal_id)
        .where(ran_alone(), *conditions)
        .order_by(Decision.at)
    )
    return [Override(word, proposal) for word, proposal in rows]


async def plans_to_review(session: AsyncSession, *conditions: Any, among: Registry = registry) -> list[Proposal]:
    """Begun plans of which somebody not involved is asked to look at what happened, and nobody has; oldest first."""
    names = [one.name for one in among.by_name.values() if issubclass(one, Composite) and one.reviewed]
    looked_at = exists().where(
        AuditEntry.proposal_id == Proposal.id,
        AuditEntry.kind == AuditKind.REVIEWED,
        AuditEntry.action == PLAN_REVIEWED,
    )
    found = await session.scalars(
        select(Proposal)
        .join(Revision, Revision.id == Proposal.revision_id)
        .where(
            Revision.plan[0]["action"].astext.in_(names),
            Proposal.created > func.now() - KEPT,
            exists().where(Execution.proposal_id == Proposal.id),
            ~looked_at,
            *conditions,
        )
        .order_by(Proposal.created)
    )
    return list(found)


async def to_review(session: AsyncSession, *conditions: Any) -> list[Override]:
    """Those that nobody has looked at, oldest first."""
    return await overrides(session, Decision.reviewed.is_(None), *conditions)
