"""How `pause` and `resume` are typed, and what counts as a duration."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.registry import discover
from bot.errors import InvalidParameter, MissingParameter
from bot.handlers.grammar import parse
from bot.parameters.base import Lookup
from bot.parameters.time import Lasting, seconds_in
from bot.platform.queues import Scope, limit
from bot.words import duration

REGISTRY = discover(actions)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("email-sending for 2h because x", {"what": "email-sending", "duration": "2h", "reason": "x"}),
        (
            '"Acme Corp" in email-sending for 2 hours because x',
            {"what": "Acme Corp", "queue": "email-sending", "duration": "2 hours", "reason": "x"},
        ),
        (
            "Acme Corp for 1h 30m in email-sending because x",
            {"what": "Acme Corp", "queue": "email-sending", "duration": "1h 30m", "reason": "x"},
        ),
        ("acme because waits for 2h in vain", {"what": "acme", "reason": "waits for 2h in vain"}),
        ('"Built for You" FOR 2h', {"what": "Built for You", "duration": "2h"}),
        ("acme in “email-sending” because x", {"what": "acme", "queue": "email-sending", "reason": "x"}),
        ("for 2h", {"duration": "2h"}),
        ("acme for because x", {"what": "acme", "reason": "x"}),
        ("inform because x", {"what": "inform", "reason": "x"}),
        ("", {}),
    ],
)
def test_keywords_in_any_order_before_the_reason(text: str, arguments: dict[str, str]) -> None:
    """Quoted text contains no keyword, words that only begin like one are none, and the reason keeps all of them."""
    assert parse(f"pause {text}", REGISTRY).arguments == arguments


def test_a_time_that_is_said_twice_is_asked_for_once() -> None:
    """Neither is dropped in silence, and they are not added up."""
    with pytest.raises(InvalidParameter, match=r"“for” is there more than once: 1h and 2h\. Say it once\."):
        parse("pause acme for 1h for 2h", REGISTRY)


def test_one_of_several_pauses_is_named_by_its_request() -> None:
    typed = parse("resume acme in email-sending request 12 because x", REGISTRY)
    assert typed.arguments == {"what": "acme", "queue": "email-sending", "only": "12", "reason": "x"}


def test_what_may_be_left_out_stands_in_brackets() -> None:
    """And is known to the action itself."""
    pause = REGISTRY.by_verb["pause"]
    assert pause.usage() == "pause queue-or-tenant [in queue] [for 2h] because …"
    assert pause.optional() == {"queue", "duration"}
    assert REGISTRY.by_verb["revoke"].optional() == set()


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("30m", 1800),
        ("2h", 7200),
        ("1d", 86_400),
        ("2 hours", 7200),
        ("90 Min", 5400),
        ("1h30m", 5400),
        ("1 h, 30 min", 5400),
        ("1 hour and 30 minutes", 5400),
        ("1.5h", 5400),
        ("90s", 90),
        ("2", None),
        ("h", None),
        ("2 fortnights", None),
        ("-2h", None),
        ("2h!", None),
        ("٢h", None),
        ("9999999h", None),
        ("", None),
    ],
)
def test_a_duration_is_read_as_people_write_it(typed: str, seconds: int | None) -> None:
    assert seconds_in(typed) == seconds


@given(st.integers(60, 7 * 86_400))
def test_what_is_said_of_a_duration_is_that_duration(seconds: int) -> None:
    """In words and back, and as it is stored."""
    assert seconds_in(duration(dt.timedelta(seconds=seconds))) == seconds
    assert seconds_in(Lasting(dt.timedelta(seconds=seconds)).dump()) == seconds


@given(st.text())
def test_nothing_that_can_be_typed_for_a_duration_is_an_error(typed: str) -> None:
    assert seconds_in(typed) is None or seconds_in(typed) >= 0


def lookup() -> Lookup:
    return Lookup(None, "T0", 300, "pause", {"what": "acme"})  # type: ignore[arg-type]  # asks the database nothing


@pytest.mark.parametrize(("typed", "said"), [("59s", "too short"), ("8d", "too long"), ("0h", "too short")])
async def test_a_duration_has_limits_that_are_said(typed: str, said: str) -> None:
    with pytest.raises(InvalidParameter, match=f"{said}: it can last from 1 min to 7 d"):
        await Lasting.resolve("duration", typed, lookup())


async def test_a_number_without_a_unit_offers_both() -> None:
    """With the rest of the command kept."""
    with pytest.raises(InvalidParameter, match="2 what: minutes") as error:
        await Lasting.resolve("duration", "2", lookup())
    assert [(one.label, one.arguments) for one in error.value.suggestions] == [
        ("Pause for 2 min", {"what": "acme", "duration": "2m"}),
        ("Pause for 2 h", {"what": "acme", "duration": "2h"}),
    ]


async def test_a_blank_duration_is_a_missing_one() -> None:
    """Which may be left out: the action asks nobody for it."""
    with pytest.raises(MissingParameter):
        await Lasting.resolve("duration", " ", lookup())
    assert await REGISTRY.by_verb["pause"].given("duration", " ", lookup()) is None


def test_a_scope_covers_what_is_part_of_it() -> None:
    tenant, other = Scope(None, uuid.uuid4()), Scope(None, uuid.uuid4())
    inside = Scope("email-sending", tenant.tenant_id)
    assert Scope(None, None).covers(inside)
    assert tenant.covers(inside)
    assert Scope("email-sending", None).covers(inside)
    assert not inside.covers(tenant)
    assert not other.covers(inside)
    assert not Scope("bounce:process", None).covers(inside)


@pytest.mark.parametrize(
    ("queue", "minutes"),
    [
        ("email-sending", 5),
        ("email-sending:high", 1),
        ("email:processing:low", 30),
        ("analytics:daily-aggregate", 60),
        ("warmup:process", 15),
    ],
)
def test_each_queue_has_its_time_limit(queue: str, minutes: int) -> None:
    """As platform.md has them."""
    assert limit(queue) == dt.timedelta(minutes=minutes)
