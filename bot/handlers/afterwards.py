"""Clicks on what was decided: carry on, stop, take back, review, ask the platform once more."""

import uuid

from sqlalchemy import select

from bot.drawing.buttons import button
from bot.drawing.cards import plan
from bot.drawing.masking import Clearance
from bot.handlers import forms, views
from bot.handlers.desk import Desk
from bot.pipeline import plan_review
from bot.pipeline import resume as resuming
from bot.pipeline import review as reviewing
from bot.pipeline import send_again as sending
from bot.pipeline import stop as stopping
from bot.pipeline import undo as undoing
from bot.pipeline import verify as verifying
from bot.pipeline.propose import preview
from bot.platform import staff
from bot.store.models import Execution, Verification


async def undo(desk: Desk, proposal_id: uuid.UUID) -> None:
    """Show what would take it back and ask why; `submissions` goes on from there."""
    operator = await desk.operator()
    proposal, actions = await undoing.check_undo(desk.core, desk.session, operator, proposal_id)
    async with desk.core.database.snapshot() as snapshot:
        impacts = await preview(desk.core, snapshot, actions)
    steps = [one.step() for one in actions]
    what = desk.renderer.blocks(
        "undo_form.j2",
        Clearance.CHANNEL,
        number=proposal.number,
        impact=plan.together(desk.renderer, steps, impacts),
        **plan.words_for(steps, impacts),
    )
    view = views.undo(str(proposal_id), proposal.number, what)
    if not await forms.try_open(desk.client, desk.place.trigger_id, view):
        await desk.note("Slack could not open the form in time.", [button("Open form", "undo", proposal_id)])


async def resume(desk: Desk, revision_id: uuid.UUID) -> None:
    """Have the rest of a plan done that was done in part."""
    operator = await desk.operator()
    await resuming.resume(desk.core, desk.session, operator, revision_id)


async def stop(desk: Desk, revision_id: uuid.UUID) -> None:
    """Have nothing more done of what is done in parts."""
    await stopping.stop(desk.core, desk.session, await desk.operator(), revision_id)


async def review(desk: Desk, proposal_id: uuid.UUID) -> None:
    """They looked at an emergency override, and found nothing to ask about."""
    operator = await desk.operator()
    proposal = await reviewing.review(desk.core, desk.session, operator, proposal_id)
    what = "self-healing" if proposal.requester_id == staff.ITSELF else "emergency override"
    await desk.note(f"The {what} of request {proposal.number} is marked as reviewed.")


async def question(desk: Desk, proposal_id: uuid.UUID) -> None:
    """Ask whoever ran something alone; `submissions` goes on from there."""
    operator = await desk.operator()
    one = await reviewing.check_question(desk.core, desk.session, operator, proposal_id)
    who = await staff.name_of(desk.session, one.word.staff_id)
    if not await forms.try_open(desk.client, desk.place.trigger_id, views.question(str(proposal_id), who)):
        again = button("Ask a question …", "question", proposal_id)
        await desk.note("Slack could not open the form in time.", [again])


async def reviewed(desk: Desk, proposal_id: uuid.UUID) -> None:
    """Somebody not involved looked at what happened around a plan."""
    operator = await desk.operator()
    await plan_review.review(desk.core, desk.session, operator, proposal_id)


async def ask_again(desk: Desk, proposal_id: uuid.UUID) -> None:
    """Have the platform asked once more about what it never confirmed."""
    await desk.operator()
    found = await desk.session.scalars(
        select(Execution)
        .where(Execution.proposal_id == proposal_id, Execution.verification == Verification.UNCONFIRMED)
        .with_for_update()
    )
    unconfirmed = list(found)
    for one in unconfirmed:
        await verifying.ask_now(desk.session, one)
    asked = "I am checking the platform now; the card will show the answer."
    await desk.note(asked if unconfirmed else "The platform has confirmed the change in the meantime.")


async def send_again(desk: Desk, proposal_id: uuid.UUID) -> None:
    """Have sent once more what did not arrive outside."""
    number = await sending.send_again(desk.core, desk.session, await desk.operator(), proposal_id)
    what = "it" if number == 1 else f"all {number:,}"
    await desk.note(f"I am sending {what} again now; the card will show whether {what} arrived.")


async def arrived(desk: Desk, proposal_id: uuid.UUID) -> None:
    """They looked in the other system, and it is there."""
    await sending.found(desk.core, desk.session, await desk.operator(), proposal_id, arrived=True)
    await desk.note("Thank you. The card says now that it arrived.")


async def not_arrived(desk: Desk, proposal_id: uuid.UUID) -> None:
    """They looked in the other system, and it is not there."""
    await sending.found(desk.core, desk.session, await desk.operator(), proposal_id, arrived=False)
    await desk.note("Thank you. The card says now that it did not arrive. To send it again, use the card's button.")
