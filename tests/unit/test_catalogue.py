"""Every command keeps to what is expected of it (catalogue.toml), and docs/commands.md says what the code does."""

import contextlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot import actions, policy
from bot.actions.registry import discover
from bot.demo.scenarios.reading import all_scenarios
from bot.errors import BotError
from bot.handlers import grammar
from bot.permissions import DEFAULT_GRANTS
from bot.policy import Risk
from tests.commands import FILE, ROOT, Command, commands, document

CATALOGUE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))
EXPECTED, DEPARTURES, NOT_BUILT = CATALOGUE["commands"], CATALOGUE["departures"], CATALOGUE["not_built"]
SHORT = {
    "SA": "super_admin",
    "AD": "admin",
    "UM": "user_manager",
    "OP": "operations",
    "SE": "security",
    "FI": "finance",
    "SU": "support",
    "DA": "data_admin",
    "EN": "engineering",
    "CS": "customer_success",
    "QA": "qa",
}
TYPES = re.compile(r'types "/pm ([^"]*)"')
NOTHING = {"own": "", "others": "", "quorum": 1, "undo": False, "contains": False, "ends": False}
BUILT = {one.action.verb: one for one in commands()}


def roles(said: str, everybody: frozenset[str]) -> frozenset[str]:
    """`OP SE`, `all`, `all but QA`; without super admins, who are left out."""
    if said.startswith("all"):
        return everybody - roles(said.removeprefix("all").removeprefix(" but "), everybody)
    return frozenset(SHORT[one] for one in said.split()) - {ROOT}


def expected(verb: str, departing: dict[str, Any]) -> dict[str, Any]:
    """What the catalogue wants, but for what departs from it."""
    wanted = NOTHING | EXPECTED[verb] | departing
    asks = roles(wanted["asks"], frozenset(DEFAULT_GRANTS) - {ROOT})
    own = roles("" if wanted["risk"] == Risk.READ else wanted["own"], asks)  # nobody decides who reads
    return wanted | {"asks": asks, "own": own, "others": roles(wanted["others"], asks)}


def actual(one: Command) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("asks", "risk", *NOTHING)} | {"others": one.others - {ROOT}}


def departing(verb: str) -> dict[str, Any]:
    return {key.rpartition(".")[2]: one["is"] for key, one in DEPARTURES.items() if key.rpartition(".")[0] == verb}


@pytest.mark.parametrize("verb", sorted(BUILT))
def test_a_command_is_as_the_catalogue_wants_it_or_says_why_not(verb: str):
    assert verb in EXPECTED, f"“{verb}” has no line in tests/unit/catalogue.toml: what is expected of it?"
    assert actual(BUILT[verb]) == expected(verb, departing(verb)), (
        "let the code keep to tests/unit/catalogue.toml, or name the departure there with its reason"
    )


def test_every_departure_is_one_and_has_a_reason():
    for key, one in DEPARTURES.items():
        verb, _, what = key.rpartition(".")
        assert verb in BUILT, f"{key}: there is no such command"
        assert expected(verb, {}) != expected(verb, {what: one["is"]}), f"{key}: that is what is expected anyway"
        assert len(one["because"]) > 10, f"{key}: because?"


def test_what_is_not_built_yet_is_listed_and_nothing_else():
    gone = sorted(set(NOT_BUILT) & set(BUILT))
    assert not gone, f"take these from not_built in tests/unit/catalogue.toml: {gone}"
    missing = sorted(set(EXPECTED) - set(BUILT) - set(NOT_BUILT))
    assert not missing, f"neither built nor in not_built of tests/unit/catalogue.toml: {missing}"
    assert set(NOT_BUILT) <= set(EXPECTED)


def test_the_table_of_commands_is_what_the_code_says():
    written = document(discover(actions), policy.load())
    assert FILE.read_text("utf-8") == written, (
        "docs/commands.md is out of date: make commands, or python -m tests.commands"
    )


def typed_in_scenarios() -> set[str]:
    """The commands that somebody types in a scenario, however they are spelled; slips are none."""
    registry, found = discover(actions), set[str]()
    for step in (step for scenario in all_scenarios() for step in scenario.steps):
        if (typed := TYPES.search(step.text)) is not None:
            with contextlib.suppress(BotError):
                found.add(grammar.parse(typed[1], registry).verb)
    return found


def test_every_command_has_a_line_in_a_scenario():
    """People who are new see each of them at work, and a test plays it (bot/demo/scenarios)."""
    unseen = sorted(set(BUILT) - typed_in_scenarios())
    assert unseen == [], "each of these wants a line in a file of bot/demo/scenarios, with a plain comment before it"
