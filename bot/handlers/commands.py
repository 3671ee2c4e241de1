"""A verb with its arguments, from wherever it came: answered, asked for, or completed by a form."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from bot.actions.base import Action
from bot.actions.impact import Impact
from bot.audit import trail
from bot.drawing import links
from bot.drawing.buttons import begins, button, shared_arguments
from bot.drawing.cards import requests
from bot.drawing.masking import clearance_of, masked_text
from bot.errors import InvalidParameter, MissingParameter, NotPermitted, NotUnderstood, Refused, WhichOne
from bot.handlers import forms, grammar
from bot.handlers.desk import Desk
from bot.handlers.grammar import Typed
from bot.handlers.help import send_help
from bot.parameters.base import Parameter, Reason
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.pipeline import propose as pipeline
from bot.pipeline import read_only
from bot.pipeline.decide import decide
from bot.pipeline.propose import Ask
from bot.policy import Risk
from bot.store import rooms
from bot.store.models import AuditKind, Proposal, Verdict
from bot.store.rooms import Home
from bot.targets.staff import Staffer
from bot.words import sentence


async def command(desk: Desk, payload: Mapping[str, Any]) -> None:
    """A slash command."""
    await typed(desk, str(payload.get("text", "")))


async def typed(desk: Desk, text: str) -> None:
    """Handle what somebody typed. Raises `Refused`."""
    operator = await desk.operator()
    command = await _meant(desk, operator, grammar.parse(text, desk.core.registry))
    await run(desk, operator, command.verb, command.arguments)


async def _meant(desk: Desk, operator: Operator, command: Typed) -> Typed:
    """Of commands that share a word, the one whose kind of thing there is by that name: `suspend jo@acme.example`.

    Where there is none, what the word says first; where there are several, somebody is asked.
    """
    if not command.otherwise:
        return command
    there = [one for one in (command, *command.otherwise) if await _is_there(desk, operator, one)]
    if len(there) > 1:
        raise grammar.which_one(command.verb, there, desk.core.registry)
    return there[0] if there else command


async def _is_there(desk: Desk, operator: Operator, command: Typed) -> bool:
    """Whether what is named first exists."""
    action = desk.core.registry.by_verb[command.verb]
    first = next((name for name, one in action.declared().items() if not one.keywords), "")
    if not command.arguments.get(first):
        return False
    lookup = desk.lookup(action, command.arguments, operator)
    try:
        await action.given(first, command.arguments[first], lookup)
    except WhichOne:
        return True
    except InvalidParameter:
        return False
    return True


async def run(
    desk: Desk,
    operator: Operator,
    verb: str,
    arguments: Mapping[str, str],
    once: str | None = None,
    *,
    ask_first: bool = False,
) -> None:
    """Carry a verb as far as it goes now; `once` names the button it comes from. Raises `Refused`.

    `ask_first`: what changes something is not asked for before its form was seen, even where nothing is missing.
    """
    if verb == grammar.HELP:
        await send_help(desk, operator, arguments.get("verb"))
        return
    action = desk.core.registry.by_verb.get(verb)
    if action is None:
        raise NotUnderstood("That is no longer something I can do. Type just /pm to see what you can do here.")
    try:
        if not await is_their_own(desk, operator, action, arguments):
            await pipeline.authorize(desk.core, desk.session, operator, action)
    except NotPermitted as error:
        await desk.refuse(error, await instead(desk, operator, action, arguments))
        return
    if ask_first and action.risk is not Risk.READ:
        await _ask_for_the_rest(desk, operator, action, arguments)
        return
    try:
        parameters = await resolve(desk, operator, action, arguments)
    except MissingParameter:
        if not desk.opens_forms:
            raise
        await _ask_for_the_rest(desk, operator, action, arguments)
        return
    if action.risk is Risk.READ:
        await answer(desk, operator, action(**parameters))
    else:
        await ask(desk, operator, action(**parameters), once)


async def _ask_for_the_rest(desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str]) -> None:
    """Open its form; not in vain, where nobody may ask for it now."""
    if action.risk is not Risk.READ:
        await read_only.refuse_kind(desk.session, action)
    await forms.ask(desk, operator, action, arguments)


async def is_their_own(desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str]) -> bool:
    """Whether it is something that everybody may do to themselves, and this is about themselves."""
    if not action.on_oneself:
        return False
    lookup = desk.lookup(action, arguments, operator)
    people = [name for name, kind in action.parameters().items() if issubclass(kind, Staffer)]
    try:
        meant = [await action.given(name, arguments.get(name), lookup) for name in people]
    except InvalidParameter:
        return False
    return all(isinstance(one, Staffer) and one.id == operator.id for one in meant)


async def instead(
    desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str]
) -> list[dict[str, object]]:
    """What somebody whose roles do not include an action can do: ask those who may, or do it to themselves."""
    if action.risk is Risk.READ:
        return []
    draft = await desk.draft(action.verb, arguments)
    buttons = [button(f"Ask {action.team} to {action.offer()}", "pass_on", draft)]
    return [*buttons, await desk.on_oneself(operator, action)] if action.on_oneself else buttons


async def resolve(
    desk: Desk, operator: Operator, action: type[Action], arguments: Mapping[str, str]
) -> dict[str, Parameter | None]:
    """All parameters from their raw values. Raises `InvalidParameter`; a missing one only if no other is wrong."""
    lookup = desk.lookup(action, arguments, operator)
    resolved: dict[str, Parameter | None] = {}
    missing: MissingParameter | None = None
    for name in action.parameters():
        try:
            resolved[name] = await action.given(name, arguments.get(name), lookup)
        except MissingParameter as error:
            missing = missing or error
    if missing:
        raise missing
    return resolved


async def record_look(
    desk: Desk,
    operator: Operator,
    action: Action | type[Action],
    target: str,
    proposal_id: uuid.UUID | None = None,
    people: Sequence[str] = (),
) -> None:
    """Write down that somebody looked: committed with the answer, which is shown from there (promise 9).

    `people`: whose personal data is in it besides, as `type:id`. Who looks at people, or at the
    details of a request about them, may do so only so often. Raises `TooOften`.
    """
    if action.shows_people or people or proposal_id is not None:
        await desk.core.limits.look_up(desk.session, operator)
    await trail.append(
        desk.session,
        AuditKind.LOOKED,
        actor_id=operator.id,
        action=action.name,
        target=target,
        proposal_id=proposal_id,
        facts={
            "clearance": clearance_of(operator),
            **sees_amounts(action, operator),
            **({"people": list(people)} if people else {}),
        },
    )


def sees_amounts(action: Action | type[Action], operator: Operator) -> dict[str, bool]:
    """Whether somebody who looks at billing, or at a tenant, sees what is paid."""
    about_money = action.resource() == "tenant"
    return {"amounts": operator.may(Permission.BILLING_AMOUNTS)} if about_money else {}


async def answer(desk: Desk, operator: Operator, action: Action) -> None:
    """A reading action: recorded, read, shown to the viewer alone, as their role may see it."""
    if action.withdraws is not None:
        await withdraw(desk, operator, action.withdraws)
    async with desk.core.database.snapshot() as snapshot:
        impact = await action.preview(snapshot)
        if action.report is not None:
            report = await desk.reports.draw(snapshot, action.report, clearance_of(operator))
            await desk.send(report)
    if action.withdraws is None:
        await record_look(desk, operator, action, action.target, people=action.people_in(impact))
    content = desk.renderer.message(
        f"actions/{action.name}.j2",
        clearance_of(operator),
        impact=impact,
        amounts=operator.may(Permission.BILLING_AMOUNTS),
        next_buttons=await follow_ups(desk, operator, action, impact),
        drawn=await requests.drawn(desk, impact),
        linked=await links.to_messages(desk.session, desk.channels, impact.context.get("links", {})),
        **impact.context,
        **await action.asked(desk.core.outside, impact),
    )
    await desk.say(content)


async def withdraw(desk: Desk, operator: Operator, proposal_id: uuid.UUID) -> None:
    """The requester's own no; on record as every decision is. Raises `Refused` once it is decided."""
    proposal = await desk.session.get_one(Proposal, proposal_id)
    await decide(desk.core, desk.session, operator, proposal.revision_id, Verdict.REJECT)


