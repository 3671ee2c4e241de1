"""What an operator can do here, and how one thing is typed; all of it read off the actions themselves."""

from bot.actions.base import Action
from bot.errors import NotUnderstood
from bot.handlers.desk import Desk, button
from bot.identity import Operator
from bot.policy import Requirement, Risk, Stakes

EXAMPLES = {
    "because …": "because laptop stolen",
    "queue-or-tenant": '"Acme Corp"',
    "in queue": "in email-sending",
    "request 12": "",
}


def describe(requirement: Requirement) -> str:
    """Who decides, in a sentence."""
    roles = " or ".join(role.replace("_", " ") for role in requirement.approvers)
    if requirement.at_once:
        return "Runs at once."
    if requirement.own_word:
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
        said += f" For {' and '.join(name.replace('_', ' ') for name in policy.critical_roles)} it takes {quorum}."
    return said


def lines(desk: Desk, operator: Operator) -> list[dict[str, str]]:
    """One entry for each action the operator may ask for."""
    able = [action for action in desk.core.registry.by_name.values() if operator.may(action.permission)]
    return [
        {"usage": one.usage(), "summary": one.summary(), "decision": decision(desk, operator, one)}
        for one in sorted(able, key=lambda action: action.verb)
    ]


async def send_help(desk: Desk, operator: Operator, verb: str | None) -> None:
    """`/pm` and `/pm help [verb]`. Raises `NotUnderstood` for a verb that does not exist."""
    if verb is None:
        await desk.say(desk.renderer.message("help.j2", actions=lines(desk, operator)))
        return
    action = desk.core.registry.by_verb.get(verb)
    if action is None:
        raise NotUnderstood("There is no such command to explain. /pm alone shows what you can do here.")
    parameters = [{"usage": kind.usage, "explanation": kind.explanation} for kind in action.parameters().values()]
    words = (EXAMPLES.get(kind.usage, kind.usage) for kind in action.parameters().values())
    example = " ".join(["/pm", verb, *filter(None, words)])
    able = operator.may(action.permission)
    buttons = [button(f"{verb.capitalize()} …", "draft", await desk.draft(verb, {}))] if able else []
    described = {
        "usage": action.usage(),
        "summary": action.summary(),
        "decision": decision(desk, operator, action) if able else "Your roles do not include it.",
        "example": example,
    }
    await desk.say(desk.renderer.message("help_one.j2", action=described, parameters=parameters, next_buttons=buttons))
