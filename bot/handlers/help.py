"""What an operator can do here, and how one thing is typed; all of it read off the actions themselves."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from bot import words
from bot.actions.base import Action
from bot.actions.bulk import Bulk
from bot.actions.registry import Registry
from bot.drawing.buttons import button, offers
from bot.errors import NotUnderstood, Suggestion
from bot.handlers.desk import Desk
from bot.handlers.grammar import HELP
from bot.parameters.base import quoted
from bot.people.identity import Operator
from bot.pipeline import access
from bot.policy import Requirement, Risk, Stakes
from bot.words import plain, sentence

NOT_THEIRS = "You can't use it with your roles."
AT_A_GLANCE = 8  # commands that somebody reads through; of more, the first are explained and the others named
FIRST = 7
EVERYTHING = " all"  # ends a topic of which all commands are to be explained


def describe(requirement: Requirement) -> str:
    """Who decides, in a sentence."""
    roles = " or ".join(map(plain, requirement.approvers))
    if requirement.no_approval:
        return "Runs at once."
    if requirement.self_approval:
        return "You confirm it yourself."
    approvals = "an approval" if requirement.quorum == 1 else f"{requirement.quorum} approvals"
    return f"Needs {approvals} by {roles}."


def decision(desk: Desk, operator: Operator, action: type[Action]) -> str:
    if action.risk is Risk.READ:
        return "Answers you privately."
    policy = desk.core.policy
    said = describe(policy.requirement(action.usually(), roles=operator.roles, on_self=False))
    if action.grants and policy.critical_roles:
        critical = Stakes(action.name, Risk.CRITICAL)
        quorum = policy.requirement(critical, roles=frozenset(), on_self=False).quorum
        said += f" For {words.roles(policy.critical_roles)}, {quorum} are needed."
    return said


def _line(desk: Desk, operator: Operator, action: type[Action]) -> dict[str, str]:
    able = operator.may(action.permission)
    said = decision(desk, operator, action) if able else NOT_THEIRS
    if action.on_oneself:
        said += f" To {action.on_oneself}, type /pm {action.verb} me: that needs no role, and you confirm it yourself."
    return {"usage": action.usage(), "summary": action.summary(), "decision": said}


def offered(registry: Registry, operator: Operator) -> list[type[Action]]:
    """What the operator may ask for, the most pressing first: what limits damage, what changes things, what looks."""
    able = [one for _, members in registry.groups() for one in members if operator.may(one.permission)]
    return sorted(able, key=lambda action: (action.risk is Risk.READ, not action.containment))


def groups(registry: Registry, operator: Operator) -> list[dict[str, Any]]:
    """What the operator may ask for, by what it is about: only what each is for, since these are many."""
    found = [
        (group.title, [_brief(one, operator) for one in members if operator.may(one.permission) or one.on_oneself])
        for group, members in registry.groups()
    ]
    return [{"title": title, "actions": lines} for title, lines in found if lines]


def _brief(action: type[Action], operator: Operator) -> dict[str, str]:
    if operator.may(action.permission):
        return {"usage": action.verb, "summary": action.summary(), "decision": ""}
    return {"usage": f"{action.verb} me", "summary": f"{sentence(action.on_oneself)}.", "decision": ""}


async def send_help(desk: Desk, operator: Operator, topic: str | None) -> None:
    """`/pm` and `/pm help [topic]`. Raises `NotUnderstood` for a topic that there is not."""
    if topic is None:
        shown = groups(desk.core.registry, operator)
        await desk.say(desk.renderer.message("help.j2", title="What you can do here", groups=shown))
        return
    registry, everything = desk.core.registry, topic.endswith(EVERYTHING)
    topic = topic.removesuffix(EVERYTHING)
    meant = about(registry, topic) or _also_called(registry, topic)
    if not meant:
        raise _unknown(registry, topic)
    if len(meant) == 1:
        await _explain(desk, operator, meant[0])
    elif everything or len(meant) <= AT_A_GLANCE:
        shown = [{"title": None, "actions": [_line(desk, operator, one) for one in meant]}]
        await desk.say(desk.renderer.message("help.j2", title=f"/pm {topic} …", groups=shown))
    else:
        await _first_of_many(desk, operator, topic, meant)


async def _first_of_many(desk: Desk, operator: Operator, topic: str, meant: Iterable[type[Action]]) -> None:
    """What is used most, in a line each; of the others their names, and a button that explains all."""
    ordered = sorted(meant, key=_how_seldom)
    lines = [{"usage": one.usage(), "summary": one.summary(), "decision": ""} for one in ordered[:FIRST]]
    all_of_them = Suggestion(f"Explain all {len(ordered)}", HELP, {"verb": f"{topic}{EVERYTHING}"})
    message = desk.renderer.message(
        "help.j2",
        title=f"/pm {topic} …",
        groups=[{"title": None, "actions": lines}],
        others=[one.verb for one in ordered[FIRST:]],
        next_buttons=[await desk.suggest(all_of_them)],
    )
    await desk.say(message)


def _how_seldom(action: type[Action]) -> tuple[bool, bool, bool, bool]:
    """Looking is daily work; one comes before many, limiting damage before changes, and what cannot be undone last."""
    lasting = action.undo is Action.undo
    return issubclass(action, Bulk), action.risk is not Risk.READ, not action.containment, lasting


def about(registry: Registry, topic: str) -> list[type[Action]]:
    """The commands that are meant: those that begin with these words, or else all about a thing (`staff`, `queues`)."""
    everything = [one for _, members in registry.groups() for one in members]
    beginning = [one for one in everything if f"{one.verb} ".startswith(f"{topic} ") or one.whole() == topic]
    return beginning or [one for one in everything if topic in (one.resource(), f"{one.resource()}s")]


def similar(registry: Registry, action: type[Action]) -> list[str]:
    """Commands that do the same to something else, or to many: `user suspend` and `user suspend where` of `suspend`."""
    if action.risk is Risk.READ:
        return []
    does = _does(action)
    return [
        verb
        for verb, one in sorted(registry.by_verb.items(), key=lambda known: (len(known[0]), known[0]))
        if one is not action and one.risk is not Risk.READ and _does(one) == does
        if len(does) > len("off") or one.resource() == action.resource()  # `flag on` is not `readonly on`
    ]


def _does(action: type[Action]) -> str:
    """The word that says what it does: `suspend`, whatever it is done to."""
    return action.verb.removesuffix(" where").rpartition(" ")[2]


def _also_called(registry: Registry, topic: str) -> list[type[Action]]:
    return registry.called.get(topic, [])


def _unknown(registry: Registry, topic: str) -> NotUnderstood:
    known = dict.fromkeys(_topics(registry.by_verb.values()))
    close = get_close_matches(topic, known, n=2, cutoff=0.6)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    return NotUnderstood(
        f"No command {quoted(topic)}. {meant}Type just /pm to see what you can do here.",
        suggestions=[Suggestion(f"Explain {one}", "help", {"verb": one}) for one in close],
    )


def _topics(actions: Iterable[type[Action]]) -> Iterable[str]:
    for action in actions:
        yield from (action.verb, action.whole(), action.verb.partition(" ")[0], action.resource())


async def _explain(desk: Desk, operator: Operator, action: type[Action]) -> None:
    able = operator.may(action.permission)
    buttons = [button(offers(action), "draft", await desk.draft(action.verb, {}))] if able else []
    if action.on_oneself:
        buttons.append(await desk.on_oneself(operator, action))
    if not able:
        no = await access.lacking(desk.session, desk.core.policy, operator, action.permission, f"use /pm {action.verb}")
        buttons += [await desk.suggest(one) for one in no.suggestions]
    described = {
        **_line(desk, operator, action),
        "example": f"/pm {action.example()}",
        "also": ", ".join(action.also),
        "similar": ", ".join(similar(desk.core.registry, action)),
    }
    parameters = [
        {"usage": one.usage, "explanation": one.kind.explanation} for one in action.declared().values() if one.usage
    ]
    await desk.say(desk.renderer.message("help_one.j2", action=described, parameters=parameters, next_buttons=buttons))
