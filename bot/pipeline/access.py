"""What follows when somebody's access or trust is reduced: the last way in stays, and their open words are void."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.actions.base import Action
from bot.actions.impact import Fact, fact
from bot.errors import LastWayIn, Refused, Suggestion
from bot.pipeline import telling
from bot.pipeline.core import lock_proposal, show_card
from bot.pipeline.telling import News
from bot.platform import staff, staff_roles
from bot.platform.staff import StaffRecord
from bot.policy import Policy, Risk, Stakes
from bot.store.models import AuditKind, Decision, Proposal, Revision, StaffLink, State, Verdict, WayIn

UNDECIDED = (State.PENDING, State.APPROVED)
# Taking containment back needs one to ask and another to approve; with fewer, whoever is out stays out.
PAIR = 2
REINSTATING = Stakes("staff.reinstate", Risk.HIGH)


async def hold_way_in(session: AsyncSession) -> None:
    """Make everything that reduces access happen one after the other."""
    (await session.scalars(select(WayIn).with_for_update())).one()  # without its row nothing would be held


async def keep_way_in(session: AsyncSession, policy: Policy, action: Action) -> None:
    """Raise `LastWayIn` if the action would shut out somebody whom the platform cannot do without."""
    if action.shuts_out is None and not action.deprives:
        return
    stay = await _for_good(session)
    admins = [one for one in stay if staff.SUPER_ADMIN in one.roles]
    left = [one for one in admins if staff.SUPER_ADMIN in _left_with(action, one)]
    if admins and not left:
        raise LastWayIn(
            f"{_names(admins)} is the last active super admin, so this cannot be done. "
            "Sign them out with /pm revoke, or make somebody else super admin first.",
            suggestions=_instead(action),
        )
    deciding = set(policy.requirement(REINSTATING, roles=frozenset(), on_self=False).approvers)
    approvers = [one for one in stay if one.roles & deciding]
    remaining = [one for one in approvers if _left_with(action, one) & deciding]
    if len(remaining) < min(PAIR, len(approvers)):
        roles = " or ".join(role.replace("_", " ") for role in sorted(deciding))
        raise LastWayIn(
            f"That would leave only {_names(remaining) or 'nobody'} to decide on requests, and it takes two: nothing "
            f"was done. Sign them out with /pm revoke, or give somebody else the role {roles} first.",
            suggestions=_instead(action),
        )


async def _for_good(session: AsyncSession) -> list[StaffRecord]:
    """Active staff with the roles that do not end by themselves, and an account in Slack to decide from.

    Nobody is kept in by what is over tomorrow, or by somebody who cannot be asked.
    """
    lasting = await staff_roles.lasting(session)
    records = await staff.active_with_roles(session, {role for roles in lasting.values() for role in roles})
    linked = set(await session.scalars(select(StaffLink.staff_id)))
    return [replace(one, roles=frozenset(lasting.get(one.id, ()))) for one in records if one.id in linked]


def _left_with(action: Action, one: StaffRecord) -> frozenset[str]:
    """The roles that somebody can still use afterwards."""
    if one.id == action.shuts_out:
        return frozenset()
    return one.roles - action.deprives.get(one.id, frozenset())


def _names(people: Sequence[StaffRecord]) -> str:
    return " and ".join(one.name for one in people)


def keep_apart(policy: Policy, roles: frozenset[str]) -> None:
    """Raise `Refused` with the rule if nobody may hold all of these roles."""
    if rule := policy.exclusion(roles):
        meant = [role.replace("_", " ") for role in (rule.role, *rule.others) if role in roles]
        raise Refused(
            f"Nobody holds {' and '.join(meant)} together: {rule.because}. Nothing was done. "
            "Take one of them away first, or choose another role."
        )


def _instead(action: Action) -> list[Suggestion]:
    """Signing out takes no access away, and stops whoever sits at the stolen laptop."""
    given = {name: str(value) for name, value in action.step().parameters.items() if name in ("staffer", "reason")}
    return [Suggestion("Sign them out instead", "revoke", given)]


async def open_approvals(session: AsyncSession, staff_id: uuid.UUID, but: uuid.UUID | None) -> list[Decision]:
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


async def open_requests(session: AsyncSession, staff_id: uuid.UUID, but: uuid.UUID | None) -> Sequence[uuid.UUID]:
    query = select(Proposal.id).where(Proposal.requester_id == staff_id, Proposal.state.in_(UNDECIDED))
    return list(await session.scalars(query if but is None else query.where(Proposal.id != but)))


async def void_fact(session: AsyncSession, action: Action) -> Fact | None:
    """The line of the preview that says what of theirs becomes void."""
    if action.distrusts is None:
        return None
    approvals = len(await open_approvals(session, action.distrusts, None))
    requests = len(await open_requests(session, action.distrusts, None))
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
    for decision in await open_approvals(session, staff_id, but):
        await void_approval(session, decision)
    for proposal_id in await open_requests(session, staff_id, but):
        await void_request(session, proposal_id)


async def void_approval(session: AsyncSession, decision: Decision) -> None:
    """A word that no longer counts: what it carried waits for another."""
    revision = await session.get_one(Revision, decision.revision_id)
    proposal = await lock_proposal(session, revision.proposal_id)
    if proposal.state not in UNDECIDED:
        return
    decision.voided = func.now()
    proposal.state = State.PENDING
    name = await staff.name_of(session, decision.staff_id)
    proposal.cause = f"The approval of {name} no longer counts."
    await _note(session, proposal, decision.staff_id, {"decision": str(decision.id)})
    await telling.asked_again(session, proposal, of=decision.id)


async def void_request(session: AsyncSession, proposal_id: uuid.UUID) -> None:
    """A request by somebody who may no longer ask for it."""
    proposal = await lock_proposal(session, proposal_id)
    if proposal.state not in UNDECIDED:
        return
    proposal.state, proposal.ended = State.CANCELLED, func.now()
    name = await staff.name_of(session, proposal.requester_id)
    proposal.cause = f"{name}, who asked for it, has lost the access it rested on."
    await _note(session, proposal, proposal.requester_id, {})
    await telling.requester(session, proposal, News.CANCELLED)


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
