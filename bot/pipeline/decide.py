"""A person's word on a proposal: approve, reject, break the glass."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import traces
from bot.actions.base import Action
from bot.audit import trail
from bot.errors import AlreadyDecided, NotTheirs, OutOfDate
from bot.people import on_call
from bot.people.identity import Operator
from bot.pipeline import read_only, solo, step_up, telling
from bot.pipeline.core import (
    EXECUTE,
    Core,
    about,
    announced,
    approvals,
    deciders,
    ends_as,
    glass_key,
    lock_proposal,
    now,
    recorded,
    show_card,
    steps_recorded,
)
from bot.pipeline.judging import requirement
from bot.pipeline.telling import News
from bot.platform import staff
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import ALONE, AuditKind, Decision, Proposal, Revision, State, Verdict
from bot.store.queue import defer
from bot.words import listed, plain

NOTHING: Mapping[str, str] = MappingProxyType({})
ENDED_AS = {
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
    State.CANCELLED: "closed",
    State.FAILED: "failed; nothing was done",
    State.CLOSED: "closed",
}


@traces.traced("pipeline decide")
async def decide(
    core: Core,
    session: AsyncSession,
    operator: Operator,
    revision_id: uuid.UUID,
    verdict: Verdict,
    reason: str | None = None,
) -> Proposal:
    """Count the operator's word for exactly the revision they saw. Raises `Refused` with nothing changed."""
    revision = await session.get(Revision, revision_id)
    if revision is None:
        raise OutOfDate("That request no longer exists. Type the command again.")
    proposal = await lock_proposal(session, revision.proposal_id)
    await _still_open(session, proposal, revision_id)
    actions = await core.actions(session, revision)
    runs = await _allowed(core, session, operator, proposal, verdict, actions)
    word = Decision(revision_id=revision_id, staff_id=operator.id, verdict=verdict, reason=reason, runs=runs)
    await count(session, proposal, revision, operator, word, actions)
    return proposal


async def count(
    session: AsyncSession,
    proposal: Proposal,
    revision: Revision,
    operator: Operator,
    word: Decision,
    actions: Sequence[Action],
    facts: Mapping[str, str] = NOTHING,
) -> None:
    """Store a word that may be said, with its entry in the trail (`facts`: what more it says), and what follows."""
    await _say(session, word)
    await trail.append(
        session,
        AuditKind.BROKE_GLASS if word.verdict == Verdict.BREAK_GLASS else AuditKind.DECIDED,
        actor_id=operator.id,
        **recorded(proposal.id, actions),
        proposal_id=proposal.id,
        facts={
            "verdict": word.verdict,
            "revision": revision.number,
            "fingerprint": revision.fingerprint,
            **steps_recorded(actions),
            **facts,
        },
        details={"reason": word.reason} if word.reason else None,
    )
    await _follow(session, proposal, operator, word, Requirement.model_validate(proposal.requirement))
    await show_card(session, proposal)


async def _allowed(
    core: Core,
    session: AsyncSession,
    operator: Operator,
    proposal: Proposal,
    verdict: Verdict,
    actions: Sequence[Action],
) -> dt.datetime | None:
    """Whether they may say this of it now; when it runs, if that is by the clock. Raises `Refused`."""
    needs, runs = Requirement.model_validate(proposal.requirement), None
    if verdict is Verdict.REJECT:
        await _may_reject(session, operator, proposal, needs, about(actions))
        return None
    if verdict is Verdict.BREAK_GLASS:
        await _may_break_glass(core, session, operator, needs, about(actions))
    elif verdict is Verdict.SOLO:
        runs = await solo.check(core, session, operator, proposal, needs, actions)
    else:
        await _may_approve(core, session, operator, proposal, needs, actions)
    await read_only.refuse(session, actions)
    if needs.step_up:
        await step_up.require(core, session, operator, proposal.revision_id)
    return runs


async def _say(session: AsyncSession, word: Decision) -> None:
    """Their newest word is the one that counts: whoever approved may still turn it down, or break the glass."""
    before = Decision.revision_id == word.revision_id, Decision.staff_id == word.staff_id, Decision.voided.is_(None)
    await session.execute(update(Decision).where(*before).values(voided=func.now()))
    session.add(word)
    await session.flush()


async def _follow(
    session: AsyncSession, proposal: Proposal, operator: Operator, word: Decision, needs: Requirement
) -> None:
    if word.verdict == Verdict.REJECT:
        own = operator.id == proposal.requester_id
        state = await ends_as(session, proposal, State.CANCELLED if own else State.REJECTED)
        proposal.state, proposal.ended = state, func.now()
        # The card says who and why by their word; of what was begun, what that means.
        proposal.cause = f"{operator.name} rejected the remaining steps." if state is State.PARTLY else None
        news = News.PARTLY if state is State.PARTLY else News.WITHDRAWN if own else News.REJECTED
        await telling.askers(session, proposal, news, by=operator.id)
        return
    proposal.cause = None
    if enough(await approvals(session, proposal.revision_id), needs, proposal.requester_id):
        proposal.state = State.APPROVED
        for one in await announced(session, proposal.revision_id):
            one.voided = func.now()  # others carry it now: nothing runs alone
        await defer(session, EXECUTE, proposal_id=str(proposal.id))
    if word.verdict in ALONE:
        await _announce(session, word, proposal)


async def _announce(session: AsyncSession, word: Decision, proposal: Proposal) -> None:
    if word.verdict == Verdict.SOLO:
        await solo.announce(session, word, proposal)
        return
    await outbox.show(
        session,
        glass_key(word.id),
        channel="security",
        projection="break_glass",
        subject=str(word.id),
        follows=proposal.id,
    )


