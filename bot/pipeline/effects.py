"""Calls to the outside: made at most once; what is not known to have happened is looked up, never repeated.

What surely did not happen is told to whoever asked. Only a person has it sent again (`send_again.py`).
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import traces
from bot.actions.base import EffectRequest
from bot.integrations.base import ONCE, EffectAbsent, EffectFailed, EffectNotYet, EffectRefused, Integration
from bot.pipeline import telling
from bot.pipeline.core import EFFECT, Core, lock_proposal, now, show_card
from bot.pipeline.telling import News
from bot.store import outbox
from bot.store.models import Effect, EffectState, Proposal
from bot.store.queue import defer

RECONCILE_AFTER, AT_MOST = 5.0, 86_400.0  # seconds until the first look at the other side, and between later ones
RETRIED = 3600.0  # seconds at most until what could not be sent yet is tried again
DOUBLINGS = 20  # of a pause; more make no difference to the longest one
ESCALATE = 10  # looks that told nothing, after which security is told: an hour and a half
ARRIVED_BY = dt.timedelta(minutes=15)  # after a call; what the other side has not heard of by then never arrived
TRIED_FOR = dt.timedelta(days=1)  # what cannot be sent in this time is given up
NOT_SET_UP: dict[str, object] = {"cause": "not configured"}
"""The answer kept of a call that was not made, since the integration's settings are absent."""
NOT_ARRIVED: dict[str, object] = {"cause": "not arrived"}
"""Of one of which the other side, or somebody who looked there, says that it has never heard."""
SAID = "said"  # what became of it, in words for people
GIVEN_UP = "given up"  # beside the cause of what could not be sent for so long

Result = tuple[EffectState, dict[str, object] | None]
"""What is known of a call now, and the answer to keep."""


