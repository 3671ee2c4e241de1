"""Calls to the outside: made at most once; what is not known to have happened is looked up, never repeated."""

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest
from bot.pipeline.core import Core, EffectFailed, Integration, lock_proposal, show_card
from bot.store.models import Effect, EffectState
from bot.store.queue import defer

RECONCILE_AFTER = 5.0  # seconds between looks at the other side


async def plan(session: AsyncSession, proposal_id: uuid.UUID, step: int, requests: Iterable[EffectRequest]) -> None:
    """Store the calls a step asks for, with a job for each, in the step's own transaction."""
    for request in requests:
        key = f"{proposal_id}:{step}:{request.name}"
        session.add(Effect(key=key, proposal_id=proposal_id, integration=request.integration, request=request.request))
        await session.flush()
        await defer(session, "effect", key=key)


async def run(core: Core, key: str) -> None:
    """Send a planned effect; look up one that was sent and never answered. Safe to call at any time, again."""
    async with core.database.transaction() as session:
        effect = await _locked(session, key)
        fresh = effect.state == EffectState.PLANNED
        if fresh:
            effect.state = EffectState.SENT  # committed before the call: from here on it may have happened
        elif effect.state == EffectState.SENT:
            effect.state = EffectState.UNKNOWN
        elif effect.state != EffectState.UNKNOWN:
            return
        request = dict(effect.request)
        integration = core.integrations.get(effect.integration)
    if integration is None:  # planned when it was set, run where it is not
        await _settle(core, key, EffectState.FAILED if fresh else EffectState.UNKNOWN, {"cause": "not configured"})
    elif fresh:
        await _send(core, key, integration, request)
    else:
        await _reconcile(core, key, integration, request)


async def _locked(session: AsyncSession, key: str) -> Effect:
    return (await session.scalars(select(Effect).where(Effect.key == key).with_for_update())).one()


async def _send(core: Core, key: str, integration: Integration, request: dict[str, object]) -> None:
    try:
        answer = await integration.send(key, request)
    except EffectFailed as error:
        await _settle(core, key, EffectState.FAILED, {"cause": str(error)})
    except Exception:  # noqa: BLE001 - whatever went wrong, the call may have arrived
        await _settle(core, key, EffectState.UNKNOWN, None)
    else:
        await _settle(core, key, EffectState.DONE, answer)


async def _reconcile(core: Core, key: str, integration: Integration, request: dict[str, object]) -> None:
    try:
        answer = await integration.look_up(key, request)
    except Exception:  # noqa: BLE001 - not to be told now; asked again
        answer = None
    await _settle(core, key, EffectState.UNKNOWN if answer is None else EffectState.DONE, answer)


async def _settle(core: Core, key: str, state: EffectState, answer: dict[str, object] | None) -> None:
    async with core.database.transaction() as session:
        effect = await _locked(session, key)
        if effect.state in (EffectState.DONE, EffectState.FAILED):
            return
        effect.state, effect.answer = state, answer
        if state is EffectState.UNKNOWN:
            await defer(session, "effect", key=key, delay=RECONCILE_AFTER)
        await show_card(session, await lock_proposal(session, effect.proposal_id))
