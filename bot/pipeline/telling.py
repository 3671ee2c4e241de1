"""Who hears of a request besides its card, whose edits notify nobody: each once, and nobody of their own act."""

import uuid
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import outbox
from bot.store.models import Follower, Message, Proposal, StaffLink


class News(StrEnum):
    """What whoever asked hears by direct message."""

    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    EXPIRED = "expired"
    AGAIN = "again"
    """It needs a new decision."""
    DONE = "done"
    FAILED = "failed"
    PARTLY = "partly"
    UNDONE = "undone"
    BOUNCED = "bounced"
    """A letter that belongs to it came back."""
    UNSENT = "unsent"
    """Something that belongs to it was not sent, or did not arrive."""


FOLLOWING = (News.DONE, News.UNSENT)  # drawn anew with the card


async def follow(session: AsyncSession, proposal: Proposal, staff_id: uuid.UUID) -> None:
    """Tell them, too, from now on; the proposal is locked, so that its end is not missed."""
    following = insert(Follower).values(proposal_id=proposal.id, staff_id=staff_id)
    await session.execute(following.on_conflict_do_nothing())


async def askers(
    session: AsyncSession, proposal: Proposal, news: News, *, by: uuid.UUID | None = None, of: uuid.UUID | None = None
) -> None:
    """Tell whoever asked, and whoever would have and follows it, unless it was their own act.

    `by`: whose it was; `of`: what is told once (its revision).
    """
    await session.flush()
    followers = select(Follower.staff_id).where(Follower.proposal_id == proposal.id)
    concerned = or_(StaffLink.staff_id == proposal.requester_id, StaffLink.staff_id.in_(followers))
    linked = await session.scalars(
        select(StaffLink.slack_user_id)
        .where(concerned, StaffLink.staff_id.is_distinct_from(by))
        .order_by(StaffLink.slack_user_id)
    )
    for slack_user_id in linked.all():
        await outbox.show(
            session,
            f"told:{proposal.id}:{news}:{of or proposal.revision_id}:{slack_user_id}",
            channel=slack_user_id,
            projection="told",
            subject=f"{proposal.id}:{news}",
            follows=proposal.id if news in FOLLOWING else None,
        )


async def asked_again(session: AsyncSession, proposal: Proposal, of: uuid.UUID) -> None:
    """An approval no longer counts: those who asked hear it, and in the card's thread those who may decide."""
    await askers(session, proposal, News.AGAIN, of=of)
    _, card_ts = await outbox.place_of(session, outbox.card_key(proposal.id))
    await outbox.show(
        session,
        f"asked_again:{of}",
        channel=proposal.channel,
        projection="asked_again",
        subject=str(proposal.id),
        thread_ts=proposal.thread_ts or card_ts,
        follows=proposal.id,
    )


async def moved(session: AsyncSession, message: Message) -> None:
    """A card was posted, for the first time or again: whatever leads to it leads to where it stands now."""
    proposal = await session.get_one(Proposal, uuid.UUID(message.subject), with_for_update=True)
    await outbox.refresh_following(session, proposal.id)
    if proposal.undoes_id is not None:
        await outbox.refresh(session, outbox.card_key(proposal.undoes_id))
