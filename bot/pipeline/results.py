"""What became of each of many, told as a file in the thread of the card once nothing more is done of it."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest
from bot.pipeline import effects
from bot.pipeline.core import current_revision, impacts_of
from bot.store.models import Effect, Execution, Proposal

NAME = "results"
SAID = "results of each"


async def ask(session: AsyncSession, proposal: Proposal) -> None:
    """Have the file sent, where something was done to many, or taken back from them; once for what was done."""
    revision = await current_revision(session, proposal)
    if not {"left", "part"} & impacts_of(revision)[0].context.keys():
        return
    done = await session.scalar(select(func.count()).where(Execution.proposal_id == proposal.id)) or 0
    known = await session.scalar(select(Effect.key).where(Effect.key == f"{proposal.id}:{done}:{SAID}"))
    if done and known is None:
        request = EffectRequest(SAID, NAME, {"proposal": str(proposal.id)})
        await effects.plan(session, proposal.id, done, [request])
