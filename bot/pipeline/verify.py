"""Asking the platform whether a step really holds, until it does; the card says what it answered."""

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Verified
from bot.audit import trail
from bot.errors import NotAsked, OutOfReach, Unavailable
from bot.holds import telling
from bot.holds.engine import VERIFY_HOLD
from bot.holds.kind import Kind
from bot.holds.kinds import kind_of
from bot.integrations.platform.probe import PlatformProbe
from bot.pipeline.core import VERIFY, Core, current_revision, lock_proposal, show_card
from bot.store import outbox
from bot.store.models import JSON, AuditKind, Execution, Hold, Proposal, StaffLink, Verification
from bot.store.queue import defer

# Seconds until the next question. The platform's caches live up to 5 min; after the last one a person has to look.
DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 15.0, 30.0, 60.0, 120.0, 180.0)
SETTLED = (Verification.CONFIRMED, Verification.RECORDED, Verification.OWN)
SKEW = dt.timedelta(seconds=30)  # by which the platform's clock may be behind the database's
AGAIN = dt.timedelta(days=1)  # until what was never confirmed is asked about once more
AT_ONCE = 100  # of them in one sweep


async def verify(core: Core, proposal_id: uuid.UUID, step: int, attempt: int) -> None:
    """Ask once, record the answer, and come back while it is not yet in force. Holds no lock while it waits."""
    async with core.database.transaction() as session:
        execution = await session.get_one(Execution, (proposal_id, step))
        if execution.verification in SETTLED:
            return
        revision = await current_revision(session, await session.get_one(Proposal, proposal_id))
        actions = await core.actions_there(session, revision)
        expected = await actions[step].expects(session, execution.outcome) if actions else {}
    if core.platform is None:
        answer = Verified(Verification.RECORDED)
    elif not actions:
        answer = Verified(Verification.PENDING)  # what it is about is gone: nobody can say
    else:
        try:
            answer = _fresh(await actions[step].verify(expected, core.platform), execution.at)
        except NotAsked:
            answer = Verified(Verification.RECORDED)
        except OutOfReach as error:
            answer = Verified(Verification.PENDING, waits=str(error))
        except Unavailable:
            answer = Verified(Verification.PENDING)
    await _settle(core, proposal_id, step, attempt, answer)


def _fresh(answer: Verified, since: dt.datetime) -> Verified:
    """An answer from before the change says nothing about it."""
    return answer if answer.at is None or answer.at >= since - SKEW else Verified(Verification.PENDING)


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
            await trail.append(
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
                VERIFY,
                proposal_id=str(proposal_id),
                step=step,
                attempt=attempt + 1,
                delay=DELAYS[attempt],
            )
        else:
            answer = Verified(Verification.UNCONFIRMED, waits=answer.waits)
        before, told = execution.verification, execution.waits
        execution.verification, execution.waits, execution.asked = answer.state, answer.waits, func.now()
        if (before, told) != (answer.state, answer.waits):
            await show_card(session, proposal)
            await _tell_unconfirmed(session, proposal, before, answer.state)


async def _tell_unconfirmed(session: AsyncSession, proposal: Proposal, before: str, state: Verification) -> None:
    """Security and whoever asked hear that the platform never confirmed it; and, there, when it does after all."""
    key = f"unconfirmed:{proposal.id}"
    linked = await session.scalars(select(StaffLink.slack_user_id).where(StaffLink.staff_id == proposal.requester_id))
    for channel in ("security", *linked):
        if state is Verification.UNCONFIRMED:
            await outbox.show(
                session, f"{key}:{channel}", channel=channel, projection="unconfirmed", subject=str(proposal.id)
            )
        elif before == Verification.UNCONFIRMED:
            await outbox.refresh(session, f"{key}:{channel}")


async def ask_again(core: Core) -> int:
    """Ask once more about what was never confirmed, a day after the last time; how many. Any clock may call it."""
    async with core.database.transaction() as session:
        old = func.now() - AGAIN
        executions = await session.scalars(
            select(Execution)
            .where(Execution.verification == Verification.UNCONFIRMED, Execution.asked < old)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        holds = await session.scalars(
            select(Hold)
            .where(Hold.verification == Verification.UNCONFIRMED, Hold.asked < old)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        asked = 0
        for execution in executions:
            await ask_now(session, execution)
            asked += 1
        for hold in holds:
            hold.asked = func.now()
            await defer(session, VERIFY_HOLD, hold_id=str(hold.id), attempt=len(DELAYS))
            asked += 1
        return asked


async def ask_now(session: AsyncSession, execution: Execution) -> None:
    """Have the platform asked once more about a step."""
    execution.asked = func.now()
    await defer(session, VERIFY, proposal_id=str(execution.proposal_id), step=execution.step, attempt=len(DELAYS))


async def verify_end(core: Core, hold_id: uuid.UUID, attempt: int) -> None:
    """Ask whether the platform is as it should be now that a hold has ended, by what holds are open today."""
    async with core.database.transaction() as session:
        hold = await session.get_one(Hold, hold_id)
        if hold.verification in SETTLED:
            return
        kind = kind_of(hold)
        after = await kind.after(session, hold)
    await _settle_end(core, hold_id, attempt, await _asked_of_end(core.platform, kind, hold, after))


async def _asked_of_end(platform: PlatformProbe | None, kind: Kind, hold: Hold, after: JSON) -> Verified:
    if platform is None:
        return Verified(Verification.RECORDED)
    try:
        answer = await kind.confirm(platform, hold, after)
    except NotAsked:
        return Verified(Verification.RECORDED)
    except OutOfReach as error:
        return Verified(Verification.PENDING, waits=str(error))
    except Unavailable:
        return Verified(Verification.PENDING)
    old = hold.ended is not None and answer.at < hold.ended - SKEW
    agrees = answer.agrees and not old
    return Verified(Verification.CONFIRMED, answer.at) if agrees else Verified(Verification.NOT_YET)


async def _settle_end(core: Core, hold_id: uuid.UUID, attempt: int, answer: Verified) -> None:
    state = answer.state
    async with core.database.transaction() as session:
        hold = await session.get_one(Hold, hold_id, with_for_update=True)
        if hold.verification in SETTLED:
            return
        if state not in SETTLED and attempt >= len(DELAYS):
            state = Verification.UNCONFIRMED
        changed = (hold.verification, hold.waits) != (state, answer.waits)
        given_up = hold.verification != state and state is Verification.UNCONFIRMED
        hold.verification, hold.waits, hold.asked = state, answer.waits, func.now()
        if state in SETTLED:
            hold.verified = answer.at or func.now()
            await trail.append(
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
            await defer(session, VERIFY_HOLD, hold_id=str(hold_id), attempt=attempt + 1, delay=DELAYS[attempt])
        if changed:
            await telling.end_verified(session, hold, kind_of(hold).concerned(hold))
        if given_up:
            await telling.end_unconfirmed(session, hold)
