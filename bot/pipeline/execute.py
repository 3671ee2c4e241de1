"""Carrying out an approved plan: step by step, each in one transaction with its outcome and its audit entry."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import traces
from bot.actions.base import Action, Outcome
from bot.actions.composite import first_step
from bot.actions.impact import fingerprint
from bot.audit import trail
from bot.errors import NothingToDo, Refused
from bot.pipeline import access, effects, plan_review, pre_approved, read_only, results, telling
from bot.pipeline.core import (
    ALREADY,
    VERIFY,
    Core,
    approvals,
    current_revision,
    impacts_of,
    lock_proposal,
    plan_of,
    show_card,
)
from bot.pipeline.decide import enough
from bot.pipeline.judging import judge_again, tolerating
from bot.pipeline.propose import preview_again
from bot.pipeline.revise import end, needed_now, revise
from bot.pipeline.standing import distrust, look_again, staff_target, stands, void_words
from bot.pipeline.telling import News
from bot.pipeline.undo import refuse_if_superseded
from bot.platform import compliance, staff
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import AuditKind, Decision, Execution, Hold, Proposal, Revision, State, Verdict, Verification
from bot.store.queue import defer

PROGRESS = 5.0  # seconds between two drawings of how far something is that is done in parts


@traces.traced("pipeline execute")
async def execute(core: Core, proposal_id: uuid.UUID) -> None:
    """Run what is left of the plan. Safe to call twice, from several processes, and after a kill at any point."""
    more = True
    while more:
        async with core.database.transaction() as session:
            more = await _next_step(core, session, proposal_id)


async def give_up(core: Core, proposal_id: uuid.UUID, reference: str) -> None:
    """A step keeps failing for a reason nobody foresaw: end the proposal, with a reference that is in the logs."""
    async with core.database.transaction() as session:
        proposal = await lock_proposal(session, proposal_id)
        if proposal.state not in (State.APPROVED, State.EXECUTING):
            return
        cause = f"Something went wrong on my side (ref {reference}). Ask whoever runs me before you try again."
        await end(session, proposal, State.FAILED, cause)


async def _next_step(core: Core, session: AsyncSession, proposal_id: uuid.UUID) -> bool:
    """Carry out one step; True if another follows. Locks in the order of `bot/store/locks.py`."""
    original = await session.scalar(select(Proposal.undoes_id).where(Proposal.id == proposal_id))
    if original is not None:
        await lock_proposal(session, original)
    proposal = await lock_proposal(session, proposal_id)
    if proposal.state not in (State.APPROVED, State.EXECUTING):
        return False  # another worker has been here
    revision = await current_revision(session, proposal)
    try:
        actions = await core.actions(session, revision)
    except Refused as error:  # what it is about is gone
        await end(session, proposal, State.FAILED, str(error))
        return False
    done = await session.scalar(select(func.count()).where(Execution.proposal_id == proposal_id)) or 0
    number = first_step(actions) + done
    action = actions[number]
    if cause := await read_only.stops(session, actions[number:], by_itself=proposal.requester_id == staff.ITSELF):
        await end(session, proposal, State.FAILED, cause)
        return False
    if action.removes_access_of is not None or action.deprives:
        await access.hold_way_in(session)
    said = await approvals(session, revision.id)  # whoever gave another word would wait for the proposal
    await staff.hold(session, action.about, {word.staff_id for word in said} | {proposal.requester_id})
    await action.lock(session)
    under_way = proposal.state == State.EXECUTING  # else it begins, or is resumed, perhaps long after it was approved
    words = said if under_way else await _still_hold(core, session, proposal, revision, actions, said)
    outcome = await _carry_out(core, session, proposal, action, done) if words is not None else None
    if words is None or outcome is None:
        return False
    last = number + 1 == len(actions)
    if isinstance(outcome, Outcome):
        await _record(session, proposal, words, action, number, outcome)
    else:
        await _record_already(session, proposal, words, action, number, outcome)
    await _go_on(session, proposal, words, action, last=last)
    await plan_review.ask(session, proposal, actions)
    if last:
        await results.ask(session, proposal)
    return not last


async def _still_hold(
    core: Core,
    session: AsyncSession,
    proposal: Proposal,
    revision: Revision,
    actions: Sequence[Action],
    words: Sequence[Decision],
) -> Sequence[Decision] | None:
    """The words that it is done on, if the people and the facts they rest on are still what they were.

    Read under lock. None: it is not done, and its card says why.
    """
    requester = await pre_approved.asker(session, proposal, actions)
    if requester is None or not await stands(session, proposal, requester, actions):
        await end(session, proposal, State.CANCELLED, "The person who asked is no longer allowed to do this.")
        return None
    judged = judge_again(core, proposal, requester, actions, impacts_of(revision))
    needs = needed_now(proposal, judged.requirement)
    words = await _still_counting(core, session, proposal, needs, actions, words)
    if not enough(words, needs, proposal.requester_id):
        proposal.state = State.PENDING
        proposal.cause = "An approver is no longer allowed to approve this, so it needs a new approval."
        await show_card(session, proposal)
        await telling.asked_again(session, proposal, of=uuid.uuid4())
        return None
    try:
        if proposal.undoes_id is not None:
            await refuse_if_superseded(core, session, await session.get_one(Proposal, proposal.undoes_id))
        fresh = await preview_again(core, session, proposal, revision, actions)
        impacts = tolerating(core, revision, actions, fresh)
    except Refused as error:
        await end(session, proposal, State.FAILED, str(error))
        return None
    needs = needed_now(proposal, judge_again(core, proposal, requester, actions, impacts).requirement)
    same = needs.no_approval or fingerprint(plan_of(revision), impacts) == revision.fingerprint
    if same and enough(words, needs, proposal.requester_id):  # it may reach so many by now that it takes more
        return words
    await revise(session, proposal, revision, impacts)
    return None


async def _still_counting(
    core: Core,
    session: AsyncSession,
    proposal: Proposal,
    needs: Requirement,
    actions: Sequence[Action],
    words: Sequence[Decision],
) -> Sequence[Decision]:
    if needs.no_approval:
        return words
    void = await void_words(core, session, proposal, actions, words)
    return [word for word in words if word not in void]


async def _carry_out(
    core: Core, session: AsyncSession, proposal: Proposal, action: Action, done: int
) -> Outcome | str | None:
    """The action's own change; None when it turned out to be wrong, with the cause on the card.

    After other steps of the same plan, what is so already is no reason to stop: then what it says of that.
    """
    try:
        async with session.begin_nested():
            await access.keep_way_in(session, core.policy, action)
            return await action.execute(session, proposal.requester_id)
    except Refused as error:
        if done and isinstance(error, NothingToDo):
            return str(error)
        await end(session, proposal, State.FAILED, str(error))
        return None


async def _record_already(
    session: AsyncSession, proposal: Proposal, words: Sequence[Decision], action: Action, number: int, said: str
) -> None:
    """A step that somebody else has done meanwhile: it counts as done, and nothing of it is ours to take back."""
    outcome = {ALREADY: said}
    session.add(Execution(proposal_id=proposal.id, step=number, outcome=outcome, verification=Verification.OWN))
    await session.flush()
    await trail.append(
        session,
        AuditKind.EXECUTED,
        actor_id=proposal.requester_id,
        action=action.name,
        target=action.target,
        proposal_id=proposal.id,
        step=number,
        facts={"approved_by": [str(word.staff_id) for word in words], ALREADY: True},
        details=outcome,
    )


async def _record(
    session: AsyncSession,
    proposal: Proposal,
    words: Sequence[Decision],
    action: Action,
    number: int,
    outcome: Outcome,
) -> None:
    """Outcome, audit entry, compliance row and everything that follows: in the transaction of the change itself."""
    asked = Verification.PENDING if action.verifiable else Verification.OWN
    session.add(Execution(proposal_id=proposal.id, step=number, outcome=outcome.data, verification=asked))
    await session.flush()
    await trail.append(
        session,
        AuditKind.EXECUTED,
        actor_id=proposal.requester_id,
        action=action.name,
        target=action.target,
        proposal_id=proposal.id,
        step=number,
        facts={"approved_by": [str(word.staff_id) for word in words], "old": outcome.old, "new": outcome.new},
        details={"reason": proposal.reason, "parameters": action.step().parameters},
    )
    await _comply(session, proposal, words, action, outcome)
    if outcome.holds:
        placed = update(Hold).where(Hold.id.in_(outcome.holds))
        await session.execute(placed.values(proposal_id=proposal.id, step=number))
    await effects.plan(session, proposal.id, number, outcome.effects)
    await _made_untrue(session, action)
    if action.verifiable:
        await defer(session, VERIFY, proposal_id=str(proposal.id), step=number, attempt=0)


async def _comply(
    session: AsyncSession, proposal: Proposal, words: Sequence[Decision], action: Action, outcome: Outcome
) -> None:
    """The row in the platform's own compliance log."""
    resource_type, _, resource_id = action.target.partition(":")
    await compliance.record(
        session,
        actor_id=proposal.requester_id,
        action=action.name,
        resource_type=resource_type,
        resource_id=resource_id,
        tenant_id=action.tenant_id,
        old=outcome.old,
        new=outcome.new,
        metadata={"proposal": str(proposal.id), "approved_by": [str(word.staff_id) for word in words]},
    )


