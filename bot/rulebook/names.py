"""What a policy names has to exist: actions, roles and channels. Looked at when a process starts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.permissions import DEFAULT_GRANTS
from bot.policy import ON_CALL, Policy, ReportName, RiskRule, meant
from bot.toml_lines import Path

CHANNELS = frozenset({"operations", "security", "finance"})  # those that settings can name


@dataclass(frozen=True)
class Known:
    """What an action is, as far as a policy must not contradict it."""

    containment: bool
    grants: bool


def mistakes(rules: Policy, actions: Mapping[str, Known]) -> list[str]:
    """A sentence for each name of nothing; none where all is well. `actions`: all there are, by name."""
    found = [
        *_of_actions(rules, actions),
        *_of_roles(rules),
        *_of_channels(rules),
        *_of_reports(rules),
    ]
    return [rules.wrong(path, why) for path, why in found]


Mistakes = Iterator[tuple[Path, str]]


def _of_actions(rules: Policy, actions: Mapping[str, Known]) -> Mistakes:
    for name in rules.actions:
        if name not in actions:
            yield ("actions", name), f"there is no action {name}{meant(name, actions)}"


def _of_roles(rules: Policy) -> Mistakes:
    """A role is known if the bot knows it by itself, or if it has a table here."""
    known = {*DEFAULT_GRANTS, *rules.roles}
    for path, role in _named_roles(rules):
        if role not in known:
            hint = meant(role, known) or f"; a role of your own wants a table here: [roles.{role}]"
            yield path, f"there is no role {role}{hint}"


def _named_roles(rules: Policy) -> Iterator[tuple[Path, str]]:
    for path, rule in _rules(rules):
        yield from _each((*path, "approvers"), rule.approvers)
        yield from _each((*path, "self_approval"), rule.self_approval)
    for name, role in rules.roles.items():
        yield from _each(("roles", name, "approvers"), role.approvers)
    for number, one in enumerate(rules.exclusive):
        yield ("exclusive", number, "role"), one.role
        yield from _each(("exclusive", number, "others"), one.others)
    for whose in rules.groups:
        if whose != ON_CALL:
            yield ("groups", whose), whose


def _rules(rules: Policy) -> Iterator[tuple[Path, RiskRule]]:
    for risk, rule in rules.risks.items():
        yield ("risks", risk.value), rule
    for name, rule in rules.actions.items():
        yield ("actions", name), rule


def _each(path: Path, roles: Collection[str] | None) -> Iterator[tuple[Path, str]]:
    for role in roles or ():
        yield path, role


def _of_channels(rules: Policy) -> Mistakes:
    known = {*CHANNELS, *rules.channels}
    named = [((*path, "channel"), rule.channel) for path, rule in _rules(rules)]
    named += [(("digests", name, "channel"), one.channel) for name, one in rules.digests.items()]
    for path, channel in named:
        if channel is not None and channel not in known:
            yield path, f"there is no {channel} under [channels]{meant(channel, known)}"


def _of_reports(rules: Policy) -> Mistakes:
    for name in rules.digests:
        if rules.report(name) not in set(ReportName):
            yield (
                ("digests", name),
                f"this is of no known report; name one as its report: {', '.join(ReportName)}",
            )
