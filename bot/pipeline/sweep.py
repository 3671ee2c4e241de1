"""What time does: proposals that nobody decided expire, and what was kept only to be handled is deleted."""

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.holds import engine
from bot.holds.kinds import kind_of
from bot.pipeline import standing
from bot.pipeline.core import Core, show_card
from bot.store import outbox
from bot.store.models import AuditKind, Draft, Hold, Inbox, Proposal, StaffLink, State

KEPT = text("interval '7 days'")  # payloads hold tokens and what people typed
AT_ONCE = 5_000  # rows of one sweep: a short transaction


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
            proposal.state, proposal.ended = State.EXPIRED, func.now()
            proposal.cause = "Nobody decided in time."
            await audit.append(
                session,
                AuditKind.ENDED,
                actor_id=None,
                action="pipeline.expire",
                target=f"proposal:{proposal.id}",
                proposal_id=proposal.id,
                facts={"state": State.EXPIRED},
            )
            await show_card(session, proposal)
            await _tell_requester(session, proposal)
        return len(expired)


async def _tell_requester(session: AsyncSession, proposal: Proposal) -> None:
    """A direct message: the card may be far up in its channel by now."""
    linked = await session.scalars(select(StaffLink.slack_user_id).where(StaffLink.staff_id == proposal.requester_id))
    for slack_user_id in linked:
        await outbox.show(
            session,
            f"expired:{proposal.id}:{slack_user_id}",
            channel=slack_user_id,
            projection="expired",
            subject=str(proposal.id),
        )


async def end_holds(core: Core) -> int:
    """End what is over; whoever loses a role with it loses the words that rested on it. How many ended."""

    async def after_end(session: AsyncSession, hold: Hold) -> None:
        for staff_id in kind_of(hold).granted(hold):
            await standing.reduce(core, session, staff_id)

    return await engine.sweep(core.database, after_end)


async def forget(core: Core) -> int:
    """Delete payloads and drafts older than seven days, a batch at a time; how many."""
    async with core.database.transaction() as session:
        first = select(Inbox.id).order_by(Inbox.id).limit(AT_ONCE)  # in the order of their age, by the key
        old_drafts = select(Draft.id).where(Draft.created < func.now() - KEPT).limit(AT_ONCE)
        payloads = await session.scalars(
            delete(Inbox).where(Inbox.id.in_(first), Inbox.received < func.now() - KEPT).returning(Inbox.id)
        )
        drafts = await session.scalars(delete(Draft).where(Draft.id.in_(old_drafts)).returning(Draft.id))
        return len(payloads.all()) + len(drafts.all())
