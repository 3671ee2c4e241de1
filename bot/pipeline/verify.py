"""Asking the platform whether a step really holds, until it does; the card says what it answered."""

import datetime as dt
import uuid

from sqlalchemy import func, select

from bot import audit
from bot.actions.base import Verified
from bot.errors import Unavailable
from bot.holds import telling
from bot.holds.kinds import kind_of
from bot.pipeline.core import Core, current_revision, lock_proposal, show_card
from bot.store.models import AuditKind, Execution, Hold, Proposal, Verification
from bot.store.queue import defer

# Seconds until the next question. The platform's caches live up to 5 min; after the last one a person has to look.
DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 15.0, 30.0, 60.0, 120.0, 180.0)
SETTLED = (Verification.CONFIRMED, Verification.RECORDED)


async def verify(core: Core, proposal_id: uuid.UUID, step: int, attempt: int) -> None:
    """Ask once, record the answer, and come back while it is not yet in force. Holds no lock while it waits."""
    async with core.database.transaction() as session:
        execution = await session.get_one(Execution, (proposal_id, step))
        if execution.verification in SETTLED:
            return
        revision = await current_revision(session, await session.get_one(Proposal, proposal_id))
        action = (await core.actions(session, revision))[step]
        expected = await action.expects(session, execution.outcome)
    if core.platform is None:
        answer = Verified(Verification.RECORDED)
    else:
        try:
            answer = await action.verify(expected, core.platform)
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


async def verify_end(core: Core, hold_id: uuid.UUID, attempt: int) -> None:
    """Ask whether the platform is as it should be now that a hold has ended, by what holds are open today."""
    async with core.database.transaction() as session:
        hold = await session.get_one(Hold, hold_id)
        if hold.verification in SETTLED:
            return
        kind = kind_of(hold)
        after = await kind.after(session, hold)
    if core.platform is None:
        state, at = Verification.RECORDED, None
    else:
        try:
            answer = await kind.confirm(core.platform, hold, after)
            state, at = (Verification.CONFIRMED, answer.at) if answer.agrees else (Verification.NOT_YET, None)
        except Unavailable:
            state, at = Verification.PENDING, None
    await _settle_end(core, hold_id, attempt, state, at)


async def _settle_end(
    core: Core, hold_id: uuid.UUID, attempt: int, state: Verification, at: dt.datetime | None
) -> None:
    async with core.database.transaction() as session:
        hold = await session.get_one(Hold, hold_id, with_for_update=True)
        if hold.verification in SETTLED:
            return
        changed, hold.verification = hold.verification != state, state
        if state in SETTLED:
            hold.verified = at or func.now()
            await audit.append(
                session,
                AuditKind.VERIFIED,
                actor_id=None,
                action="holds.verify",
                target=hold.target,
                proposal_id=hold.proposal_id,
                step=hold.step,
                facts={"hold": str(hold.id), "verification": state},
            )
        elif attempt < len(DELAYS):
            await defer(session, "verify_hold", hold_id=str(hold_id), attempt=attempt + 1, delay=DELAYS[attempt])
        if changed:
            await telling.end_verified(session, hold, kind_of(hold).concerned(hold))