def enough(given: Sequence[Decision], needs: Requirement, requester_id: uuid.UUID) -> bool:
    """Whether these words carry the proposal."""
    if needs.no_approval or any(word.verdict in ALONE for word in given):
        return True
    if needs.self_approval and any(word.staff_id == requester_id for word in given):
        return True
    return len({word.staff_id for word in given if word.staff_id != requester_id}) >= needs.quorum


def may_go_alone(core: Core, operator: Operator, needs: Requirement, actions: Sequence[Action]) -> bool:
    """Whether the requester's own word is enough, with the roles they have now (promise 4)."""
    return needs.self_approval and requirement(core, operator, actions).self_approval


async def check_reject(core: Core, session: AsyncSession, operator: Operator, revision_id: uuid.UUID) -> Proposal:
    """The request, if the operator may turn it down now: looked at before they are asked why. Raises `Refused`."""
    revision = await session.get(Revision, revision_id)
    if revision is None:
        raise OutOfDate("That request no longer exists. Type the command again.")
    proposal = await lock_proposal(session, revision.proposal_id)
    await _still_open(session, proposal, revision_id)
    needs = Requirement.model_validate(proposal.requirement)
    await _may_reject(session, operator, proposal, needs, about(await core.actions(session, revision)))
    return proposal


async def _still_open(session: AsyncSession, proposal: Proposal, revision_id: uuid.UUID) -> None:
    if proposal.state != State.PENDING:
        raise AlreadyDecided(await what_became(session, proposal))
    if proposal.revision_id != revision_id:
        raise OutOfDate("The request has changed since you saw its card. Nothing was done: read the card again.")
    if await now(session) >= proposal.expires:
        raise AlreadyDecided("This request has expired, so nothing was done. If still needed, type the command again.")


async def what_became(session: AsyncSession, proposal: Proposal) -> str:
    """One sentence for somebody who clicked too late."""
    if proposal.state in (State.REJECTED, State.CANCELLED) and proposal.cause is None:
        turned_down = Decision.revision_id == proposal.revision_id, Decision.verdict == Verdict.REJECT
        by = await session.scalar(select(Decision.staff_id).where(*turned_down, Decision.voided.is_(None)))
        name = await staff.name_of(session, by)
        return (
            f"{name} has {'withdrawn' if by == proposal.requester_id else 'rejected'} this request. Nothing was done."
        )
    if proposal.state in ENDED_AS:
        return f"Already {ENDED_AS[State(proposal.state)]}. {proposal.cause or ''}".strip()
    words = await approvals(session, proposal.revision_id)
    if not words:
        return "Already running: it needed no approval."
    names = [await staff.name_of(session, word.staff_id) for word in words]
    return f"Already approved by {' and '.join(names)}; its card shows its state."


async def _may_approve(
    core: Core,
    session: AsyncSession,
    operator: Operator,
    proposal: Proposal,
    needs: Requirement,
    actions: Sequence[Action],
) -> None:
    own, concerned = operator.id == proposal.requester_id, about(actions)
    if own and may_go_alone(core, operator, needs, actions):
        return
    able = await deciders(session, proposal, actions)
    helpers = _helpers([one.name for one in able if one.id != operator.id])
    if own:
        raise NotTheirs(
            f"You asked for this yourself, so somebody else has to approve it: {helpers}", offers=("remind",)
        )
    if operator.id in concerned:
        raise NotTheirs(f"This is about you, so somebody else has to decide: {helpers}", offers=("remind",))
    if operator.id not in {one.id for one in able}:
        roles = [*map(plain, needs.approvers)]
        who = " or ".join([*roles, "the person who asked"] if needs.self_approval or not roles else roles)
        raise NotTheirs(
            f"You can't approve this (your roles: {operator.in_roles}). It needs {who}: {helpers}", offers=("remind",)
        )
    if operator.id in {word.staff_id for word in await approvals(session, proposal.revision_id)}:
        raise AlreadyDecided("You have already approved this; it waits for one more person.")


async def _may_reject(
    session: AsyncSession, operator: Operator, proposal: Proposal, needs: Requirement, concerned: set[uuid.UUID]
) -> None:
    if operator.id == proposal.requester_id:
        return
    if operator.id in concerned:  # or whoever is to be contained keeps turning it down
        raise NotTheirs("This is about you, so somebody else has to decide.", offers=("remind",))
    if operator.roles & set(needs.approvers):
        return
    requester = await staff.load(session, proposal.requester_id)
    roles = " or ".join(map(plain, needs.approvers)) or "nobody else"
    raise NotTheirs(f"Only {requester.name if requester else 'the person who asked'} or {roles} can reject this.")


async def _may_break_glass(
    core: Core, session: AsyncSession, operator: Operator, needs: Requirement, concerned: set[uuid.UUID]
) -> None:
    if not needs.break_glass:
        raise NotTheirs("The emergency override is only for actions that limit damage. This one needs an approval.")
    if not (await on_call.now(session, core.policy)).may_override(operator.email):
        raise NotTheirs(
            "Only the person on call can use the emergency override. Ask for an approval instead.", offers=("remind",)
        )
    if operator.id in concerned:
        raise NotTheirs("This is about you, so somebody else has to decide.", offers=("remind",))


def _helpers(names: list[str]) -> str:
    if not names:
        return "nobody else can at the moment."
    return f"{listed(names)} can."
