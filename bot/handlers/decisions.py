"""Clicks by which somebody decides about a request: approve, reject, withdraw, the emergency override."""

import uuid

from bot.drawing.buttons import button
from bot.drawing.cards import plan
from bot.drawing.masking import Clearance
from bot.errors import AlreadyDecided, CodeNeeded, NoCodeApp, OutOfDate, Refused
from bot.handlers import commands, forms, views
from bot.handlers.desk import Desk
from bot.people import on_call
from bot.people.identity import Operator
from bot.pipeline import decide as deciding
from bot.platform import staff
from bot.policy import Requirement
from bot.store.models import Proposal, Revision, State, Verdict


async def _decide(desk: Desk, revision_id: uuid.UUID, verdict: Verdict) -> None:
    operator = await desk.operator()
    try:
        async with desk.session.begin_nested():
            await deciding.decide(desk.core, desk.session, operator, revision_id, verdict)
    except CodeNeeded:
        await _ask_code(desk, revision_id)
    except NoCodeApp as error:
        await desk.refuse(error, [button("Set up an authenticator app …", "enrol", operator.id)])
    except Refused as error:
        await desk.refuse(error, commands.offers(error, await _proposal_of(desk, revision_id)))


async def _ask_code(desk: Desk, revision_id: uuid.UUID) -> None:
    """In a form beside what is decided; `submissions` goes on from there."""
    revision = await desk.session.get_one(Revision, revision_id)
    proposal = await desk.session.get_one(Proposal, revision.proposal_id)
    what = desk.renderer.blocks(
        "glass_form.j2",
        Clearance.CHANNEL,
        number=proposal.number,
        requester=await staff.name_of(desk.session, proposal.requester_id),
        reason=proposal.reason,
        **plan.shown(desk.renderer, revision),
    )
    if not await forms.try_open(desk.client, desk.place.trigger_id, views.code(str(revision_id), what)):
        await desk.note("Slack could not open the form in time.", [button("Enter the code …", "approve", revision_id)])


async def approve(desk: Desk, revision_id: uuid.UUID) -> None:
    await _decide(desk, revision_id, Verdict.APPROVE)


async def comment(desk: Desk, revision_id: uuid.UUID) -> None:
    """Approve with a comment, which a form asks for; who may is looked at when it is sent."""
    await desk.operator()
    revision = await desk.session.get(Revision, revision_id)
    if revision is None:
        raise OutOfDate("That request no longer exists. Type the command again.")
    proposal = await desk.session.get_one(Proposal, revision.proposal_id)
    if Requirement.model_validate(proposal.requirement).step_up and desk.core.vault is not None:
        raise Refused(
            "This needs a code from your app, so you cannot add a comment here. Press Approve, and write your comment "
            "in the card's thread."
        )
    view = views.approve(str(revision_id), plan.title(desk.renderer, revision))
    if not await forms.try_open(desk.client, desk.place.trigger_id, view):
        now = button("Approve without a comment", "approve", revision_id)
        await desk.note("Slack could not open the form in time.", [now])


async def reject(desk: Desk, revision_id: uuid.UUID) -> None:
    """Ask why, which may stay open.

    The button says the same to everybody who sees the card. Whoever asked for it is therefore told first that this
    withdraws it, unless that is what the button says.
    """
    operator = await desk.operator()
    proposal = await _may_reject(desk, operator, revision_id)
    if proposal is None:
        return
    own = proposal.requester_id == operator.id
    if own and Requirement.model_validate(proposal.requirement).self_approval:
        await _decide(desk, revision_id, Verdict.REJECT)
        return
    if own:
        revision = await desk.session.get_one(Revision, revision_id)
        view = views.withdraw(str(revision_id), plan.title(desk.renderer, revision))
        now = button("Withdraw request", "withdraw", revision_id)
    else:
        view = views.reject(str(revision_id))
        now = button("Reject without a reason", "reject_now", revision_id)
    if not await forms.try_open(desk.client, desk.place.trigger_id, view):
        await desk.note("Slack could not open the form in time.", [now])


async def announce(desk: Desk, revision_id: uuid.UUID) -> None:
    """Go alone after the policy's delay, unless somebody stops it."""
    await _decide(desk, revision_id, Verdict.SOLO)


async def reject_now(desk: Desk, revision_id: uuid.UUID) -> None:
    await _decide(desk, revision_id, Verdict.REJECT)


async def withdraw(desk: Desk, revision_id: uuid.UUID) -> None:
    """Take back one's own request."""
    operator = await desk.operator()
    proposal = await _may_reject(desk, operator, revision_id)
    if proposal is None:
        return
    if proposal.requester_id != operator.id:
        requester = await staff.name_of(desk.session, proposal.requester_id)
        raise Refused(f"Only {requester} can withdraw this request. You can reject it.")
    await _decide(desk, revision_id, Verdict.REJECT)


async def _may_reject(desk: Desk, operator: Operator, revision_id: uuid.UUID) -> Proposal | None:
    """The request; None for somebody who may not turn it down, who has been told."""
    try:
        return await deciding.check_reject(desk.core, desk.session, operator, revision_id)
    except Refused as error:
        await desk.refuse(error, commands.offers(error, await _proposal_of(desk, revision_id)))
        return None


async def _proposal_of(desk: Desk, revision_id: uuid.UUID) -> uuid.UUID | None:
    revision = await desk.session.get(Revision, revision_id)
    return revision.proposal_id if revision else None


async def break_glass(desk: Desk, revision_id: uuid.UUID) -> None:
    """Show what would run and ask for the reason first; `submissions` goes on from there."""
    operator = await desk.operator()
    if not (await on_call.now(desk.session, desk.core.policy)).may_override(operator.email):
        raise Refused("Only the person on call can use the emergency override. Ask for an approval instead.")
    revision = await desk.session.get_one(Revision, revision_id)
    proposal = await desk.session.get_one(Proposal, revision.proposal_id)
    if proposal.state != State.PENDING:
        raise AlreadyDecided(await deciding.what_became(desk.session, proposal))
    what = desk.renderer.blocks(
        "glass_form.j2",
        Clearance.CHANNEL,
        number=proposal.number,
        requester=await staff.name_of(desk.session, proposal.requester_id),
        reason=proposal.reason,
        **plan.shown(desk.renderer, revision),
    )
    if not await forms.try_open(desk.client, desk.place.trigger_id, views.break_glass(str(revision_id), what)):
        await desk.note("Slack could not open the form in time. Click Emergency override once more.")
