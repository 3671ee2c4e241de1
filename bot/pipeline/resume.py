"""Carrying on with a plan that was done in part, once what stopped it is gone."""

import datetime as dt
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.errors import AlreadyDecided, NotTheirs, OutOfDate
from bot.people.identity import Operator
from bot.pipeline import same
from bot.pipeline.core import EXECUTE, Core, about, done_of, lock_proposal, now, recorded, show_card
from bot.pipeline.decide import what_became
from bot.pipeline.propose import check_asker
from bot.pipeline.undo import undone_by
from bot.store.models import AuditKind, Proposal, Revision, State
from bot.store.queue import defer


async def resume(core: Core, session: AsyncSession, operator: Operator, revision_id: uuid.UUID) -> Proposal:
    """Have the rest done. Raises `Refused` where nothing is left to resume, or not by them.

    Whoever may ask for it may resume it. It runs on the approvals there are if they still count and nothing that they
    are bound to has changed; else its card asks anew. That is looked at under lock, as before the first step.
    """
    revision = await session.get(Revision, revision_id)
    if revision is None:
        raise OutOfDate("That request no longer exists. Type the command again.")
    proposal = await lock_proposal(session, revision.proposal_id)
    await _check(session, proposal, revision_id)
    actions = await core.actions(session, revision)
    await check_asker(core, session, operator, actions)
    if operator.id in about(actions) - {proposal.requester_id}:
        raise NotTheirs("This is about you, so somebody else has to resume it.")
    if proposal.same is not None:
        await same.refuse_if_open(session, operator, proposal.same)
    await trail.append(
        session,
        AuditKind.RESUMED,
        actor_id=operator.id,
        **recorded(proposal.id, actions),
        proposal_id=proposal.id,
        facts={"number": proposal.number, "done": sorted(await done_of(session, proposal))},
    )
    proposal.state, proposal.cause, proposal.ended = State.APPROVED, None, None
    proposal.expires = await now(session) + dt.timedelta(hours=core.policy.proposal_hours)
    await defer(session, EXECUTE, proposal_id=str(proposal.id))
    await show_card(session, proposal)
    return proposal


async def _check(session: AsyncSession, proposal: Proposal, revision_id: uuid.UUID) -> None:
    if proposal.state != State.PARTLY:
        raise AlreadyDecided(await what_became(session, proposal))
    if proposal.revision_id != revision_id:
        raise OutOfDate("The request has changed since you saw its card. Nothing was done: read the card again.")
    undoing = await undone_by(session, proposal.id)
    if undoing is not None:
        raise AlreadyDecided(
            f"Request {undoing.number} undoes the steps that were done, so this cannot be resumed.", card=undoing.id
        )
    again = await undone_by(session, proposal.undoes_id) if proposal.undoes_id is not None else None
    if again is not None:
        raise AlreadyDecided(f"Request {again.number} already undoes the same steps. Look at its card.", card=again.id)
