"""What follows when somebody's access or trust is reduced: the last way in stays, and their open words are void."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.actions.base import Action
from bot.actions.impact import Fact, fact
from bot.errors import LastWayIn, Suggestion
from bot.pipeline.core import show_card
from bot.platform import staff
from bot.policy import Policy, Risk
from bot.store.models import AuditKind, Decision, Proposal, Revision, State, Verdict, WayIn

UNDECIDED = (State.PENDING, State.APPROVED)
# Taking containment back needs one to ask and another to approve; with fewer, whoever is out stays out.
PAIR = 2


async def hold_way_in(session: AsyncSession) -> None:
    """Make everything that reduces access happen one after the other."""
    (await session.scalars(select(WayIn).with_for_update())).one()  # without its row nothing would be held


async def keep_way_in(session: AsyncSession, policy: Policy, action: Action) -> None:
    """Raise `LastWayIn` if the action would shut out somebody whom the platform cannot do without."""
    leaving = action.shuts_out
    if leaving is None:
        return
    admins = await staff.active_with_roles(session, [staff.SUPER_ADMIN])
    if {one.id for one in admins} == {leaving}:
        raise LastWayIn(
            f"{admins[0].name} is the last active super admin, so the account cannot be suspended. "
            "Sign them out with /pm revoke, or make somebody else super admin first.",
            suggestions=_instead(action),
        )
    rule = policy.requirement("staff.reinstate", Risk.HIGH, containment=False, roles=frozenset(), on_self=False)
    approvers = await staff.active_with_roles(session, rule.approvers)
    if leaving in {one.id for one in approvers} and len(approvers) <= PAIR:
        others = ", ".join(one.name for one in approvers if one.id != leaving) or "nobody"
        roles = " or ".join(role.replace("_", " ") for role in rule.approvers)
        raise LastWayIn(
            f"That would leave only {others} to decide on requests, and it takes two: nothing was done. "
            f"Sign them out with /pm revoke, or give somebody else the role {roles} first.",
            suggestions=_instead(action),
        )


def _instead(action: Action) -> list[Suggestion]:
    """Signing out takes no access away, and stops whoever sits at the stolen laptop."""
    given = {name: str(value) for name, value in action.step().parameters.items()}
    return [Suggestion("Sign them out instead", "revoke", given)]


async def _open_approvals(session: AsyncSession, staff_id: uuid.UUID, but: uuid.UUID | None) -> list[Decision]:
    query = (
        select(Decision)
        .join(Revision, Revision.id == Decision.revision_id)
        .join(Proposal, Proposal.revision_id == Revision.id)
        .where(
            Decision.staff_id == staff_id,
            Decision.voided.is_(None),
            Decision.verdict != Verdict.REJECT,
            Proposal.state.in_(UNDECIDED),
        )
    )
    return list(await session.scalars(query if but is None else query.where(Proposal.id != but)))


async def _open_requests(session: AsyncSession, staff_id: uuid.UUID, but: uuid.UUID | None) -> Sequence[uuid.UUID]:
    query = select(Proposal.id).where(Proposal.requester_id == staff_id, Proposal.state.in_(UNDECIDED))
    return list(await session.scalars(query if but is None else query.where(Proposal.id != but)))


async def void_fact(session: AsyncSession, action: Action) -> Fact | None:
    """The line of the preview that says what of theirs becomes void."""
    if action.distrusts is None:
        return None
    approvals = len(await _open_approvals(session, action.distrusts, None))
    requests = len(await _open_requests(session, action.distrusts, None))
    parts = [
        f"{number} open {noun}{'' if number == 1 else 's'}"
        for number, noun in ((approvals, "approval"), (requests, "request"))
        if number
    ]
    if not parts:
        return None
    return fact("Also", f"{' and '.join(parts)} of theirs become{'s' if approvals + requests == 1 else ''} void")


async def void(session: AsyncSession, staff_id: uuid.UUID, *, but: uuid.UUID | None = None) -> None:
    """Take back the open approvals and requests of somebody who is no longer trusted with them (promise 4).

    `but`: the proposal that brings this about.
    """
    record = await staff.load(session, staff_id)
    name = record.name if record else "Somebody"
    for decision in await _open_approvals(session, staff_id, but):
        revision = await session.get_one(Revision, decision.revision_id)
        proposal = await session.get_one(Proposal, revision.proposal_id, with_for_update=True)
        if proposal.state not in UNDECIDED:
            continue
        decision.voided = func.now()
        proposal.state = State.PENDING
        proposal.cause = f"The approval of {name} no longer counts."
        await _note(session, proposal, staff_id, {"decision": str(decision.id)})
    for proposal_id in await _open_requests(session, staff_id, but):
        proposal = await session.get_one(Proposal, proposal_id, with_for_update=True)
        if proposal.state not in UNDECIDED:
            continue
        proposal.state, proposal.ended = State.CANCELLED, func.now()
        proposal.cause = f"{name}, who asked for it, has lost the access it rested on."
        await _note(session, proposal, staff_id, {})


async def _note(session: AsyncSession, proposal: Proposal, staff_id: uuid.UUID, facts: dict[str, str]) -> None:
    await audit.append(
        session,
        AuditKind.VOIDED,
        actor_id=None,
        action="pipeline.void",
        target=f"staff:{staff_id}",
        proposal_id=proposal.id,
        facts=facts,
    )
    await show_card(session, proposal)
