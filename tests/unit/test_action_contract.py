"""What every action promises, read off the registry: a new one is covered by being there.

What takes a database is in tests/integration/test_action_contract.py.
"""

import re
from pathlib import Path

import pytest
from jinja2 import nodes

from bot import actions
from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.registry import discover
from bot.drawing.render import Renderer, templates_folder
from bot.handlers.grammar import HELP, parse
from bot.parameters.base import Parameter
from bot.permissions import DEFAULT_GRANTS, Permission
from bot.policy import Risk
from bot.targets.base import Target

ACTIONS = sorted(discover(actions).by_name.values(), key=lambda action: action.name)
REGISTRY = discover(actions)
PLANS = [action for action in ACTIONS if issubclass(action, Composite)]
WRITING = [action for action in ACTIONS if action.risk is not Risk.READ and action not in PLANS]
READING = [action for action in ACTIONS if action.risk is Risk.READ]
MACROS = {"title", "done_title", "button", "result"}

each = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
each_writing = pytest.mark.parametrize("action", WRITING, ids=lambda action: action.name)


def overrides(action: type[Action], method: str) -> bool:
    return getattr(action, method) is not getattr(Action, method)


@each
def test_it_has_a_name_and_a_verb(action: type[Action]) -> None:
    """`resource.verb` in the trail; up to three words to type, not that for help. Only what undoes may lack them."""
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action.name)
    assert re.fullmatch(r"([a-z][a-z_-]*( [a-z][a-z_-]*){0,2})?", action.verb)
    assert action.verb != HELP
    assert action.verb or action.says


@each
def test_somebody_may_ask_for_it(action: type[Action]) -> None:
    """Its permission is one that some role besides the super admin holds."""
    assert isinstance(action.permission, Permission)
    holders = {role for role, granted in DEFAULT_GRANTS.items() if action.permission in granted}
    assert holders - {"super_admin"}


@each
def test_it_has_help_in_one_line(action: type[Action]) -> None:
    """A sentence of its own, short enough for a list."""
    summary = action.summary()
    assert action.__doc__ != Action.__doc__
    assert 0 < len(summary) <= 150
    assert summary.endswith(".")


@each
def test_its_usage_is_understood(action: type[Action]) -> None:
    """What help shows for it is a command of this action with all its parameters."""
    if not action.verb:
        return  # nobody types it
    assert action.usage().startswith(action.verb)
    typed = parse(re.sub(r"[][]", "", action.usage()), REGISTRY)  # brackets say what may be left out
    assert typed.verb == action.verb
    assert set(typed.arguments) == {name for name, one in action.declared().items() if one.usage}


@each
def test_its_example_is_understood(action: type[Action]) -> None:
    """What help shows to copy is a command of this action with everything that it cannot do without."""
    if not action.verb:
        return
    typed = parse(action.example(), REGISTRY)
    assert typed.verb == action.verb
    assert set(typed.arguments) == {name for name, one in action.declared().items() if one.example}
    needed = {name for name, one in action.declared().items() if one.usage and not one.optional}
    assert needed <= set(typed.arguments)


@each
def test_its_parameters_are_of_known_types(action: type[Action]) -> None:
    """Each with a label, a control for the form, and an explanation; those that share a keyword can be told apart."""
    for kind in action.parameters().values():
        assert issubclass(kind, Parameter)
        assert kind.label
        assert kind.control
        assert kind.__doc__
    words = [word for one in action.declared().values() for word in one.keywords]
    for word in {word for word in words if words.count(word) > 1}:  # told apart by what they look like
        sharing = [one.kind for one in action.declared().values() if word in one.keywords]
        assert sum(kind.recognises("2h") is None for kind in sharing) <= 1


@each
def test_containment_is_never_critical(action: type[Action]) -> None:
    """Limiting damage stays easy."""
    assert not (action.containment and action.risk is Risk.CRITICAL)


@each_writing
def test_its_template_says_what_the_card_needs(action: type[Action]) -> None:
    """Title before and after, what the button does, and the result."""
    assert defined(action) >= MACROS


@pytest.mark.parametrize("action", PLANS, ids=lambda action: action.name)
def test_a_plan_says_what_its_card_needs_and_does_nothing_itself(action: type[Action]) -> None:
    """Its words lead the card; what changes anything, is verified and taken back are its steps."""
    assert defined(action) >= MACROS
    assert not [method for method in ("execute", "verify", "undo", "still_so") if overrides(action, method)]
    assert action.writes == ()


def test_no_action_carries_out_another() -> None:
    """What takes several is a plan of them, so that each is decided, recorded, verified and taken back as itself."""
    folder = Path(actions.__path__[0])
    calls = {
        f"{file.relative_to(folder)}: {line.strip()}"
        for file in folder.rglob("*.py")
        for line in file.read_text("utf-8").splitlines()
        if re.search(r"(?<!session)(?<!super\(\))\.execute\(", line)
    }
    assert not calls


@each_writing
def test_what_can_be_taken_back_has_a_button_for_it(action: type[Action]) -> None:
    """And nothing else has."""
    assert ("undo_button" in defined(action)) == overrides(action, "undo")


@each_writing
def test_it_executes_locks_and_verifies(action: type[Action]) -> None:
    """Whatever writes holds its target meanwhile, and asks the platform afterwards, if it wrote anything there."""
    assert overrides(action, "execute")
    assert overrides(action, "verify") == bool(action.writes)
    first = next((one for one in action.parameters().values() if issubclass(one, Target)), None)
    assert overrides(action, "lock") or (first is not None and first.lock is not Target.lock)


@pytest.mark.parametrize("action", READING, ids=lambda action: action.name)
def test_what_only_reads_has_no_way_to_write(action: type[Action]) -> None:
    """It answers privately, and has a template for that."""
    assert not overrides(action, "execute")
    assert not action.containment
    Renderer()._environment.get_template(f"actions/{action.name}.j2")


def source(action: type[Action]) -> str:
    """An action's template."""
    return (templates_folder() / f"actions/{action.name}.j2").read_text("utf-8")


def defined(action: type[Action]) -> set[str]:
    """The macros of an action's template."""
    return {macro.name for macro in Renderer()._environment.parse(source(action)).find_all(nodes.Macro)}


def test_red_is_what_cannot_be_taken_back_or_gives_more() -> None:
    """Everything red means nothing: a suspension is undone, a pause asked for again; sessions are gone, as it says."""
    irreversible = {one.name for one in WRITING if one.undo is Action.undo and not one.renewable}
    assert "staff.revoke_sessions" in irreversible
    said = ("This cannot be undone.", "There is no Undo button.")  # the latter where another command mends it
    assert irreversible == {one.name for one in WRITING if any(words in source(one) for words in said)}


@each_writing
def test_a_card_has_one_expected_next_step(action: type[Action]) -> None:
    """At most one button is coloured, and running it alone is never friendly green."""
    card = (templates_folder() / "proposal.j2").read_text("utf-8")
    pending, done = card.rsplit("{% elif", 1)
    assert pending.count("style=") == done.count("style=") == 1
    assert "style" not in next(line for line in pending.splitlines() if '"break_glass"' in line)
    assert "style=" not in source(action)
