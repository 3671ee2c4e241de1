"""Whether what people said and asked for still stands, and whether what an open card says is still so.

Whatever changes one of these on the way defers a job (`recheck`) in its own transaction; what changed without the bot
is found by a sweep. Both look at one proposal after the other, each in a transaction of its own.
"""

import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import asked_for
from bot.actions.impact import fingerprint
from bot.audit import trail
from bot.errors import InvalidParameter, NothingToDo, Refused
from bot.holds import read_only
from bot.holds.engine import RECHECK
from bot.people import identity, on_call
from bot.people.identity import Operator
from bot.pipeline import pre_approved, telling
from bot.pipeline.access import UNDECIDED
from bot.pipeline.core import (
    Core,
    about,
    announced,
    approvals,
    current_revision,
    eligible,
    impacts_of,
    lock_proposal,
    plan_of,
    show_card,
)
from bot.pipeline.decide import enough, may_go_alone
from bot.pipeline.judging import judge_again, tolerating
from bot.pipeline.propose import preview_again
from bot.pipeline.revise import end, needed_now, revise
from bot.pipeline.solo import may_announce
from bot.pipeline.undo import refuse_if_superseded
from bot.platform import staff
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import AuditKind, Decision, LostTrust, Proposal, Revision, State, Verdict
from bot.store.queue import defer

STAFF = "staff:"
MOST = 500  # proposals that one change has looked at
LATE = 50  # finished ones of them
AT_ONCE = 20  # in one sweep
OPEN_EVERY, DONE_EVERY = text("interval '30 seconds'"), text("interval '10 minutes'")
DONE_FOR = text("interval '7 days'")  # as long as somebody may still go by a finished card
SHOWN_EVERY = text("interval '5 minutes'")  # for what is shown and not bound: numbers move all the time

_LOST = select(LostTrust.at).where(LostTrust.staff_id == bindparam("staff_id"), LostTrust.at >= bindparam("moment"))

log = structlog.get_logger()


# What counts


async def distrust(session: AsyncSession, staff_id: uuid.UUID) -> None:
    """From now on nothing counts that somebody has said or asked for before (promise 4)."""
    now = func.clock_timestamp()
    lost = insert(LostTrust).values(staff_id=staff_id, at=now)
    await session.execute(lost.on_conflict_do_update(index_elements=[LostTrust.staff_id], set_={"at": now}))
    await look_again(session, staff_target(staff_id))


def staff_target(staff_id: uuid.UUID) -> str:
    """Names a staff member, as actions do."""
    return f"{STAFF}{staff_id}"


async def look_again(session: AsyncSession, target: str) -> None:
    """Something about the target has changed: have what is open about it looked at, after this transaction."""
    await defer(session, RECHECK, target=target)


async def counts(
    core: Core, session: AsyncSession, proposal: Proposal, actions: Sequence[Action], word: Decision
) -> bool:
    """Whether somebody's word in favour is one that they could still give."""
    needs = Requirement.model_validate(proposal.requirement)
    if word.verdict == Verdict.PRE_APPROVED:
        return await pre_approved.counts(core, session, proposal, actions)
    person = await identity.operator_by_id(session, word.staff_id)
    if person is None or await _lost_trust_since(session, word.staff_id, word.at):
        return False
    if word.verdict == Verdict.BREAK_GLASS:
        return (await on_call.now(session, core.policy, word.at)).may_override(person.email)
    if word.verdict == Verdict.SOLO:
        return may_announce(core, person, proposal, needs, actions)
    if person.id == proposal.requester_id and may_go_alone(core, person, needs, actions):
        return True
    able = await eligible(session, needs, proposal.requester_id, about(actions))
    return person.id in {one.id for one in able}


async def stands(
    session: AsyncSession, proposal: Proposal, requester: Operator | None, actions: Sequence[Action]
) -> bool:
    """Whether whoever asked for all of this could ask for it now."""
    return (
        requester is not None
        and all(one.allowed(requester) and one.refuses(requester) is None for one in asked_for(actions))
        and not await _lost_trust_since(session, proposal.requester_id, proposal.created)
    )


async def _lost_trust_since(session: AsyncSession, staff_id: uuid.UUID, moment: object) -> bool:
    return await session.scalar(_LOST, {"staff_id": staff_id, "moment": moment}) is not None


async def void_words(
    core: Core, session: AsyncSession, proposal: Proposal, actions: Sequence[Action], words: Sequence[Decision]
) -> list[Decision]:
    """Void those of the words in favour that could not be given any more; which they are."""
    void = [word for word in words if not await counts(core, session, proposal, actions, word)]
    for word in void:
        word.voided = func.now()
        await _note(session, proposal, word.staff_id, {"decision": str(word.id)})
    await session.flush()
    return void


async def _note(session: AsyncSession, proposal: Proposal, staff_id: uuid.UUID, facts: dict[str, str]) -> None:
    await trail.append(
        session,
        AuditKind.VOIDED,
        actor_id=None,
        action="pipeline.void",
        target=staff_target(staff_id),
        proposal_id=proposal.id,
        facts=facts,
    )


# Looking again


