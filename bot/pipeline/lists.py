"""Jobs in the platform's Redis: kept as the pauses say, and cards that waited for it are brought up to date."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import OutOfReach
from bot.holds.engine import VERIFY_HOLD
from bot.pipeline.core import VERIFY, Core
from bot.pipeline.verify import DELAYS
from bot.store.models import Execution, Hold, Verification
from bot.store.queue import defer

AT_ONCE = 100  # cards of one tick


async def look_after(core: Core) -> int:
    """Carry every pause and every end to Redis, whatever became of it there; how many cards hear that it took it.

    Any number of clocks may call it.
    """
    if core.lists is None:
        return 0
    try:
        await core.lists.carry()
    except OutOfReach:
        return 0  # the cards that wait for it say so
    async with core.database.transaction() as session:
        return await _ask_again(session)


async def _ask_again(session: AsyncSession) -> int:
    """Have the platform asked about all that waited for Redis, without the pauses that have grown meanwhile."""
    executions = await session.scalars(
        select(Execution).where(Execution.waits.is_not(None)).limit(AT_ONCE).with_for_update(skip_locked=True)
    )
    holds = await session.scalars(
        select(Hold).where(Hold.waits.is_not(None)).limit(AT_ONCE).with_for_update(skip_locked=True)
    )
    asked = 0
    for execution in executions:
        execution.waits = None
        which, attempt = str(execution.proposal_id), _attempt(execution.verification)
        await defer(session, VERIFY, proposal_id=which, step=execution.step, attempt=attempt)
        asked += 1
    for hold in holds:
        hold.waits = None
        await defer(session, VERIFY_HOLD, hold_id=str(hold.id), attempt=_attempt(hold.verification))
        asked += 1
    return asked


def _attempt(verification: str | None) -> int:
    """From the beginning, unless it was given up: that one stays told as not confirmed until it is."""
    return len(DELAYS) if verification == Verification.UNCONFIRMED else 0
