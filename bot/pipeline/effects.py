"""Calls to the outside: made at most once; what is not known to have happened is looked up, never repeated."""

import uuid
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest
from bot.integrations.base import EffectFailed, EffectNotYet, Integration
from bot.pipeline.core import EFFECT, Core, lock_proposal, show_card
from bot.store import outbox
from bot.store.models import Effect, EffectState
from bot.store.queue import defer

RECONCILE_AFTER, AT_MOST = 5.0, 3600.0  # seconds until the first look at the other side, and between later ones
ESCALATE = 10  # looks that told nothing, after which security is told: an hour and a half
NOT_SET_UP: dict[str, object] = {"cause": "not configured"}
"""The answer kept of a call that was not made, since the integration's settings are absent."""

Result = tuple[EffectState, dict[str, object] | None]
"""What is known of a call now, and the answer to keep."""


async def plan(session: AsyncSession, proposal_id: uuid.UUID, step: int, requests: Iterable[EffectRequest]) -> None:
    """Store the calls a step asks for, with a job for each, in the step's own transaction."""
    named: Counter[str] = Counter()
    keys = []
    for request in requests:
        number = f".{named[request.name]}" if named[request.name] else ""  # of several that are called alike
        named[request.name] += 1
        keys.append(key := f"{proposal_id}:{step}{number}:{request.name}")
        session.add(Effect(key=key, proposal_id=proposal_id, integration=request.integration, request=request.request))
    await session.flush()
    for key in keys:
        await defer(session, EFFECT, key=key)


async def run(core: Core, key: str, looks: int = 0) -> None:
    """Send a planned effect; look up one that was sent and never answered. Safe to call at any time, again.

    `looks`: how often the other side was asked before whether it happened.
    """
    async with core.database.transaction() as session:
        effect = await _locked(session, key)
        before = EffectState(effect.state)
        if before is EffectState.PLANNED:
            effect.state = EffectState.SENT  # committed before the call: from here on it may have happened
        elif before is EffectState.SENT:
            effect.state = EffectState.UNKNOWN
        elif before is not EffectState.UNKNOWN:
            return
        request = dict(effect.request)
        integration = core.integrations.get(effect.integration)
    fresh = before is EffectState.PLANNED
    if integration is None:
        outcome: Result = (EffectState.FAILED if fresh else EffectState.UNKNOWN, NOT_SET_UP)
    else:
        outcome = await (_send if fresh else _look_up)(integration, key, request)
    await _settle(core, key, *outcome, before=before, looks=looks if fresh else looks + 1)


async def _locked(session: AsyncSession, key: str) -> Effect:
    return (await session.scalars(select(Effect).where(Effect.key == key).with_for_update())).one()


async def _send(integration: Integration, key: str, request: dict[str, object]) -> Result:
    try:
        return EffectState.DONE, await integration.send(key, request)
    except EffectFailed as error:
        return EffectState.FAILED, {"cause": str(error)}
    except EffectNotYet:
        return EffectState.PLANNED, None
    except Exception:  # noqa: BLE001 - whatever went wrong, the call may have arrived
        return EffectState.UNKNOWN, None


async def _look_up(integration: Integration, key: str, request: dict[str, object]) -> Result:
    try:
        answer = await integration.look_up(key, request)
    except Exception:  # noqa: BLE001 - not to be told now; asked again
        answer = None
    return (EffectState.UNKNOWN, None) if answer is None else (EffectState.DONE, answer)


async def _settle(
    core: Core, key: str, state: EffectState, answer: dict[str, object] | None, *, before: EffectState, looks: int
) -> None:
    async with core.database.transaction() as session:
        whose = (await session.scalars(select(Effect.proposal_id).where(Effect.key == key))).one()
        proposal = await lock_proposal(session, whose)
        effect = await _locked(session, key)
        if effect.state in (EffectState.DONE, EffectState.FAILED, EffectState.BOUNCED):
            return
        effect.state, effect.answer = state, answer
        if state is EffectState.PLANNED:
            await defer(session, EFFECT, key=key, looks=looks + 1, delay=min(AT_MOST, 2.0**looks))
        if state is EffectState.UNKNOWN:
            await defer(session, EFFECT, key=key, looks=looks, delay=min(AT_MOST, RECONCILE_AFTER * 2**looks))
            if looks == ESCALATE:
                await _escalate(session, effect)
        if state is not before:  # a card that would say the same is not drawn anew
            await show_card(session, proposal)
            await outbox.refresh(session, f"unknown:{key}")


async def _escalate(session: AsyncSession, effect: Effect) -> None:
    """Nobody can tell whether it happened: somebody has to look at the other side."""
    await outbox.show(
        session, f"unknown:{effect.key}", channel="security", projection="unknown_effect", subject=effect.key
    )
