"""What time does to proposals: those that nobody decided expire."""

from sqlalchemy import func, select

from bot import audit
from bot.pipeline.core import Core, show_card
from bot.store.models import AuditKind, Proposal, State


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
        return len(expired)
