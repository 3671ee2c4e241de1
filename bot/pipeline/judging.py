"""What the policy makes of a request: by its stakes, its circumstances and whoever asks."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, steadied
from bot.judgement import Asked, Circumstances, Judged, Record, StepAsked
from bot.people.identity import Operator
from bot.pipeline.core import Core, impacts_of, now
from bot.policy import Requirement
from bot.store.models import AuditEntry, AuditKind, Proposal, Revision


def usually(core: Core, operator: Operator, actions: Sequence[Action]) -> Judged:
    """What the plan needs as long as no circumstances ask for more."""
    return core.policy.judge_all(_asked(operator, actions, [Circumstances()] * len(actions)))


def requirement(core: Core, operator: Operator, actions: Sequence[Action]) -> Requirement:
    """The same, in short."""
    return usually(core, operator, actions).requirement


async def judge(
    core: Core, session: AsyncSession, operator: Operator, actions: Sequence[Action], impacts: Sequence[Impact]
) -> Record:
    """What a request needs that is made now."""
    at, done = await now(session), await _done_before(session, operator.id, actions)
    around = [
        _circumstances(at, impact, first_time=(action.name, action.target) not in done)
        for action, impact in zip(actions, impacts, strict=True)
    ]
    asked = _asked(operator, actions, around)
    return Record(policy=core.policy.digest, asked=asked, judged=core.policy.judge_all(asked))


def judge_again(
    core: Core, proposal: Proposal, operator: Operator, actions: Sequence[Action], impacts: Sequence[Impact]
) -> Judged:
    """What it needs by now, with what it reaches now; when and how often it was asked for stays as it was."""
    if proposal.judged is None:  # asked for before this was kept
        return usually(core, operator, actions)
    before = Record.model_validate(proposal.judged).asked.steps
    around = [
        _circumstances(one.circumstances.at, impact, first_time=one.circumstances.first_time)
        for one, impact in zip(before, impacts, strict=True)
    ]
    return core.policy.judge_all(_asked(operator, actions, around))


def tolerating(core: Core, revision: Revision, actions: Sequence[Action], impacts: Sequence[Impact]) -> list[Impact]:
    """The impacts as they are compared with what was shown: numbers may move as far as the policy tolerates."""
    before = impacts_of(revision)
    return [
        steadied(shown, impact, core.policy.tolerated(action.name))
        for action, shown, impact in zip(actions, before, impacts, strict=True)
    ]


def _circumstances(at: dt.datetime | None, impact: Impact, *, first_time: bool) -> Circumstances:
    return Circumstances(at=at, affected=impact.affected, amount=impact.amount, first_time=first_time)


def _asked(operator: Operator, actions: Sequence[Action], around: Sequence[Circumstances]) -> Asked:
    steps = (
        StepAsked(stakes=action.stakes, on_self=action.about == operator.id, circumstances=one)
        for action, one in zip(actions, around, strict=True)
    )
    return Asked(roles=operator.roles, steps=tuple(steps))


async def _done_before(session: AsyncSession, staff_id: uuid.UUID, actions: Sequence[Action]) -> set[tuple[str, str]]:
    """What of all this somebody has had done already, as (action, target)."""
    wanted = {(one.name, one.target) for one in actions}
    entries = select(AuditEntry.action, AuditEntry.target).where(
        AuditEntry.kind == AuditKind.EXECUTED,
        AuditEntry.actor_id == staff_id,
        AuditEntry.target.in_({target for _, target in wanted}),
        tuple_(AuditEntry.action, AuditEntry.target).in_(wanted),
    )
    return {(name, target) for name, target in await session.execute(entries.distinct())}
