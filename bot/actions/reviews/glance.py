"""Requests at a glance: with all that a list of them shows, in one statement, however many they are."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Text, cast, func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.requests.reads import LOOKED_AT, sees
from bot.actions.reviews.reads import ran_alone
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import OPEN, Decision, Message, Proposal, Revision, State

LATELY, EVER = text("interval '24 hours'"), text("interval '30 days'")

_NEWEST = union_all(
    select(Proposal.id).where(Proposal.state.in_(OPEN)),
    select(Proposal.id).where(Proposal.created > func.now() - EVER, Proposal.ended > func.now() - LATELY),
    select(Proposal.id)
    .join(Revision, Revision.proposal_id == Proposal.id)
    .join(Decision, Decision.revision_id == Revision.id)
    .where(Decision.reviewed.is_(None), ran_alone()),
)

_KEY = literal(outbox.card_key("")) + cast(Proposal.id, Text)
# Built once: building a statement takes as long as running it.
_ALL = (
    select(Proposal, Revision, Decision, Message.sent_channel, Message.ts)
    .join(Revision, Revision.id == Proposal.revision_id)
    .outerjoin(Decision, (Decision.revision_id == Revision.id) & Decision.reviewed.is_(None) & ran_alone())
    .outerjoin(Message, Message.key == _KEY)
    .where(Proposal.id.in_(_NEWEST))
    .order_by(Proposal.created.desc())
    .limit(LOOKED_AT)
)


@dataclass(frozen=True)
class Glance:
    """A request, with what was shown of it and where its card stands."""

    proposal: Proposal
    revision: Revision
    channel: str | None
    """Slack's id of the channel with the card; None while it is nowhere."""
    ts: str | None
    words: list[Decision] = field(default_factory=list)
    """On which it ran alone, and which nobody has reviewed."""

    def waits_for(self, person: uuid.UUID, roles: Collection[str]) -> bool:
        """Whether their word would carry it. What it is about is known by its targets; the click looks again."""
        if self.proposal.state != State.PENDING:
            return False
        needs = Requirement.model_validate(self.proposal.requirement)
        if self.proposal.requester_id == person:
            return needs.self_approval
        return f"staff:{person}" not in self.proposal.targets and not roles_apart(needs.approvers, roles)


def roles_apart(needed: Collection[str], held: Collection[str]) -> bool:
    return set(needed).isdisjoint(held)


async def at_a_glance(
    session: AsyncSession, viewer: uuid.UUID, roles: frozenset[str], allowed: frozenset[str]
) -> list[Glance]:
    """What is open, ended within a day or waits for a review, of what this staff member may see; the newest first."""
    found: dict[uuid.UUID, Glance] = {}
    for proposal, revision, word, channel, ts in await session.execute(_ALL):
        one = found.setdefault(proposal.id, Glance(proposal, revision, channel, ts))
        if word is not None:
            one.words.append(word)
    return [one for one in found.values() if sees(viewer, roles, allowed, one.proposal, one.revision.plan)]
