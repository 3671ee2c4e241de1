"""What is built in Python instead of by a template: forms, type-ahead, charts in words, acks."""

import types
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import actions
from bot.actions.base import Action
from bot.actions.impact import Impact
from bot.actions.registry import discover
from bot.delivery import charts
from bot.drawing.masking import Clearance, visible
from bot.errors import Unavailable
from bot.handlers import forms, payloads, reception, views
from bot.handlers.desk import lookup_for
from bot.parameters.base import Choice, Lookup, Reason
from bot.parameters.time import Lasting
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Personal
from bot.policy import Policy, Risk, RiskRule
from bot.targets.staff import Staffer
from localslack.blockkit import check_message, check_options, check_view
from tests.unit.templates.drawn import Drawn, load, nothing_is_markup
from tests.unit.templates.proposals import glass_form
from tests.unit.templates.reports import mails
from tests.unit.templates.typed import CLEARANCES, IDS, NAMES, REASONS, WORDS, listed

load()
ACTIONS = sorted(discover(actions).by_name.values(), key=lambda action: action.name)
UNKNOWN_PERSON = Operator(uuid.UUID(int=1), "x", "x@y", frozenset(), frozenset())


def as_stored(text: str) -> str:
    """As what came in reaches a form: it was in the database."""
    return str(payloads.storable({"text": text})["text"])


STORED = NAMES.map(as_stored)


@dataclass(frozen=True)
class Chosen(Staffer):
    """A choice that needs no database; its raw value is both its name and its id."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        return cls(uuid.UUID(int=1), raw or "")

    def dump(self) -> str:
        return self.name


class Everything(Action):
    """Every kind of control."""

    name, verb = "test.everything_there_is_to_ask_for", "everything"
    permission, risk = Permission.STAFF_READ, Risk.HIGH
    who: Chosen
    lasts: Lasting | None
    reason: Reason

    @property
    def target(self) -> str:
        return "test"

    async def preview(self, session: object) -> Impact:
        return Impact()


def desk(policy: Policy) -> Any:
    """As much of a desk as a form looks at."""
    core = types.SimpleNamespace(policy=policy)
    return types.SimpleNamespace(core=core, lookup=partial(_lookup, policy))


def _lookup(policy: Policy, action: type[Action], arguments: Mapping[str, str], operator: Operator) -> Lookup:
    nowhere: Any = None  # what is asked for here is not looked up
    return lookup_for(
        policy, nowhere, "T1", action, arguments, operator, ("", "operations")
    )  # no channel, so nothing is looked up


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
async def test_the_form_of_every_action_opens(action: type[Action]) -> None:
    """Empty, as when only the verb was typed."""
    view = await forms._view(desk(Policy()), UNKNOWN_PERSON, action, {}, uuid.UUID(int=2))
    assert check_view(view) == []


@given(
    given_=st.fixed_dictionaries({}, optional={"who": STORED, "lasts": STORED, "reason": REASONS.map(as_stored)}),
    longest=st.sampled_from([1, 300, 5_000]),
    roles=st.lists(st.sampled_from(["security", "x" * 3000]), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
async def test_a_form_opens_with_whatever_was_typed(given_: dict[str, str], longest: int, roles: list[str]) -> None:
    """Filled in as far as Slack lets a field be filled, whatever the policy says of reasons and roles."""
    policy = Policy(reason_characters=longest, risks={Risk.HIGH: RiskRule(approvers=tuple(roles))})
    view = await forms._view(desk(policy), UNKNOWN_PERSON, Everything, given_, uuid.UUID(int=2))
    assert check_view(view) == []
    nothing_is_markup(view["blocks"])


@given(revision=IDS, drawn=st.composite(glass_form)())
@settings(max_examples=30, deadline=None)
def test_the_form_for_breaking_the_glass_opens(revision: uuid.UUID, drawn: Drawn) -> None:
    """With what would run, whatever was typed for it."""
    assert check_view(views.break_glass(str(revision), drawn.content["blocks"])) == []


@given(names=listed(NAMES), value=WORDS.map(visible), clearance=CLEARANCES)
@settings(max_examples=60, deadline=None)
def test_a_type_ahead_offers_what_slack_takes(names: list[str], value: str, clearance: Clearance) -> None:
    """At most 100 entries, each with a text; what Slack could not send back is not among them."""
    choices = [Choice((Personal(personal="person", value=name),), value) for name in names]
    offered = forms.options_of(choices, clearance)
    assert check_options({"options": offered}) == []
    assert {one["value"] for one in offered} <= {value}
    assert (len(offered) > 0) == (bool(names) and 0 < len(value) <= 150)
    nothing_is_markup(offered)


@given(found=mails())
@settings(max_examples=30, deadline=None)
def test_a_chart_stands_in_words_where_slack_draws_none(found: Any) -> None:
    """The same message with a line instead, in a workspace that refuses charts."""
    chart = found.chart
    for content in charts_and_words(chart):
        assert check_message(content) == []


def charts_and_words(chart: dict[str, Any] | None) -> list[dict[str, Any]]:
    content = {"text": "Mails", "blocks": [chart]}
    return [content, charts.as_words(content)] if chart else []


@pytest.mark.parametrize("error", [Unavailable("I could not reach the database."), ValueError("<!channel> *x*")])
@pytest.mark.parametrize("body", [{"command": "/pm"}, {"type": "view_submission", "view": {"blocks": []}}])
def test_an_ack_says_what_went_wrong_and_nothing_typed(error: Exception, body: dict[str, Any]) -> None:
    """A sentence of the bot's own with a reference."""
    answer = reception.failed(error, body)
    assert answer.body
    assert "<!channel>" not in str(answer.body)
    if "command" in body:
        assert check_message(answer.body) == []


def test_an_outsider_is_told_in_a_message_that_slack_takes() -> None:
    """Who types a command in a shared channel."""
    assert check_message({"response_type": "ephemeral", "text": reception.OUTSIDER}) == []
