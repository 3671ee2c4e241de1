"""Permissions, and the registry that is filled by dropping in a file."""

import re
import types

import pytest

from bot import actions
from bot.actions.base import Action
from bot.actions.registry import DuplicateAction, Registry, discover, registry
from bot.parameters.base import Reason
from bot.permissions import DEFAULT_GRANTS, Permission
from bot.targets.staff import Staffer

discover(actions)


def an_action(name: str, verb: str, file: str = "actions.first") -> type[Action]:
    return types.new_class("Some", (Action,), {}, lambda body: body.update(name=name, verb=verb, __module__=file))


def test_discover_finds_every_file() -> None:
    """Each module of bot/actions that defines an action is in the registry, by name and by verb."""
    assert discover(actions) is registry
    assert {"staff.who", "staff.revoke_sessions", "staff.suspend", "staff.reinstate"} <= registry.by_name.keys()
    assert {"who", "revoke", "suspend", "reinstate"} <= registry.by_verb.keys()
    typed = {name for name, one in registry.by_name.items() if one.verb}  # what only undoes has none
    assert {one.name for one in registry.by_verb.values()} == typed


def test_discover_may_be_called_again() -> None:
    """Modules are imported once, so nothing is registered twice."""
    before = dict(registry.by_name)
    discover(actions)
    assert registry.by_name == before


@pytest.mark.parametrize(("name", "verb", "key"), [("a.one", "two", "a.one"), ("a.two", "one", "one")])
def test_a_duplicate_raises_and_names_both_files(name: str, verb: str, key: str) -> None:
    """Neither a name nor a verb can be taken over in silence."""
    own = Registry()
    own.register(an_action("a.one", "one"))
    with pytest.raises(
        DuplicateAction, match=f"^{re.escape(key)} is registered twice: actions.first and actions.second"
    ):
        own.register(an_action(name, verb, "actions.second"))


def test_parameters_are_the_annotations_in_order() -> None:
    """The one declaration behind grammar, form and plan."""
    assert list(registry.by_verb["revoke"].parameters().items()) == [("staffer", Staffer), ("reason", Reason)]
    assert registry.by_verb["revoke"].usage() == "revoke @staffer because …"


def test_permissions_read_resource_verb() -> None:
    """And no two have the same value."""
    values = [one.value for one in Permission]
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", value) for value in values)
    assert len(values) == len(set(values))


def test_every_permission_is_somebodys() -> None:
    """The super admin holds all; the roles are those of the platform."""
    assert DEFAULT_GRANTS["super_admin"] == frozenset(Permission)
    assert {"operations", "security", "support", "data_admin", "engineering", "customer_success", "qa"} <= (
        DEFAULT_GRANTS.keys()
    )


def test_ones_own_access_is_nobodys_secret() -> None:
    """Every role reads it; more than that, flags, sandboxes, tickets and the alarm, quality has not."""
    assert all(Permission.ACCESS_READ in granted for granted in DEFAULT_GRANTS.values())
    everybodys = {
        Permission.ACCESS_READ,
        Permission.INCIDENT_DECLARE,
        Permission.INCIDENT_READ,
        Permission.ONCALL_READ,
        Permission.TICKET_READ,
        Permission.TICKET_WORK,
    }
    assert DEFAULT_GRANTS["qa"] == {*everybodys, Permission.FLAG_READ, Permission.SANDBOX_CREATE}


def test_whoever_may_change_a_flag_may_turn_it_off_and_read_it() -> None:
    """A smaller right is never the one that is missing."""
    for granted in DEFAULT_GRANTS.values():
        assert Permission.FLAG_CHANGE not in granted or Permission.FLAG_OFF in granted
        assert Permission.FLAG_OFF not in granted or Permission.FLAG_READ in granted
        assert Permission.HOLD_CHANGE not in granted or Permission.HOLD_READ in granted


@pytest.mark.parametrize("role", ["support", "engineering", "customer_success", "qa"])
def test_sees_no_personal_data(role: str) -> None:
    """What PERSONAL_READ guards is masked for the first line, and for whoever works on the machine itself."""
    assert Permission.PERSONAL_READ not in DEFAULT_GRANTS[role]
