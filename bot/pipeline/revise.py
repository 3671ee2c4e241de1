"""What becomes of a proposal whose facts or people are no longer what they were: asked anew, or ended."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Change, Impact, changes, fingerprint
from bot.audit import trail
from bot.pipeline import results, telling
from bot.pipeline.core import approvals, ends_as, impacts_of, plan_of, show_card
from bot.pipeline.telling import News
from bot.policy import Requirement
from bot.store.models import AuditKind, Proposal, Revision, State

CHANGED = "It changed since it was asked for."
CHANGED_AFTER_APPROVAL = "It changed since it was approved, so earlier approvals no longer count."


def needed_now(proposal: Proposal, current: Requirement) -> Requirement:
    """What it needs: more than when it was asked for, where it would do more by now, such as take a role that came."""
    asked = Requirement.model_validate(proposal.requirement)
    fewer = not set(asked.approvers) <= set(current.approvers)
    alone = asked.self_approval and not asked.approvers and not current.self_approval
    if current.no_approval or not (asked.no_approval or alone or fewer or current.quorum > asked.quorum):
        return asked
    proposal.requirement = current.model_dump(mode="json")
    return current


async def revise(session: AsyncSession, proposal: Proposal, revision: Revision, impacts: Sequence[Impact]) -> None:
    """Show the new impact and ask again: approvals were for the old one (promise 2)."""
    changed: list[Change] = changes(impacts_of(revision), impacts)
    approved = proposal.state == State.APPROVED or bool(await approvals(session, revision.id))
    newer = Revision(
        id=uuid.uuid4(),
        proposal_id=proposal.id,
        number=revision.number + 1,
        plan=revision.plan,
        impacts=[impact.model_dump(mode="json") for impact in impacts],
        fingerprint=fingerprint(plan_of(revision), impacts),
        changes=[change.model_dump(mode="json") for change in changed],
    )
    session.add(newer)
    proposal.revision_id, proposal.state = newer.id, State.PENDING
    proposal.cause = CHANGED_AFTER_APPROVAL if approved else CHANGED
    await trail.append(
        session,
        AuditKind.VOIDED,
        actor_id=None,
        action="pipeline.revise",
        target=f"proposal:{proposal.id}",
        proposal_id=proposal.id,
        facts={
            "revision": newer.number,
            "changed": [change.label for change in changed],
            "fingerprint": newer.fingerprint,
        },
        details={
            "changes": newer.changes,
            "impacts": newer.impacts,
        },  # what the fingerprint is of, for as long as it is kept
    )
    await show_card(session, proposal)
    if approved:
        await telling.asked_again(session, proposal, of=newer.id)
    else:
        await telling.askers(session, proposal, News.AGAIN, of=newer.id)


async def end(session: AsyncSession, proposal: Proposal, state: State, cause: str) -> None:
    """It is over without a word of anybody, and the card says why; of what was begun, that it was."""
    state = await ends_as(session, proposal, state)
    proposal.state, proposal.cause, proposal.ended = state, cause, func.now()
    if state is State.PARTLY:
        await results.ask(session, proposal)
    await trail.append(
        session,
        AuditKind.ENDED,
        actor_id=None,
        action="pipeline.end",
        target=f"proposal:{proposal.id}",
        proposal_id=proposal.id,
        facts={"state": state},
        details={"cause": cause},
    )
    await show_card(session, proposal)
    await telling.askers(session, proposal, News(state))
