"""What people do about calls to the outside: have sent again what did not arrive, and say what they found there."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.errors import AlreadyDecided, OutOfDate
from bot.people.identity import Operator
from bot.permissions import reading
from bot.pipeline import access, effects
from bot.pipeline.core import EFFECT, Core, current_revision, lock_proposal, now, plan_of, recorded, show_card
from bot.pipeline.propose import check_asker
from bot.store.models import AuditKind, Effect, EffectState, Proposal, State
from bot.store.queue import defer

STANDS = (State.SUCCEEDED, State.PARTLY)  # what was done, and not taken back since
WITHIN = dt.timedelta(days=7)  # an older letter would surprise more than it helps


def unsent(core: Core, proposal: Proposal, calls: Sequence[Effect]) -> list[Effect]:
    """Those of a request's calls that did not arrive and can be sent again."""
    if proposal.state not in STANDS:
        return []
    return [one for one in calls if one.state == EffectState.FAILED and one.integration in core.integrations]


def open_to_words(core: Core, calls: Sequence[Effect]) -> list[Effect]:
    """Those of which nobody but a person can tell whether they arrived."""
    unknown = [one for one in calls if one.state == EffectState.UNKNOWN]
    return [one for one in unknown if not (known := core.integrations.get(one.integration)) or not known.tells]


async def send_again(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID) -> int:
    """Have sent once more, once, what did not arrive; how much it is. Raises `Refused`.

    Whoever may ask for it may do this.
    """
    proposal, calls = await _held(session, proposal_id)
    actions = await core.actions(session, await current_revision(session, proposal))
    await check_asker(core, session, operator, actions)
    meant = unsent(core, proposal, calls)
    if not meant:
        raise AlreadyDecided("Nothing is left to send again. The card shows what arrived.", card=proposal.id)
    time = await now(session)
    if any(time - one.planned > WITHIN for one in meant):
        raise OutOfDate("This is more than 7 days old, so nothing was sent. If still needed, type the command again.")
    for one in meant:
        one.state, one.answer, one.planned = EffectState.PLANNED, None, func.now()
        await defer(session, EFFECT, key=one.key)
    await trail.append(
        session,
        AuditKind.SENT_AGAIN,
        actor_id=operator.id,
        **recorded(proposal.id, actions),
        proposal_id=proposal.id,
        facts={"number": proposal.number, "calls": len(meant)},
    )
    await show_card(session, proposal)
    return len(meant)


async def found(core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID, *, arrived: bool) -> int:
    """Somebody looked in the other system: note what they found of the calls that nobody could tell of; of how many.

    Whoever may see the details of the request may say so. Raises `Refused`.
    """
    proposal, calls = await _held(session, proposal_id)
    revision = await current_revision(session, proposal)
    kind = core.registry.by_name[plan_of(revision)[0].action]
    if operator.permissions.isdisjoint({kind.permission, reading(kind.name)}):
        needed = reading(kind.name) or kind.permission
        raise await access.lacking(session, core.policy, operator, needed, "say whether it arrived")
    meant = open_to_words(core, calls)
    if not meant:
        raise AlreadyDecided("The result is known by now. The card shows it.", card=proposal.id)
    for one in meant:
        one.state = EffectState.DONE if arrived else EffectState.FAILED
        if arrived:
            effects.forget_once(one)
        one.answer = {"by": str(operator.id)} if arrived else {**effects.NOT_ARRIVED, "by": str(operator.id)}
    await trail.append(
        session,
        AuditKind.ARRIVED,
        actor_id=operator.id,
        **recorded(proposal.id, await core.actions_there(session, revision)),
        proposal_id=proposal.id,
        facts={"number": proposal.number, "calls": len(meant), "arrived": arrived},
    )
    await effects.tell(session, proposal, meant[0])
    return len(meant)


async def _held(session: AsyncSession, proposal_id: uuid.UUID) -> tuple[Proposal, list[Effect]]:
    """The request with its calls, locked in this order, as whoever sends one does."""
    proposal = await lock_proposal(session, proposal_id)
    calls = select(Effect).where(Effect.proposal_id == proposal_id).order_by(Effect.key)
    return proposal, list(await session.scalars(calls.with_for_update()))
