"""What time does: proposals that nobody decided expire, and what was kept only to be handled is deleted."""

import uuid

from sqlalchemy import Select, delete, func, null, or_, select, text, update

from bot.audit import trail
from bot.pipeline import telling
from bot.pipeline.core import Core, ends_as, show_card
from bot.pipeline.telling import News
from bot.store import legal_holds
from bot.store.models import AuditKind, Draft, Inbox, Message, Proposal, Revision, State

KEPT = text("interval '7 days'")  # payloads hold tokens and what people typed
AT_ONCE = 5_000  # rows of one sweep: a short transaction
CLEARED = 200  # revisions of one sweep


async def expire(core: Core, limit: int = 50) -> int:
    """End open proposals whose time is over; how many. Any number of clocks may call it at once."""
    async with core.database.transaction() as session:
        overdue = await session.scalars(
            select(Proposal)
            .where(Proposal.state == State.PENDING, Proposal.expires <= func.now())
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        expired = list(overdue)
        for proposal in expired:
            state = await ends_as(session, proposal, State.EXPIRED)
            proposal.state, proposal.ended = state, func.now()
            proposal.cause = "Nobody decided in time."
            await trail.append(
                session,
                AuditKind.ENDED,
                actor_id=None,
                action="pipeline.expire",
                target=f"proposal:{proposal.id}",
                proposal_id=proposal.id,
                facts={"state": state},
            )
            await show_card(session, proposal)
            await telling.askers(session, proposal, News(state))
        return len(expired)


async def forget(core: Core) -> int:
    """Delete payloads and drafts older than seven days, and what answers said, a batch at a time; how many.

    What belongs to a security incident stays while there is a legal hold.
    """
    async with core.database.transaction() as session:
        # In the order of their age, by the key; what is not handled yet is kept until it is. What a legal hold keeps is
        # passed over, and asked about only of what is old: else it would stand before all the others for ever.
        free = or_(Inbox.received >= func.now() - KEPT, legal_holds.PAYLOAD)
        first = select(Inbox.id).where(Inbox.handled.is_not(None), free).order_by(Inbox.id).limit(AT_ONCE)
        old_drafts = select(Draft.id).where(Draft.created < func.now() - KEPT, legal_holds.DRAFT).limit(AT_ONCE)
        payloads = await session.scalars(
            delete(Inbox).where(Inbox.id.in_(first), Inbox.received < func.now() - KEPT).returning(Inbox.id)
        )
        drafts = await session.scalars(delete(Draft).where(Draft.id.in_(old_drafts)).returning(Draft.id))
        said = await session.scalars(
            update(Message)
            .where(Message.id.in_(_said_long_ago()))
            .values(content=null(), response_url=None)
            .returning(Message.id)
        )
        deleted = len(payloads.all()) + len(drafts.all()) + len(said.all())
    return deleted + await _clear(core)


async def _clear(core: Core) -> int:
    """Delete what revisions showed once nobody decides by it any more: superseded, or over for seven days.

    What a card is titled by stays. What decisions were about is proven by the details of the audit trail, as long as
    these are kept: the digests in the entries are of them.
    """
    async with core.database.transaction() as session:
        over = or_(Proposal.revision_id != Revision.id, Proposal.ended < func.now() - KEPT)
        old = (
            select(Revision)
            .join(Proposal, Proposal.id == Revision.proposal_id)
            .where(Revision.cleared.is_(None), Revision.created < func.now() - KEPT, over)
            .where(legal_holds.REVISION)
            .order_by(Revision.created)
            .limit(CLEARED)
            .with_for_update(of=Revision, skip_locked=True)
        )
        found = list(await session.scalars(old))
        for revision in found:
            revision.impacts = [{"context": impact.get("context", {})} for impact in revision.impacts]
            revision.changes, revision.cleared = [], func.now()
        return len(found)


def _said_long_ago() -> Select[uuid.UUID]:
    """Answers that were sent: what they said, of whom, is not kept; that they were said is, so that it is said once."""
    return (
        select(Message.id)
        .where(
            text("messages.projection = 'static' AND messages.content IS NOT NULL"),  # as the index has it
            Message.sent_version >= Message.version,
            Message.created < func.now() - KEPT,
            legal_holds.MESSAGE,
        )
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
