"""Every command in one table, read off the actions and the shipped policy: `make commands` writes docs/commands.md.

Who may ask is by the roles' permissions on a new platform (`DEFAULT_GRANTS`); a running one may have others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot import actions, policy, words
from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.registry import Registry, discover
from bot.parameters.time import Lasting
from bot.permissions import DEFAULT_GRANTS
from bot.policy import Policy, Requirement, Risk

FILE = Path(__file__).parents[1] / "docs" / "commands.md"
ROOT = "super_admin"
"""Who may ask for everything, and so is named nowhere."""
HEAD = """\
# Commands

<!-- Written by `make commands` from the actions and bot/policy.toml; a test fails where it differs. -->

All that can be typed after `/pm`. Super admins may ask for everything. The roles are those of a new platform; who
decides is what the policy that comes with the bot says. *By case*: what is asked for can make it another risk, and so
others decide; the form and the card say who. *Contains*: it limits damage, so no circumstance makes it harder. *Ends*:
it takes `for 2h` or `until 18:00`, and then ends automatically.
"""
COLUMNS = ("Command", "What it does", "Who may ask", "Risk", "Who decides", "Undo", "Contains", "Ends")


@dataclass(frozen=True)
class Command:
    """What the code says of one command, in the vocabulary of the catalogue."""

    action: type[Action]
    policy: Policy

    @cached_property
    def asks(self) -> frozenset[str]:
        """The roles that may ask for it."""
        return frozenset(
            role for role, granted in DEFAULT_GRANTS.items() if self.action.permission in granted and role != ROOT
        )

    @property
    def risk(self) -> str:
        return self.action.usually().risk.value

    def needs(self, role: str) -> Requirement:
        return self.policy.requirement(self.action.usually(), roles=frozenset({role}), on_self=False)

    @cached_property
    def own(self) -> frozenset[str]:
        """The roles of those whose own word is enough."""
        if self.action.risk is Risk.READ:
            return frozenset()
        return frozenset(role for role in self.asks if (one := self.needs(role)).self_approval or one.no_approval)

    @property
    def others(self) -> frozenset[str]:
        """Who decides for everybody else; nobody where everybody may go alone."""
        if self.action.risk is Risk.READ or self.own == self.asks != frozenset():
            return frozenset()
        return frozenset(self.needs("").approvers)

    @property
    def quorum(self) -> int:
        return self.needs("").quorum if self.others else 1

    @property
    def undo(self) -> bool:
        if issubclass(self.action, Composite):
            return self.action.reversible
        return self.action.undo is not Action.undo

    @property
    def contains(self) -> bool:
        return self.action.containment

    @property
    def ends(self) -> bool:
        return any(issubclass(kind, Lasting) for kind in self.action.parameters().values())

    @property
    def by_case(self) -> bool:
        """What it is judged by depends on its parameters."""
        return self.action.stakes is not Action.stakes


def commands() -> list[Command]:
    rules = policy.load()
    return [Command(one, rules) for one in discover(actions).by_verb.values()]


def document(registry: Registry, rules: Policy) -> str:
    """The whole file."""
    parts = [HEAD]
    for group, members in registry.groups():
        rows = [COLUMNS, ("---",) * len(COLUMNS), *(_row(Command(one, rules)) for one in members)]
        parts.append(f"## {group.title}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    return "\n".join(parts)


def _row(one: Command) -> tuple[str, ...]:
    shown = (f"`{one.action.usage()}`", one.action.summary(), _asking(one), _risk(one), _deciding(one), _undo(one))
    marks = tuple("yes" if mark else "" for mark in (one.contains, one.ends))
    return tuple(cell.replace("|", "\\|") for cell in (*shown, *marks))


def _asking(one: Command) -> str:
    missing = frozenset(DEFAULT_GRANTS) - {ROOT} - one.asks
    if not missing:
        return "everybody"
    said = words.roles(sorted(one.asks)) if len(missing) > len(one.asks) else f"all but {words.roles(sorted(missing))}"
    return f"{said or 'super admin'}{'; everybody for themselves' if one.action.on_oneself else ''}"


def _risk(one: Command) -> str:
    if one.action.grants:
        return f"{one.risk}; critical for {words.roles(sorted(one.policy.critical_roles))}"
    return f"{one.risk}, by case" if one.by_case else one.risk


def _deciding(one: Command) -> str:
    if one.action.risk is Risk.READ:
        return "–"
    if one.needs("").no_approval:
        return "runs at once"
    return "; ".join(_words(one))


def _words(one: Command) -> Iterator[str]:
    if not one.others:
        yield "whoever asks, alone"
        return
    if one.own:
        yield f"{words.roles(sorted(one.own))} alone"
    many = f"{one.quorum} of " if one.quorum > 1 else ""
    yield f"{'else ' if one.own else ''}{many}{words.listed(map(words.plain, sorted(one.others)), 'or')}"


def _undo(one: Command) -> str:
    return "–" if one.action.risk is Risk.READ else "yes" if one.undo else "no"


if __name__ == "__main__":
    FILE.write_text(document(discover(actions), policy.load()), "utf-8")
