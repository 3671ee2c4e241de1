"""Taking something back is a plan of its own: asked for, decided, executed and verified like any other."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.impact import Step
from bot.errors import AlreadyDecided, NothingToDo
from bot.people.identity import Operator
from bot.pipeline.core import ALREADY, Core, current_revision, lock_proposal
from bot.pipeline.propose import Ask, check_asker, propose
from bot.store.models import AuditEntry, AuditKind, Execution, Proposal, Revision, State

TAKEN = (State.PENDING, State.APPROVED, State.EXECUTING, State.SUCCEEDED)


async def inverse(core: Core, session: AsyncSession, proposal: Proposal, revision: Revision) -> list[Step]:
    """The steps that take back what was done, last one first; empty when nothing can be."""
    done = await session.scalars(
        select(Execution).where(Execution.proposal_id == proposal.id).order_by(Execution.step.desc())
    )
    return inverse_of(proposal, await core.actions(session, revision), done.all())


def inverse_of(proposal: Proposal, actions: Sequence[Action], done: Sequence[Execution]) -> list[Step]:
    """The same of what was done, in the order given."""
    lead = actions[0] if actions else None
    if isinstance(lead, Composite) and not lead.reversible and proposal.state == State.SUCCEEDED:
        return []
    own = [execution for execution in done if ALREADY not in execution.outcome]
    steps = [actions[execution.step].undo(execution.outcome) for execution in own]
    return [step for step in steps if step is not None]


async def refuse_if_superseded(core: Core, session: AsyncSession, proposal: Proposal) -> None:
    """Raise `NothingToDo`, by name, if somebody has changed the same since: an undo is of its own execution."""
    actions = await core.actions(session, await current_revision(session, proposal))
    later = await superseded_by(core, session, proposal, actions)
    if later is not None:
        raise NothingToDo(
            f"Request {later} later changed the same thing, so undoing the older request would undo the newer change,"
            f" too. Nothing was done: look at request {later}."
        )


async def superseded_by(core: Core, session: AsyncSession, proposal: Proposal, actions: Sequence[Action]) -> int | None:
    """The number of the latest request that has changed the same since; None: none has."""
    for step, action in enumerate(actions):
        own = select(AuditEntry.id).where(
            AuditEntry.kind == AuditKind.EXECUTED, AuditEntry.proposal_id == proposal.id, AuditEntry.step == step
        )
        alike = [one.name for one in core.registry.by_name.values() if one.changes and one.changes == action.changes]
        later: int | None = await session.scalar(
            select(Proposal.number)
            .join(AuditEntry, AuditEntry.proposal_id == Proposal.id)
            .where(
                AuditEntry.kind == AuditKind.EXECUTED,
                AuditEntry.target == action.target,
                AuditEntry.action.in_(alike),
                AuditEntry.proposal_id != proposal.id,
                AuditEntry.facts[ALREADY].astext.is_(None),
                Proposal.undoes_id.is_distinct_from(proposal.id),  # what was taken back of it already
                AuditEntry.id > own.scalar_subquery(),
            )
            .order_by(AuditEntry.id.desc())
            .limit(1)
        )
        if later is not None:
            return later
    return None


async def undone_by(session: AsyncSession, proposal_id: uuid.UUID) -> Proposal | None:
    """The request that takes it back: open, or done. There is one at most."""
    found: Proposal | None = await session.scalar(
        select(Proposal).where(Proposal.undoes_id == proposal_id, Proposal.state.in_(TAKEN)).limit(1)
    )
    return found


async def check_undo(
    core: Core, session: AsyncSession, operator: Operator, proposal_id: uuid.UUID, reason: str = ""
) -> tuple[Proposal, list[Action]]:
    """The proposal and what would take it back now: looked at before anybody is asked why.

    Raises `Refused` when nothing can, it was asked for already, or the operator may not ask for it.
    """
    proposal = await lock_proposal(session, proposal_id)
    if proposal.state not in (State.SUCCEEDED, State.PARTLY):
        raise NothingToDo("There is nothing to undo: the card shows how it ended.")
    asked = await undone_by(session, proposal.id)
    if asked is not None:
        raise AlreadyDecided(f"Somebody has already asked to undo this: request {asked.number}.", card=asked.id)
    steps = await inverse(core, session, proposal, await current_revision(session, proposal))
    if not steps:
        raise NothingToDo("This cannot be undone.")
    await refuse_if_superseded(core, session, proposal)
    actions = [await core.registry.load(_because(reason, step), session) for step in steps]
    await check_asker(core, session, operator, actions)
    return proposal, actions


async def undo(
    core: Core,
    session: AsyncSession,
    operator: Operator,
    proposal_id: uuid.UUID,
    reason: str,
    *,
    doors: tuple[str, ...] = (),
) -> Proposal:
    """Ask for the inverse of a proposal, for a reason of its own. Raises `Refused` as `check_undo`."""
    proposal, actions = await check_undo(core, session, operator, proposal_id, reason)
    ask = Ask(proposal.channel, reason, proposal.thread_ts, undoes_id=proposal.id, doors=doors)
    return await propose(core, session, operator, actions, ask)


def _because(reason: str, step: Step) -> Step:
    """The step with this reason, where it has one."""
    return (
        step.model_copy(update={"parameters": {**step.parameters, "reason": reason}})
        if "reason" in step.parameters
        else step
    )
