"""Asking the platform whether a step really holds, until it does; the card says what it answered."""

import uuid

from sqlalchemy import func, select

from bot import audit
from bot.actions.base import Verified
from bot.errors import Unavailable
from bot.pipeline.core import Core, current_revision, lock_proposal, show_card
from bot.store.models import AuditKind, Execution, Proposal, Verification
from bot.store.queue import defer

# Seconds until the next question. The platform's caches live 30 s; after the last one a person has to look.
DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 15.0, 30.0, 60.0, 120.0)
SETTLED = (Verification.CONFIRMED, Verification.RECORDED)


async def verify(core: Core, proposal_id: uuid.UUID, step: int, attempt: int) -> None:
    """Ask once, record the answer, and come back while it is not yet in force. Holds no lock while it waits."""
    async with core.database.transaction() as session:
        execution = await session.get_one(Execution, (proposal_id, step))
        if execution.verification in SETTLED:
            return
        revision = await current_revision(session, await session.get_one(Proposal, proposal_id))
        action = (await core.actions(session, revision))[step]
    if core.platform is None:
        answer = Verified(Verification.RECORDED)
    else:
        try:
            answer = await action.verify(execution.outcome, core.platform)
        except Unavailable:
            answer = Verified(Verification.PENDING)
    await _settle(core, proposal_id, step, attempt, answer)


async def _settle(core: Core, proposal_id: uuid.UUID, step: int, attempt: int, answer: Verified) -> None:
    async with core.database.transaction() as session:
        proposal = await lock_proposal(session, proposal_id)
        execution = (
            await session.scalars(
                select(Execution).where(Execution.proposal_id == proposal_id, Execution.step == step).with_for_update()
            )
        ).one()
        if execution.verification in SETTLED:
            return
        if answer.state in SETTLED:
            execution.verified = answer.at or func.now()
            await audit.append(
                session,
                AuditKind.VERIFIED,
                actor_id=None,
                action="pipeline.verify",
                target=f"proposal:{proposal_id}",
                proposal_id=proposal_id,
                step=step,
                facts={"verification": answer.state},
            )
        elif attempt < len(DELAYS):
            await defer(
                session,
                "verify",
                proposal_id=str(proposal_id),
                step=step,
                attempt=attempt + 1,
                delay=DELAYS[attempt],
            )
        if execution.verification != answer.state or answer.state in SETTLED:
            execution.verification = answer.state
            await show_card(session, proposal)