async def follow_ups(desk: Desk, operator: Operator, action: Action, impact: Impact) -> list[dict[str, object]]:
    """Buttons for what this operator could do next with the same parameters; a form asks for the rest."""
    buttons = []
    for verb in action.leads_to(impact):
        other = desk.core.registry.by_verb[verb]
        if operator.may(other.permission):
            shared = shared_arguments(action, other)
            draft = await desk.draft(verb, shared)
            buttons.append(button(begins(other, shared), f"draft:{verb}", draft))
    for place, lead in enumerate(action.leads_on(impact)):
        found = desk.core.registry.by_verb.get(lead.verb)
        if found is not None and operator.may(found.permission):
            draft = await desk.draft(lead.verb, lead.arguments)
            what = masked_text(lead.what, clearance_of(operator))
            buttons.append(button(f"{sentence(found.beginning())} {what}", f"draft:{lead.verb}:{place}", draft))
    return buttons


async def ask(desk: Desk, operator: Operator, action: Action, once: str | None) -> None:
    """An action that changes something: a proposal, and its card in the channel where it belongs."""
    place = desk.place
    home = await _home(desk, action)
    reason = next((value.text for value in vars(action).values() if isinstance(value, Reason)), "")
    proposal = await pipeline.propose(
        desk.core,
        desk.session,
        operator,
        [action],
        Ask(home.channel, reason, home.thread_ts, once=once, doors=place.doors),
    )
    if home.channel not in (place.channel, desk.channels.logical(place.channel, place.channel_name)):
        await desk.show("asked", str(proposal.id))


async def _home(desk: Desk, action: Action) -> Home:
    """Where its card belongs: where the action says, else where it was asked for, if that is a channel of the bot's."""
    own = await action.home(desk.session)
    if own is not None:
        return own
    place = desk.place
    here = desk.channels.logical(place.channel, place.channel_name)
    if here is None and await rooms.of_channel(desk.session, place.channel) is not None:
        here = place.channel
    if here is None:
        return Home(desk.core.policy.home_channel(action.stakes.action), None)
    return Home(here, place.thread_ts)


def offers(error: Refused, proposal_id: uuid.UUID | None) -> list[dict[str, object]]:
    """Standing offers that a refusal at a card may make."""
    if "remind" in error.offers and proposal_id is not None:
        return [button("Remind them", "remind", proposal_id)]
    return []
