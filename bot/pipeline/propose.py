"""Authorize, preview, and ask: what somebody typed becomes a proposal, with the decision it needs."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import traces
from bot.actions.base import Action
from bot.actions.composite import asked_for, first_step, whole
from bot.actions.impact import Impact, fingerprint
from bot.audit import trail
from bot.errors import AlreadyDecided, NothingToDo, NotPermitted, Refused
from bot.judgement import Record
from bot.people.identity import Operator
from bot.pipeline import access, read_only, same
from bot.pipeline.core import (
    EXECUTE,
    Core,
    about,
    done_of,
    eligible,
    impacts_of,
    now,
    recorded,
    show_card,
    steps_recorded,
)
from bot.pipeline.judging import judge, requirement
from bot.policy import Requirement
from bot.store.models import AuditKind, Proposal, Revision, State
from bot.store.queue import defer
from bot.words import plain


@dataclass(frozen=True)
class Ask:
    """Where and why something is asked for."""

    channel: str
    reason: str
    thread_ts: str | None = None
    """Of the thread there that it was asked for in."""
    undoes_id: uuid.UUID | None = None
    once: str | None = None
    """Names the button it comes from, so that a double click asks once."""
    doors: tuple[str, ...] = ()
    """By which it came, in order: a slash command, then its form."""


async def authorize(core: Core, session: AsyncSession, operator: Operator, action: type[Action]) -> None:
    """Raise `NotPermitted` unless the operator's roles include the action: the rule, who may, and how to get there."""
    if operator.may(action.permission):
        return
    what = f"use /pm {action.verb}" if action.verb else action.phrase()
    raise await access.lacking(session, core.policy, operator, action.permission, what)


async def check_asker(core: Core, session: AsyncSession, operator: Operator, actions: Sequence[Action]) -> None:
    """Raise `NotPermitted` unless the operator may ask for all of this, with these parameters; `ReadOnlyNow` if
    nobody may now.
    """
    for action in asked_for(actions):
        if not action.allowed(operator):
            await authorize(core, session, operator, type(action))
        if why := action.refuses(operator):
            raise NotPermitted(why)
        _check_set_up(core, action)
    await read_only.refuse(session, actions)


def _check_set_up(core: Core, action: Action) -> None:
    """Nobody decides on what could not be done in any case."""
    for name in action.relies_on:
        if (why := core.without.get(name)) is not None:
            raise NothingToDo(f"{why} Nothing was done. Whoever runs the bot can set it.")


async def preview(core: Core, session: AsyncSession, actions: Sequence[Action]) -> list[Impact]:
    """What the steps would change, and what of other proposals would become void. Only reads."""
    return [await _preview_of(core, session, action) for action in actions]


async def _preview_of(core: Core, session: AsyncSession, action: Action) -> Impact:
    await access.keep_way_in(session, core.policy, action)
    access.keep_apart(core.policy, await action.roles_after(session))
    impact = await action.preview(session)
    also = await access.void_fact(session, action)
    return impact.model_copy(update={"facts": (*impact.facts, also)}) if also else impact


async def preview_again(
    core: Core, session: AsyncSession, proposal: Proposal, revision: Revision, actions: Sequence[Action]
) -> list[Impact]:
    """What the plan would change as it is now; of what was done of it already, what was shown of that."""
    done = await done_of(session, proposal) if len(actions) > 1 else set()
    shown = zip(actions, impacts_of(revision), strict=True)
    if not done:
        return [impact if action.sorted_once else await _preview_of(core, session, action) for action, impact in shown]
    return [
        impact if number in done or number < first_step(actions) else await _left(core, session, action, impact)
        for number, (action, impact) in enumerate(shown)
    ]


async def _left(core: Core, session: AsyncSession, action: Action, shown: Impact) -> Impact:
    """Of a step that is left; somebody may have done it by hand meanwhile, which is nothing new to decide."""
    try:
        return await _preview_of(core, session, action)
    except NothingToDo:
        return shown


@traces.traced("pipeline propose")
async def propose(
    core: Core, session: AsyncSession, operator: Operator, actions: Sequence[Action], ask: Ask
) -> Proposal:
    """Store the plan with its impact and put the card on the screen. Raises `Refused` with nothing stored.

    What is a plan itself stands for its steps, as they are now.
    """
    proposal = await keep(core, session, operator, actions, ask)
    await show_card(session, proposal)
    return proposal


