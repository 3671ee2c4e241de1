"""After some plans somebody not involved looks at what happened: asked in the security channel, and on record."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.reviews.reads import PLAN_REVIEWED, plans_to_review
from bot.audit import trail
from bot.errors import AlreadyDecided, NotPermitted, NotTheirs, OutOfDate
from bot.people.identity import Operator
from bot.pipeline.core import Core, about, approvals, current_revision, eligible, lock_proposal, recorded
from bot.pipeline.review import FRESH
from bot.platform.staff import StaffRecord
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import AuditEntry, AuditKind, Proposal
from bot.words import listed, plain


def key(proposal_id: uuid.UUID) -> str:
    """Names the message that asks for it: there is one for each plan."""
    return f"to_review:{proposal_id}"


def wanted(actions: Sequence[Action]) -> bool:
    """Whether this is a plan that is looked at afterwards."""
    return bool(actions) and isinstance(actions[0], Composite) and actions[0].reviewed


async def ask(session: AsyncSession, proposal: Proposal, actions: Sequence[Action]) -> None:
    """Have it looked at, from its first step on and whatever becomes of the others; asked once."""
    if wanted(actions):
        await outbox.show(
            session,
            key(proposal.id),
            channel="security",
            projection="to_review",
            subject=str(proposal.id),
            follows=proposal.id,
        )


async def remind(session: AsyncSession, day: dt.date) -> int:
    """In the thread of each message that asks for it, once a day; how many wait."""
    waiting = await plans_to_review(session, Proposal.created < func.now() - FRESH)
    for proposal in waiting:
        _, thread_ts = await outbox.place_of(session, key(proposal.id))
        await outbox.show(
            session,
            f"plan_reminder:{proposal.id}:{day}",
            channel="security",
            projection="plan_reminder",
            subject=str(proposal.id),
            thread_ts=thread_ts,
            follows=proposal.id,
        )
    return len(waiting)


async def entry(session: AsyncSession, proposal_id: uuid.UUID) -> AuditEntry | None:
    """What the trail says of the review; None as long as there was none."""
    found: AuditEntry | None = await session.scalar(
        select(AuditEntry).where(
            AuditEntry.proposal_id == proposal_id,
            AuditEntry.kind == AuditKind.REVIEWED,
            AuditEntry.action == PLAN_REVIEWED,
        )
    )
    return found


async def reviewers(session: AsyncSession, proposal: Proposal, actions: Sequence[Action]) -> list[StaffRecord]:
    """Who could decide about it, and neither asked for it, nor approved it, nor is whom it is about."""
    involved = {word.staff_id for word in await approvals(session, proposal.revision_id)} | about(actions)
    needs = Requirement.model_validate(proposal.requirement)
    return await eligible(session, needs, proposal.requester_id, involved)


async def review(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID) -> None:
    """Record that somebody not involved looked at it. Raises `Refused`."""
    proposal = await lock_proposal(session, proposal_id)
    actions = await core.actions(session, await current_revision(session, proposal))
    if not wanted(actions):
        raise OutOfDate("There is nothing to review here.")
    if await entry(session, proposal_id) is not None:
        raise AlreadyDecided("Somebody has reviewed this already.")
    able = await reviewers(session, proposal, actions)
    if operator.id not in {one.id for one in able}:
        needs = Requirement.model_validate(proposal.requirement)
        if operator.roles & set(needs.approvers):
            raise NotTheirs("You were part of this, so somebody else has to review it.")
        roles = listed([*map(plain, needs.approvers)])
        raise NotPermitted(f"You can't review this (your roles: {operator.in_roles}). It needs {roles}.")
    await trail.append(
        session,
        AuditKind.REVIEWED,
        actor_id=operator.id,
        **{**recorded(proposal_id, actions), "action": PLAN_REVIEWED},
        proposal_id=proposal_id,
    )
    await session.flush()
    await outbox.refresh_following(session, proposal_id)
