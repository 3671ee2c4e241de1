"""Clicks. A button carries an opaque id; everything else is read from the database again."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import select

from bot.actions.base import Action
from bot.actions.composite import asked_for
from bot.actions.impact import Impact, Step
from bot.drawing import mentions
from bot.drawing.buttons import said_on, shared_arguments
from bot.drawing.cards import plan
from bot.drawing.cards.saying import status, words_of
from bot.drawing.fitting import listed
from bot.drawing.masking import clearance_of
from bot.errors import AlreadyDecided, InvalidParameter, OutOfDate, Refused, Suggestion
from bot.handlers import afterwards, choosing, commands, decisions
from bot.handlers.desk import Button, Desk
from bot.judgement import Record
from bot.parameters.base import Reason
from bot.people.identity import Operator, slack_ids
from bot.permissions import reading
from bot.pipeline import access, telling
from bot.pipeline.core import deciders, impacts_of, lock_proposal, plan_of
from bot.pipeline.decide import what_became
from bot.platform import staff
from bot.store import outbox
from bot.store.models import OPEN, Draft, Execution, Hold, Proposal, Revision, State
from bot.words import sentence

OLD = "That button is from an older version of the bot. Type the command again."


async def clicked(buttons: Mapping[str, Button], desk: Desk, action_id: str, value: str) -> None:
    """Handle one click: what stands before the colon names the button, what stands after it is for that one.

    Raises `Refused`.
    """
    name, _, argument = action_id.partition(":")
    try:
        target = uuid.UUID(value)
    except ValueError:
        target = None
    if target is None or name not in buttons:
        raise OutOfDate(OLD)
    await buttons[name](desk, target, argument)


def chosen(clicked: Mapping[str, Any]) -> tuple[str, str]:
    """What was clicked: the action and its opaque id. An entry of a menu stands for the button it would be."""
    option = clicked.get("selected_option") or {}
    if not option:
        return clicked["action_id"], str(clicked.get("value", ""))
    action, _, value = str(option.get("value", "")).rpartition("|")
    return action, value


async def details(desk: Desk, proposal_id: uuid.UUID) -> None:
    """The longer story, for the viewer alone, by their role, with a note that they looked."""
    operator = await desk.operator()
    proposal = await desk.session.get_one(Proposal, proposal_id)
    revision = await desk.session.get_one(Revision, proposal.revision_id)
    steps, impacts = plan_of(revision), impacts_of(revision)
    asked = steps[:1] if steps[0].leads else steps
    for kind in [desk.core.registry.by_name[step.action] for step in asked]:
        if operator.permissions.isdisjoint({kind.permission, reading(kind.name)}):
            needed = reading(kind.name) or kind.permission
            raise await access.lacking(desk.session, desk.core.policy, operator, needed, "see these details")
        await commands.record_look(desk, operator, kind, _target_of(proposal), proposal_id)
    over = await _course(desk, proposal, revision)
    fresh = impacts if over else [await _fresh(desk, *one) for one in zip(steps, impacts, strict=True)]
    content = desk.renderer.message(
        "details.j2",
        clearance_of(operator),
        **plan.shown(desk.renderer, revision),
        details=plan.together(desk.renderer, steps, fresh).details,
        number=proposal.number,
        over=over,
        because=Record.model_validate(proposal.judged).judged.because if proposal.judged else (),
    )
    await desk.say(content)


def _target_of(proposal: Proposal) -> str:
    return next(iter(proposal.targets), f"proposal:{proposal.id}")


async def _fresh(desk: Desk, step: Step, shown: Impact) -> Impact:
    """With the details as they are now; pointless or gone by now: what was seen when it was asked for."""
    async with desk.core.database.snapshot() as snapshot:
        try:
            details = (await (await desk.core.registry.load(step, snapshot)).preview(snapshot)).details
        except Refused:
            return shown
    return shown.model_copy(update={"details": details or shown.details})


async def _course(desk: Desk, proposal: Proposal, revision: Revision) -> dict[str, object] | None:
    """What came of a finished request, from its reason to what the platform confirmed; None of an open one."""
    if proposal.state in OPEN:
        return None
    done = await desk.session.scalar(
        select(Execution).where(Execution.proposal_id == proposal.id).order_by(Execution.step).limit(1)
    )
    return {
        "reason": proposal.reason,
        "requester": await staff.name_of(desk.session, proposal.requester_id),
        "asked": proposal.created,
        "words": await words_of(desk.session, proposal),
        "executed": done.at if done else None,
        "verified": done.verified if done else None,
        "revision": revision.number,
        "status": status(proposal),
    }


async def draft(desk: Desk, draft_id: uuid.UUID) -> None:
    """A command that was completed by a click: a suggestion, a choice, an offer, a form that opened late."""
    operator = await desk.operator()
    found = await desk.session.get(Draft, draft_id)
    if found is None:
        raise OutOfDate("That button is too old. Type the command again.")
    if found.verb == choosing.NOT_CHOSEN:
        await choosing.ask(desk, operator, draft_id)
        return
    await commands.run(desk, operator, found.verb, found.arguments, once=f"draft:{draft_id}")


async def remind(desk: Desk, proposal_id: uuid.UUID) -> None:
    """A direct message to everybody who could decide, once for each state of the request; it changes with the card."""
    operator = await desk.operator()
    proposal = await desk.session.get_one(Proposal, proposal_id)
    if proposal.state != State.PENDING:
        raise AlreadyDecided(await what_became(desk.session, proposal))
    revision = await desk.session.get_one(Revision, proposal.revision_id)
    actions = await desk.core.actions_there(desk.session, revision)
    able = await deciders(desk.session, proposal, actions)
    links = await slack_ids(desk.session, desk.team_id)
    reached = []
    for one in able:
        key = f"reminder:{revision.id}:{one.id}"
        if one.id == operator.id or one.id not in links or await outbox.known(desk.session, key):
            continue
        await outbox.show(
            desk.session,
            key,
            channel=links[one.id],
            projection="reminder",
            subject=f"{proposal.id}:{operator.id}",
            follows=proposal.id,
        )
        reached.append(one.name)
    await desk.note(f"Reminded {listed(reached, 'and')}." if reached else "They have been reminded already.")


async def follow(desk: Desk, proposal_id: uuid.UUID) -> None:
    """Whoever would have asked for the same hears how it goes, as whoever asked does; it approves nothing."""
    operator = await desk.operator()
    proposal = await lock_proposal(desk.session, proposal_id)
    if proposal.state not in OPEN:
        raise AlreadyDecided(await what_became(desk.session, proposal), card=proposal.id)
    await telling.follow(desk.session, proposal, operator.id)
    await desk.note(f"You will be told how request {proposal.number} goes.")


async def pass_on(desk: Desk, draft_id: uuid.UUID) -> None:
    """Somebody without the role hands the wish to those who have it, who decide whether to ask for it."""
    operator = await desk.operator()
    found = await desk.session.scalar(select(Draft).where(Draft.id == draft_id))
    if found is None:
        raise OutOfDate("That button is too old. Type the command again.")
    action = desk.core.registry.by_verb[found.verb]
    content = desk.renderer.message(
        "passed_on.j2",
        mentioned=await mentions.team(desk.session, desk.core.policy, desk.team_id, action.team, but=[operator.id]),
        by=operator.name,
        team=action.team,
        what=await _wish(desk, operator, action, found.arguments),
        begins=said_on(Suggestion(sentence(action.phrase()), found.verb, found.arguments), action),
        reason=found.arguments.get("reason"),
        draft=draft_id,
    )
    fresh = await outbox.post(desk.session, f"pass_on:{draft_id}", content, channel=action.team)
    where = desk.channels.shown(action.team)
    await desk.note(f"Asked in {where}." if fresh else f"You have asked in {where} already.")


async def _wish(desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str]) -> str:
    """In words: `add user manager to Priya Raghunathan for 14 d`; as far as they said it, `add a role`."""
    try:
        given = await commands.resolve(desk, operator, action, {"reason": "-", **arguments})
    except InvalidParameter:
        return action.offer()
    declared = action.declared()
    said = [
        value.after(next(iter(declared[name].keywords), ""))
        for name, value in given.items()
        if value is not None and not isinstance(value, Reason)
    ]
    return " ".join([action.words(), *said])


async def lead_on(desk: Desk, proposal_id: uuid.UUID, verb: str) -> None:
    """What a finished card offers next: another verb on the same target; its form asks why."""
    operator = await desk.operator()
    proposal = await desk.session.get_one(Proposal, proposal_id)
    revision = await desk.session.get_one(Revision, proposal.revision_id)
    action, *more = asked_for(await desk.core.actions(desk.session, revision))
    other = desk.core.registry.by_verb.get(verb)
    if other is None or more:  # what several steps were about is not one thing
        raise OutOfDate("That is no longer something I can do. Type just /pm to see what you can do here.")
    arguments = shared_arguments(action, other)
    await commands.run(desk, operator, verb, arguments, once=f"{proposal_id}:{verb}")


async def change_hold(desk: Desk, hold_id: uuid.UUID, what: str) -> None:
    """What a notice of a near end offers: another hour, or the end now."""
    operator = await desk.operator()
    hold = await desk.session.get_one(Hold, hold_id)
    arguments = {"extend": {"duration": "1h"}, "end": {}}.get(what)
    if arguments is None:
        raise OutOfDate(OLD)
    once = f"hold:{hold_id}:{what}:{hold.ends}"  # a double click is one; once it ends later, so may another be
    await commands.run(desk, operator, what, {"hold": str(hold_id), **arguments}, once=once)


async def tried_out(desk: Desk, trip_id: uuid.UUID) -> None:
    """The button of `pm doctor --live`, which looks for the stored click (bot/doctor/live.py)."""
    await desk.note("Thank you. Your click came through, and this is the answer to it.")


def _alone(handler: Callable[[Desk, uuid.UUID], Awaitable[None]]) -> Button:
    """A button with nothing after its name."""

    async def press(desk: Desk, target: uuid.UUID, argument: str) -> None:
        await handler(desk, target)

    return press


BUTTONS: dict[str, Button] = {
    "next": lead_on,
    "hold": change_hold,
    "doctor": _alone(tried_out),
    "approve": _alone(decisions.approve),
    "comment": _alone(decisions.comment),
    "reject": _alone(decisions.reject),
    "reject_now": _alone(decisions.reject_now),
    "stop": _alone(decisions.reject_now),
    "solo": _alone(decisions.announce),
    "withdraw": _alone(decisions.withdraw),
    "details": _alone(details),
    "undo": _alone(afterwards.undo),
    "resume": _alone(afterwards.resume),
    "halt": _alone(afterwards.stop),
    "review": _alone(afterwards.review),
    "question": _alone(afterwards.question),
    "reviewed": _alone(afterwards.reviewed),
    "ask_again": _alone(afterwards.ask_again),
    "send_again": _alone(afterwards.send_again),
    "arrived": _alone(afterwards.arrived),
    "not_arrived": _alone(afterwards.not_arrived),
    "break_glass": _alone(decisions.break_glass),
    "draft": _alone(draft),
    "remind": _alone(remind),
    "pass_on": _alone(pass_on),
    "follow": _alone(follow),
}