async def keep(core: Core, session: AsyncSession, operator: Operator, actions: Sequence[Action], ask: Ask) -> Proposal:
    """The same without the card, for whoever has a word to add to it first: messages are locked last."""
    await check_asker(core, session, operator, actions)
    actions = await whole(session, actions)
    if first_step(actions):  # what it comes to is known only now
        await read_only.refuse(session, actions)
    usual = requirement(core, operator, actions)
    await _not_asked_before(session, operator, ask, same.identify(operator, actions, usual))
    await core.limits.ask(session, operator, actions)
    async with core.database.snapshot() as snapshot:
        impacts = await preview(core, snapshot, actions)
    record = await judge(core, session, operator, actions, impacts)
    needs = record.judged.requirement
    if needs != usual:  # raised, it may be what somebody else has asked for
        await _not_asked_before(session, operator, ask, same.identify(operator, actions, needs))
    await _somebody_can_decide(session, needs, operator, actions)
    proposal = await _store(session, operator, actions, impacts, record, ask)
    await _note(session, proposal, actions, impacts, record, ask)
    if needs.no_approval:
        await defer(session, EXECUTE, proposal_id=str(proposal.id))
    return proposal


async def _note(
    session: AsyncSession,
    proposal: Proposal,
    actions: Sequence[Action],
    impacts: Sequence[Impact],
    record: Record,
    ask: Ask,
) -> None:
    """In the audit trail: who asked for what, by which door, and by what it was judged."""
    await trail.append(
        session,
        AuditKind.ASKED,
        actor_id=proposal.requester_id,
        **recorded(proposal.id, actions),
        proposal_id=proposal.id,
        facts={
            "number": proposal.number,
            "doors": list(ask.doors),
            "requirement": record.judged.requirement.model_dump(mode="json"),
            "risk": record.judged.risk,
            "policy": record.policy,
            **steps_recorded(actions),
        },
        details={"reason": ask.reason, "impacts": [impact.model_dump(mode="json") for impact in impacts]},
    )


async def _not_asked_before(session: AsyncSession, operator: Operator, ask: Ask, asked: str) -> None:
    """Neither by the same button, nor by anybody while it is open."""
    used = await session.scalar(select(Proposal).where(Proposal.once == ask.once)) if ask.once else None
    if used is not None:
        raise AlreadyDecided(
            f"That button was already used, for request {used.number}. Its card shows its state.", card=used.id
        )
    await same.refuse_if_open(session, operator, asked)


async def _somebody_can_decide(
    session: AsyncSession, needs: Requirement, operator: Operator, actions: Sequence[Action]
) -> None:
    if needs.no_approval or needs.self_approval:
        return
    able = await eligible(session, needs, operator.id, about(actions))
    if len(able) >= needs.quorum:
        return
    roles = " or ".join(map(plain, needs.approvers)) or "somebody with another role"
    there = " and ".join(one.name for one in able) if able else "nobody"
    raise Refused(
        f"Nothing was done: too few people can approve this. It needs {needs.quorum} active {roles}. You and the "
        f"person it is about do not count. Now there is {there}. First add that role to more people on the platform."
    )


async def _store(
    session: AsyncSession,
    operator: Operator,
    actions: Sequence[Action],
    impacts: Sequence[Impact],
    record: Record,
    ask: Ask,
) -> Proposal:
    needs = record.judged.requirement
    asked = same.identify(operator, actions, needs)
    revision = _first(actions, impacts)
    proposal = Proposal(
        id=revision.proposal_id,
        requester_id=operator.id,
        state=State.APPROVED if needs.no_approval else State.PENDING,
        revision_id=revision.id,
        requirement=needs.model_dump(mode="json"),
        judged=record.model_dump(mode="json"),
        reason=ask.reason,
        channel=ask.channel,
        thread_ts=ask.thread_ts,
        undoes_id=ask.undoes_id,
        targets=sorted({action.target.partition("/")[0] for action in actions}),
        once=ask.once,
        same=asked,
        expires=await now(session) + record.judged.expires,
    )
    try:
        async with session.begin_nested():
            session.add_all([proposal, revision])
    except IntegrityError:  # two at the same instant: the other one was stored first
        await _not_asked_before(session, operator, ask, asked)
        raise  # and has ended by now; the job that handles this comes again
    return proposal


def _first(actions: Sequence[Action], impacts: Sequence[Impact]) -> Revision:
    """The plan as it is asked for, of a proposal that has its id from here."""
    plan = [action.step() for action in actions]
    return Revision(
        id=uuid.uuid4(),
        proposal_id=uuid.uuid4(),
        number=1,
        plan=[step.model_dump(mode="json") for step in plan],
        impacts=[impact.model_dump(mode="json") for impact in impacts],
        fingerprint=fingerprint(plan, impacts),
    )
