"""Stopping what is done in parts: the one under way is finished, the rest is left, to be resumed or taken back."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import AlreadyDecided, OutOfDate
from bot.people.identity import Operator
from bot.pipeline.core import Core, lock_proposal
from bot.pipeline.decide import what_became
from bot.pipeline.propose import check_asker
from bot.pipeline.revise import end
from bot.policy import Requirement
from bot.store.models import Proposal, Revision, State


async def stop(core: Core, session: AsyncSession, operator: Operator, revision_id: uuid.UUID) -> Proposal:
    """Have nothing more done of a plan. Whoever could ask for it may, and whoever could decide. Raises `Refused`."""
    revision = await session.get(Revision, revision_id)
    if revision is None:
        raise OutOfDate("That request no longer exists.")
    proposal = await lock_proposal(session, revision.proposal_id)
    if proposal.state not in (State.APPROVED, State.EXECUTING):
        raise AlreadyDecided(await what_became(session, proposal))
    needs = Requirement.model_validate(proposal.requirement)
    if operator.id != proposal.requester_id and not operator.roles & set(needs.approvers):
        await check_asker(core, session, operator, await core.actions(session, revision))
    await end(session, proposal, State.CANCELLED, f"{operator.name} stopped it.")
    return proposal
