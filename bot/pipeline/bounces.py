"""A letter came back after the mail server had taken it: the card says so, and whoever asked hears it, once."""

import asyncio

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.integrations.mail.bounces import Bounce, letter_of
from bot.pipeline import effects, telling
from bot.pipeline.core import lock_proposal
from bot.pipeline.linking import in_one_transaction
from bot.pipeline.telling import News
from bot.store.models import Effect, EffectState

MAIL = "mail"
MAY_BOUNCE = (EffectState.SENT, EffectState.DONE, EffectState.UNKNOWN)


def taken(url: str, bounce: Bounce) -> bool:
    """As `take`, from the command line. Raises `Unavailable`."""
    return asyncio.run(in_one_transaction(url, lambda session: take(session, bounce)))


async def take(session: AsyncSession, bounce: Bounce) -> bool:
    """Note that a letter came back; whether it is one that the bot has sent. A second report changes nothing."""
    key = await _sent_as(session, bounce)
    if key is None:
        return False
    whose = (await session.scalars(select(Effect.proposal_id).where(Effect.key == key))).one()
    proposal = await lock_proposal(session, whose)
    effect = (await session.scalars(select(Effect).where(Effect.key == key).with_for_update())).one()
    if effect.state not in MAY_BOUNCE:
        return True
    effect.state, effect.answer = EffectState.BOUNCED, {**(effect.answer or {}), "status": bounce.status}
    await effects.tell(session, proposal, effect)
    await telling.askers(session, proposal, News.BOUNCED)
    return True


async def _sent_as(session: AsyncSession, bounce: Bounce) -> str | None:
    """The effect whose letter it was. Where the mail server's answer was lost, the report is the proof that it came."""
    known = Effect.answer["message_id"].as_string()
    named = or_(*(known.startswith(f"<{one}@") for one in sorted(bounce.letters)))
    found = await session.scalar(select(Effect.key).where(Effect.integration == MAIL, named))
    if found is not None:
        return found
    unsure = await session.scalars(
        select(Effect.key).where(Effect.integration == MAIL, Effect.state.in_([EffectState.SENT, EffectState.UNKNOWN]))
    )
    return next((key for key in unsure if letter_of(key) in bounce.letters), None)
