"""Durations, counts and lists as people read them."""

import datetime as dt

import pytest

from bot import actions, words
from bot.actions.registry import discover
from bot.alerts.words import in_words
from bot.drawing.buttons import begins


@pytest.mark.parametrize(
    ("seconds", "whole", "two", "one"),
    [
        (0, "0 s", "0 s", "0 s"),
        (-5, "0 s", "0 s", "0 s"),
        (40.4, "40 s", "40 s", "40 s"),
        (59.6, "1 min", "1 min", "1 min"),
        (100, "1 min 40 s", "1 min 40 s", "1 min"),
        (7500, "2 h 5 min", "2 h 5 min", "2 h"),
        (7505, "2 h 5 min 5 s", "2 h 5 min", "2 h"),
        (88_200, "1 d 30 min", "1 d", "1 d"),
        (1_206_000, "13 d 23 h", "13 d 23 h", "13 d"),
    ],
)
def test_a_duration_is_said_whole_or_to_its_first_units(seconds: float, whole: str, two: str, one: str) -> None:
    """What follows a unit that is none is not said to the second one."""
    time = dt.timedelta(seconds=seconds)
    assert (words.duration(time), words.duration(time, 2), words.duration(time, 1)) == (whole, two, one)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (40, "40 s"),
        (545, "9 min 5 s"),
        (599.6, "10 min"),
        (725, "12 min"),
        (3599.4, "59 min"),
        (6000, "1 h 40 min"),
        (96_000, "26 h 40 min"),
    ],
)
def test_an_alert_counts_seconds_only_at_first_and_never_days(seconds: float, said: str) -> None:
    assert in_words(dt.timedelta(seconds=seconds)) == said


def test_what_is_counted_and_listed_is_plain() -> None:
    assert [words.counted(number, "job") for number in (0, 1, 1200)] == ["0 jobs", "1 job", "1,200 jobs"]
    assert words.counted(2, "entry", "entries") == "2 entries"
    assert words.listed([]) == ""
    assert words.listed(["Amara", "Nadia", "Tomasz"], "or") == "Amara, Nadia or Tomasz"
    assert words.roles(["finance", "user_manager"]) == "finance and user manager"


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("suspend", "Suspend …"),
        ("flag off", "Turn off a flag …"),
        ("setting roll back", "Roll back a setting …"),
        ("ip quarantine", "Quarantine an IP address …"),
        ("billing", "See a tenant's billing …"),
        ("jobs failed", "Show failed jobs …"),
        ("verify", "Verify …"),
    ],
)
def test_a_button_for_what_comes_next_says_what_it_does(verb: str, said: str) -> None:
    """Also where the words of the command, or those before a name, are no sentence by themselves."""
    assert begins(discover(actions).by_verb[verb]) == said


def test_a_sentence_begins_with_a_capital_and_keeps_those_within() -> None:
    assert (words.sentence("look at an IP address"), words.sentence("")) == ("Look at an IP address", "")