async def recheck(core: Core, target: str) -> None:
    """Look at whatever the target's change may have made untrue; of a staff member, that is all that is open, and so it
    is of the bot's read-only mode.
    """
    thing = target.partition("/")[0]
    async with core.database.transaction() as session:
        everything = thing.startswith(STAFF) or thing == read_only.TARGET
        on_it = Proposal.targets.contains([thing])
        open_ones = select(Proposal.id).where(Proposal.state.in_(UNDECIDED)).order_by(Proposal.number)
        found = await session.scalars((open_ones if everything else open_ones.where(on_it)).limit(MOST))
        done = select(Proposal.id).where(Proposal.state == State.SUCCEEDED, on_it)
        done = done.order_by(Proposal.number.desc()).limit(LATE)
        ids = [*found, *await session.scalars(done)]
    await _each(core, ids, shown_too=True)


async def sweep(core: Core) -> int:
    """Look at what has not been looked at for a while: others change things too. How many; any clock may call it."""
    async with core.database.transaction() as session:
        due = [
            (Proposal.state.in_(UNDECIDED) & (Proposal.looked < func.now() - OPEN_EVERY)),
            (Proposal.state == State.SUCCEEDED)
            & (Proposal.looked < func.now() - DONE_EVERY)
            & (Proposal.ended > func.now() - DONE_FOR),
        ]
        ids: list[uuid.UUID] = []
        for condition in due:
            waiting = select(Proposal.id).where(condition).order_by(Proposal.looked).limit(AT_ONCE)
            taken = update(Proposal).where(Proposal.id.in_(waiting.with_for_update(skip_locked=True)))
            ids += await session.scalars(taken.values(looked=func.now()).returning(Proposal.id))
    await _each(core, ids, shown_too=False)
    return len(ids)


async def _each(core: Core, ids: Sequence[uuid.UUID], *, shown_too: bool) -> None:
    for proposal_id in ids:
        try:
            async with core.database.transaction() as session:
                await _look_at(core, session, proposal_id, shown_too=shown_too)
        except DBAPIError as error:  # somebody holds it: the next sweep looks again
            log.warning("a proposal waits for the next look", proposal=str(proposal_id), error=type(error).__name__)


async def _look_at(core: Core, session: AsyncSession, proposal_id: uuid.UUID, *, shown_too: bool) -> None:
    proposal = await lock_proposal(session, proposal_id)
    if proposal.state in UNDECIDED:
        await _judge(core, session, proposal, shown_too=shown_too)
    await session.flush()
    await outbox.refresh(session, outbox.card_key(proposal_id))  # names who may approve, and what came after


async def _judge(core: Core, session: AsyncSession, proposal: Proposal, *, shown_too: bool) -> None:
    """What the open proposal rests on, as it is now."""
    revision = await current_revision(session, proposal)
    try:
        actions = await core.actions(session, revision)
    except Refused as error:  # what it is about is gone
        await end(session, proposal, State.CLOSED, str(error))
        return
    requester = await pre_approved.asker(session, proposal, actions)
    if requester is None or not await stands(session, proposal, requester, actions):
        name = await staff.name_of(session, proposal.requester_id)
        await _note(session, proposal, proposal.requester_id, {})
        cause = f"{name}, who asked for it, no longer has the access needed for it."
        await end(session, proposal, State.CANCELLED, cause)
        return
    judged = judge_again(core, proposal, requester, actions, impacts_of(revision))
    needs = needed_now(proposal, judged.requirement)
    words = await approvals(session, proposal.revision_id)
    said = [*words, *await announced(session, proposal.revision_id)]
    if void := await void_words(core, session, proposal, actions, said):
        await _without(session, proposal, needs, [word for word in words if word not in void], void)
    if proposal.state == State.PENDING:  # what is approved is compared when it runs
        await _compare(core, session, proposal, revision, actions, shown_too=shown_too)


async def _without(
    session: AsyncSession,
    proposal: Proposal,
    needs: Requirement,
    left: Sequence[Decision],
    void: Sequence[Decision],
) -> None:
    """What the void words carried waits for others, unless those that are left carry it."""
    if not enough(left, needs, proposal.requester_id):
        proposal.state = State.PENDING
    names = [await staff.name_of(session, word.staff_id) for word in void]
    proposal.cause = f"The approval of {' and '.join(names)} no longer counts."
    await show_card(session, proposal)
    await telling.asked_again(session, proposal, of=void[0].id)


async def _compare(
    core: Core,
    session: AsyncSession,
    proposal: Proposal,
    revision: Revision,
    actions: Sequence[Action],
    *,
    shown_too: bool,
) -> None:
    """Bind it anew where a bound fact is another; what is only shown is shown as it is."""
    try:
        if proposal.undoes_id is not None:
            await refuse_if_superseded(core, session, await session.get_one(Proposal, proposal.undoes_id))
        now = await preview_again(core, session, proposal, revision, actions)
        impacts = tolerating(core, revision, actions, now)
    except (NothingToDo, InvalidParameter) as error:
        await end(session, proposal, State.CLOSED, str(error))
        return
    except Refused:
        return  # such as the last way in: that may be otherwise until somebody has decided, and is said then
    if fingerprint(plan_of(revision), impacts) != revision.fingerprint:
        await revise(session, proposal, revision, impacts)
        return
    fresh = [impact.model_dump(mode="json") for impact in impacts]
    stale = await session.scalar(
        select(Revision.id).where(Revision.id == revision.id, Revision.read < func.now() - SHOWN_EVERY)
    )
    if fresh != revision.impacts and (shown_too or stale):
        revision.impacts, revision.read = fresh, func.now()
        await show_card(session, proposal)
