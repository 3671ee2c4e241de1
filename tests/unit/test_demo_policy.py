"""The demo's own policy: the package's, with turns on call and a channel for the canary."""

import datetime as dt
from pathlib import Path

import pytest

from bot import policy
from bot.demo.policy import written

WEEK = dt.timedelta(days=7)


def who(rules: policy.Policy, at: dt.datetime) -> list[str]:
    return [one.shift(at).who.split("@")[0] for one in rules.rotations()]


@pytest.mark.parametrize("day", range(1, 8))
@pytest.mark.parametrize("hour", [0, 8, 23])
def test_it_is_oscars_turn_whenever_the_demo_starts(tmp_path: Path, day: int, hour: int) -> None:
    """The scenarios say so; a week later it is Tomasz's, and the clock of the demo can be let pass until then."""
    now = dt.datetime(2026, 3, 28 - day, hour, tzinfo=dt.UTC)  # the nights that clocks change come after it
    rules = policy.load(written(tmp_path, now))
    assert who(rules, now) == ["oncall", "root"]
    assert who(rules, now + WEEK) == ["tomasz", "root"]


def test_all_else_is_as_the_package_has_it(tmp_path: Path) -> None:
    """What a visitor learns about approvals holds outside the demo, too."""
    own, shipped = policy.load(written(tmp_path, dt.datetime(2026, 3, 2, tzinfo=dt.UTC))), policy.load()
    assert own.channels == {**shipped.channels, "canary": "pm-canary"}
    assert own.named_on_call[0] == shipped.on_call[0]
    ours, theirs = (one.model_dump(exclude={"on_call", "roster", "channels", "digest"}) for one in (own, shipped))
    assert ours == theirs