@dataclass(frozen=True)
class _Call:
    """One attempt at a call, or one look at what became of it."""

    key: str
    request: dict[str, object]
    integration: Integration | None
    """None: it has no settings."""
    before: str
    """The state in which it was found."""
    sent: dt.datetime | None
    """When it was made before; None: never."""
    marked: dt.datetime | None
    """As `sent` from now on: which attempt this is."""
    late: bool
    """What has not arrived by now never will."""

    @property
    def fresh(self) -> bool:
        return self.before == EffectState.PLANNED


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

    `looks`: how often it was tried, or the other side asked, before.
    """
    async with core.database.transaction() as session:
        call = await _begin(core, session, await _locked(session, key))
    if call is not None:
        await _settle(core, call, *await _outcome(call), looks=looks if call.fresh else looks + 1)


async def _begin(core: Core, session: AsyncSession, effect: Effect) -> _Call | None:
    """Mark it; None of what is over. Once it is committed as sent it may have happened."""
    before, sent, time = effect.state, effect.sent, await now(session)
    if before == EffectState.PLANNED:
        effect.state, effect.sent = EffectState.SENT, time
    elif before == EffectState.SENT:
        effect.state = EffectState.UNKNOWN
    elif before != EffectState.UNKNOWN:
        return None
    integration = core.integrations.get(effect.integration)
    late = sent is not None and time - sent >= ARRIVED_BY
    return _Call(effect.key, dict(effect.request), integration, before, sent, effect.sent, late)


async def _locked(session: AsyncSession, key: str) -> Effect:
    return (await session.scalars(select(Effect).where(Effect.key == key).with_for_update())).one()


async def _outcome(call: _Call) -> Result:
    if call.integration is None:
        return (EffectState.FAILED if call.fresh else EffectState.UNKNOWN, NOT_SET_UP)
    return await (_send if call.fresh else _look_up)(call, call.integration)


async def _send(call: _Call, integration: Integration) -> Result:
    try:
        if call.sent is not None and (answer := await _there(call, integration, call.sent)) is not None:
            return EffectState.DONE, answer
        with traces.span("effect", system=type(integration).__name__):
            return EffectState.DONE, await integration.send(call.key, call.request)
    except EffectRefused as error:
        return EffectState.FAILED, {"cause": str(error), SAID: str(error)}
    except EffectFailed as error:
        return EffectState.FAILED, {"cause": str(error)}
    except EffectNotYet as error:
        return EffectState.PLANNED, {"cause": str(error), GIVEN_UP: True}
    except Exception:  # noqa: BLE001 - whatever went wrong, the call may have arrived
        return EffectState.UNKNOWN, None


async def _there(call: _Call, integration: Integration, sent: dt.datetime) -> dict[str, object] | None:
    """What is to be sent again may have come after all; None where it has not, or where that cannot be told."""
    try:
        return await integration.look_up(call.key, call.request, sent)
    except EffectAbsent:
        return None
    except Exception as error:
        raise EffectNotYet("the other system did not answer") from error


async def _look_up(call: _Call, integration: Integration) -> Result:
    assert call.sent is not None  # noqa: S101 - it is looked for because it was sent
    try:
        answer = await integration.look_up(call.key, call.request, call.sent)
    except EffectAbsent:
        return (EffectState.FAILED, NOT_ARRIVED) if call.late else (EffectState.UNKNOWN, None)
    except Exception:  # noqa: BLE001 - not to be told now; asked again
        answer = None
    return (EffectState.UNKNOWN, None) if answer is None else (EffectState.DONE, answer)


async def _settle(core: Core, call: _Call, state: EffectState, answer: dict[str, object] | None, *, looks: int) -> None:
    async with core.database.transaction() as session:
        whose = (await session.scalars(select(Effect.proposal_id).where(Effect.key == call.key))).one()
        proposal = await lock_proposal(session, whose)
        effect = await _locked(session, call.key)
        if _known(effect, call, state):
            return
        if state is EffectState.PLANNED:
            effect.sent = call.sent
            state, answer = await _still_planned(session, effect, answer)
        effect.state, effect.answer = state, answer
        if state is EffectState.DONE:
            forget_once(effect)
        await _come_back(session, effect, looks)
        if state != call.before:  # a card that would say the same is not drawn anew
            await tell(session, proposal, effect)


def forget_once(effect: Effect) -> None:
    """It arrived: what was needed for sending it alone is kept no longer."""
    effect.request = {name: value for name, value in effect.request.items() if name != ONCE}


async def _still_planned(session: AsyncSession, effect: Effect, answer: dict[str, object] | None) -> Result:
    """What could not be sent yet is tried again, but not for ever."""
    over = await now(session) - effect.planned >= TRIED_FOR
    return (EffectState.FAILED, answer) if over else (EffectState.PLANNED, None)


def _known(effect: Effect, call: _Call, state: EffectState) -> bool:
    """Whether what was found says nothing new: it is over, or was sent again meanwhile. That it arrived always does."""
    if effect.state in (EffectState.DONE, EffectState.BOUNCED):
        return True
    if state is EffectState.DONE:
        return False
    return effect.state == EffectState.FAILED or effect.sent != call.marked


async def _come_back(session: AsyncSession, effect: Effect, looks: int) -> None:
    """To what is still open: later each time."""
    longer = 2.0 ** min(looks, DOUBLINGS)
    if effect.state == EffectState.PLANNED:
        await defer(session, EFFECT, key=effect.key, looks=looks + 1, delay=min(RETRIED, longer))
    if effect.state == EffectState.UNKNOWN:
        await defer(session, EFFECT, key=effect.key, looks=looks, delay=min(AT_MOST, RECONCILE_AFTER * longer))
        if looks == ESCALATE:
            await _escalate(session, effect)


async def tell(session: AsyncSession, proposal: Proposal, effect: Effect) -> None:
    """Have the card, and whatever else was said of it, say what is known now. What failed is told to whoever asked."""
    await show_card(session, proposal)
    await outbox.refresh(session, unknown_key(proposal.id))
    if effect.state == EffectState.FAILED and effect.answer != NOT_SET_UP:
        once = uuid.uuid5(proposal.id, effect.planned.isoformat())  # of all that were to be sent at the same time
        await telling.askers(session, proposal, News.UNSENT, of=once)


def unknown_key(proposal_id: uuid.UUID) -> str:
    """Names what security is told of a request's calls whose result nobody knows."""
    return f"unknown:{proposal_id}"


async def _escalate(session: AsyncSession, effect: Effect) -> None:
    """Nobody can tell whether it happened: somebody has to look at the other side."""
    await outbox.show(
        session,
        unknown_key(effect.proposal_id),
        channel="security",
        projection="unknown_effect",
        subject=str(effect.proposal_id),
    )