async def _go_on(
    session: AsyncSession, proposal: Proposal, words: Sequence[Decision], action: Action, *, last: bool
) -> None:
    """To the next step, or to the end; the card says how far it is."""
    proposal.state = State.SUCCEEDED if last else State.EXECUTING
    if last:
        proposal.ended = func.now()
        await _mark_undone(session, proposal)
        # of what ran by the clock whoever announced it hears, too
        own = all(word.staff_id == proposal.requester_id and word.verdict != Verdict.SOLO for word in words)
        await telling.askers(session, proposal, News.DONE, by=proposal.requester_id if own else None)
    if action.in_parts and not last:
        await outbox.refresh_seldom(session, outbox.card_key(proposal.id), every=PROGRESS)
    else:
        await show_card(session, proposal)


async def _made_untrue(session: AsyncSession, action: Action) -> None:
    """What others have open may rest on what is otherwise now: have it looked at, once."""
    untrusted = action.voids_decisions_of
    if untrusted is not None:
        await distrust(session, untrusted)
    if untrusted is None or action.target != staff_target(untrusted):
        await look_again(session, action.target)


async def _mark_undone(session: AsyncSession, proposal: Proposal) -> None:
    if proposal.undoes_id is None:
        return
    original = await session.get_one(Proposal, proposal.undoes_id)  # locked since the beginning
    original.state, original.ended = State.UNDONE, func.now()
    await show_card(session, original)
    await telling.askers(session, original, News.UNDONE, by=proposal.requester_id)
