"""Commands of two words, a resource and a verb; the verb alone where it is clear whose it is."""

from typing import Any, ClassVar

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions
from bot.actions.base import Action
from bot.actions.impact import Impact
from bot.actions.registry import Registry, discover
from bot.actions.staff.suspend import Suspend
from bot.handlers.grammar import parse, which_one
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.policy import Risk
from bot.targets.user import User

REGISTRY = discover(actions)
MENTION = "<@U0STAFFER|staffer>"


class SuspendUser(Action):
    """Suspend a customer's account."""

    name, verb = "user.suspend", "user suspend"
    permission: ClassVar[Permission] = Permission.STAFF_SUSPEND
    risk: ClassVar[Risk] = Risk.HIGH
    user: User
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        raise NotImplementedError


@pytest.fixture
def both() -> Registry:
    """A verb that two resources share."""
    registry = Registry()
    for action in (Suspend, SuspendUser):
        registry.register(action)
    return registry


@pytest.mark.parametrize("action", REGISTRY.by_verb.values(), ids=lambda one: one.name)
def test_its_resource_may_stand_before_its_verb(action: type[Action]) -> None:
    """Whoever types the whole of it means the same."""
    rest = action.example().removeprefix(action.verb)
    assert parse(f"{action.whole()}{rest}", REGISTRY) == parse(f"{action.verb}{rest}", REGISTRY)


@pytest.mark.parametrize(
    ("typed", "verb"),
    [
        (f"suspend {MENTION} because x", "suspend"),
        (f"staff suspend {MENTION} because x", "suspend"),
        ("user suspend jo@acme.example because x", "user suspend"),
        ("suspend me because x", "suspend"),
    ],
)
def test_what_follows_says_which_of_two_is_meant(both: Registry, typed: str, verb: str) -> None:
    assert parse(typed, both).verb == verb


def test_where_it_does_not_say_both_are_handed_on(both: Registry) -> None:
    """An address may be a colleague's or a customer's: who exists says which, and nothing typed is lost."""
    said = parse("suspend jo@acme.example because x", both)
    assert (said.verb, said.arguments) == ("suspend", {"staffer": "jo@acme.example", "reason": "x"})
    [other] = said.otherwise
    assert (other.verb, other.arguments) == ("user suspend", {"user": "jo@acme.example", "reason": "x"})


def test_where_both_exist_somebody_is_asked(both: Registry) -> None:
    said = parse("suspend jo because x", both)
    asked = which_one("suspend", [said, *said.otherwise], both)
    assert str(asked) == "“suspend” can mean staff suspend or user suspend. Which one?"
    offered: dict[str, dict[str, Any]] = {one.verb: dict(one.arguments) for one in asked.suggestions}
    assert offered["user suspend"] == {"user": "jo", "reason": "x"}


def test_two_actions_cannot_have_one_command(both: Registry) -> None:
    with pytest.raises(Exception, match="is registered twice"):
        both.register(type("Other", (SuspendUser,), {"name": "user.lock"}))
