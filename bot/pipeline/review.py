"""Looking at an emergency override afterwards: by somebody who had no part in it, reminded until they have."""

import datetime as dt
import uuid

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.reviews.reads import Override, overrides, to_review
from bot.audit import trail
from bot.errors import AlreadyDecided, NotPermitted, NotTheirs, OutOfDate, Refused
from bot.people.identity import Operator
from bot.pipeline.core import Core, about, glass_key, lock_proposal
from bot.store import outbox
from bot.store.models import AuditKind, GlassQuestion, Proposal, Revision, StaffLink, Verdict
from bot.words import plain

RECORDED = {
    Verdict.SOLO: "pipeline.solo",
    Verdict.BREAK_GLASS: "pipeline.break_glass",
    Verdict.PRE_APPROVED: "pipeline.pre_approved",
}
FRESH = text("interval '1 hour'")  # of one so new nobody has to be reminded


async def review(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID) -> Proposal:
    """Record that somebody with authority looked at what ran without an approval. Raises `Refused`."""
    proposal = await lock_proposal(session, proposal_id)
    for one in await _open(core, session, operator, proposal):
        one.word.reviewed, one.word.reviewed_by = func.now(), operator.id
        await _note(session, AuditKind.REVIEWED, operator, one)
    await outbox.refresh_following(session, proposal.id)
    return proposal


async def check(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID) -> Override:
    """What somebody may ask a question about, or review: looked at before they type one. Raises `Refused`."""
    return (await _open(core, session, operator, await lock_proposal(session, proposal_id)))[-1]


async def check_question(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID) -> Override:
    """The same before a question, which nobody could answer of what the bot did. Raises `Refused`."""
    one = await check(core, session, operator, proposal_id)
    if one.by_itself:
        raise Refused("Nobody can be asked: I did this automatically. Its card says which rule and policy allow it.")
    return one


async def ask(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID, question: str) -> Override:
    """Ask whoever ran it, in the announcement's thread and directly; the review stays open. Raises `Refused`."""
    one = await check_question(core, session, operator, proposal_id)
    asked = GlassQuestion(id=uuid.uuid4(), decision_id=one.word.id, staff_id=operator.id, question=question)
    session.add(asked)
    await _note(session, AuditKind.QUESTIONED, operator, one, question)
    _, thread_ts = await outbox.place_of(session, glass_key(one.word.id))
    links = select(StaffLink.slack_user_id).where(StaffLink.staff_id == one.word.staff_id)
    for channel in (one.channel, *await session.scalars(links.order_by(StaffLink.slack_user_id))):
        await outbox.show(
            session,
            f"glass_question:{asked.id}:{channel}",
            channel=channel,
            projection="glass_question",
            subject=f"{asked.id}:{channel}",
            thread_ts=thread_ts if channel == one.channel else None,
        )
    return one


async def remind(session: AsyncSession, day: dt.date) -> int:
    """In the thread of each announcement those who could review it are asked to, once a day; how many wait."""
    waiting = await to_review(session, Proposal.created < func.now() - FRESH)
    for one in waiting:
        _, thread_ts = await outbox.place_of(session, glass_key(one.word.id))
        await outbox.show(
            session,
            f"glass_reminder:{one.word.id}:{day}",
            channel=one.channel,
            projection="glass_reminder",
            subject=str(one.word.id),
            thread_ts=thread_ts,
            follows=one.proposal.id,
        )
    return len(waiting)


async def _open(core: Core, session: AsyncSession, operator: Operator, proposal: Proposal) -> list[Override]:
    """All of the request's that nobody has looked at: it may have changed, and been ordered alone once more."""
    found = await overrides(session, Proposal.id == proposal.id)
    if not found:
        raise OutOfDate("There is nothing to review here.")
    waiting = [one for one in found if one.word.reviewed is None]
    if not waiting:
        raise AlreadyDecided("Somebody has reviewed this already.")
    if any(one.concerns(operator.id) for one in waiting):
        raise NotTheirs("You were part of this, so somebody else has to review it.")
    revision = await session.get_one(Revision, waiting[-1].word.revision_id)
    if operator.id in about(await core.actions_there(session, revision)):
        raise NotTheirs("This was about you, so somebody else has to review it.")
    if set(waiting[-1].reviewers).isdisjoint(operator.roles):
        roles = " or ".join(map(plain, waiting[-1].reviewers))
        raise NotPermitted(f"You can't review this (your roles: {operator.in_roles}). It needs {roles}.")
    return waiting


async def _note(
    session: AsyncSession, kind: AuditKind, operator: Operator, one: Override, question: str | None = None
) -> None:
    await trail.append(
        session,
        kind,
        actor_id=operator.id,
        action=RECORDED[Verdict(one.word.verdict)],
        target=f"staff:{one.word.staff_id}",
        proposal_id=one.proposal.id,
        details={"question": question} if question else None,
    )
