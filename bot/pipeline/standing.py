"""Whether what people said and asked for still stands, now that somebody's roles are fewer."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import identity
from bot.actions.base import Action
from bot.identity import Operator
from bot.pipeline import access
from bot.pipeline.core import Core, about, eligible
from bot.pipeline.decide import may_go_alone
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import Decision, Proposal, Revision, State, Verdict


async def counts(
    core: Core, session: AsyncSession, proposal: Proposal, actions: Sequence[Action], word: Decision
) -> bool:
    """Whether somebody's word in favour is one that they could still give."""
    needs = Requirement.model_validate(proposal.requirement)
    person = await identity.operator_by_id(session, word.staff_id)
    if person is None:
        return False
    if word.verdict == Verdict.BREAK_GLASS:
        return core.policy.is_on_call(person.email)
    if person.id == proposal.requester_id and may_go_alone(core, person, needs, actions):
        return True
    able = await eligible(session, needs, proposal.requester_id, about(actions))
    return person.id in {one.id for one in able}


def may_ask(operator: Operator | None, actions: Sequence[Action]) -> bool:
    """Whether somebody could ask for all of this now."""
    return operator is not None and all(
        operator.may(action.permission) and action.refuses(operator) is None for action in actions
    )


async def reduce(core: Core, session: AsyncSession, staff_id: uuid.UUID, *, but: uuid.UUID | None = None) -> None:
    """Take back those open words and requests of somebody that rested on roles they no longer hold (promise 4).

    Open cards name who may approve: all of them are drawn anew. `but`: the proposal that brings this about.
    """
    for word in await access.open_approvals(session, staff_id, but):
        revision = await session.get_one(Revision, word.revision_id)
        proposal = await session.get_one(Proposal, revision.proposal_id)
        if not await counts(core, session, proposal, await core.actions(session, revision), word):
            await access.void_approval(session, word)
    operator = await identity.operator_by_id(session, staff_id)
    for proposal_id in await access.open_requests(session, staff_id, but):
        proposal = await session.get_one(Proposal, proposal_id)
        revision = await session.get_one(Revision, proposal.revision_id)
        if not may_ask(operator, await core.actions(session, revision)):
            await access.void_request(session, proposal_id)
    for open_id in await session.scalars(select(Proposal.id).where(Proposal.state == State.PENDING)):
        await outbox.refresh(session, outbox.card_key(open_id))
