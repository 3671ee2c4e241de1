"""Whether a policy makes sense: what it names exists, and it makes nothing harder that limits damage."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.permissions import DEFAULT_GRANTS
from bot.policy import ON_CALL, Policy, Risk, RiskRule, meant
from bot.reports import REPORTS, listed
from bot.toml_lines import Path

CHANNELS = frozenset({"operations", "security", "finance"})  # those that settings can name

LEAST = dt.timedelta(minutes=15)
Mistakes = Iterator[tuple[Path, str]]


@dataclass(frozen=True)
class Known:
    """What an action is, as far as a policy must not contradict it."""

    risk: Risk
    containment: bool
    grants: bool


def mistakes(rules: Policy, actions: Mapping[str, Known]) -> list[str]:
    """A sentence for each; none where all is well. `actions`: all there are, by name."""
    found = [
        *_of_actions(rules, actions),
        *_of_risks(rules),
        *_of_delays(rules),
        *_of_roles(rules),
        *_of_channels(rules),
        *_of_reports(rules),
    ]
    return [rules.wrong(path, why) for path, why in found]


def _of_delays(rules: Policy) -> Mistakes:
    for path, rule in _rules(rules):
        if rule.solo_after is not None and rule.solo_after < LEAST:
            yield (*path, "solo_after"), "others need at least 15m to stop it"


def _of_actions(rules: Policy, actions: Mapping[str, Known]) -> Mistakes:
    for name, rule in rules.actions.items():
        if name not in actions:
            yield ("actions", name), f"there is no action {name}{meant(name, actions)}"
        elif rule.raises and actions[name].containment:
            why = f"{name} limits damage, and no policy can ask for more approvals for such an action"
            yield ("actions", name, "raise", 0), why
        elif rule.solo_after is not None and (actions[name].grants or actions[name].risk is Risk.CRITICAL):
            why = "gives somebody a role" if actions[name].grants else "is critical"
            yield ("actions", name, "solo_after"), f"{name} {why}, and such an action never runs without an approval"


def _of_risks(rules: Policy) -> Mistakes:
    for risk, rule in rules.risks.items():
        if rule.tolerates:
            why = "“tolerates” works only for single actions: write it under [actions]"
            yield ("risks", risk.value, "tolerates"), why
        if rule.raises and risk is Risk.READ:
            yield (
                ("risks", risk.value, "raise", 0),
                "a command that only reads never needs more approval, so this has no effect",
            )
        if rule.solo_after is not None and risk is not Risk.HIGH:
            yield ("risks", risk.value, "solo_after"), "only an action of high risk may run after a delay"


def _of_roles(rules: Policy) -> Mistakes:
    """A role is known if the bot knows it by itself, or if it has a table here."""
    known = {*DEFAULT_GRANTS, *rules.roles}
    for path, role in _named_roles(rules):
        if role not in known:
            hint = meant(role, known) or f"; if it is a role of your own, add the table [roles.{role}] to this file"
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
    named += [(("alerts", "outside", "routes"), one.channel) for one in rules.alerts.outside.routes]
    for path, channel in named:
        if channel is not None and channel not in known:
            yield path, f"there is no {channel} under [channels]{meant(channel, known)}"


def _of_reports(rules: Policy) -> Mistakes:
    for name in rules.digests:
        if rules.report(name) not in REPORTS:
            yield (
                ("digests", name),
                f"this names no known report; set report to one of {listed()}",
            )
