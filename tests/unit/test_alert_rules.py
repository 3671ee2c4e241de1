"""The rules file says what it means, and a wrong entry is named."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.base import discover
from bot.alerts.metrics import METRICS
from bot.alerts.rules import Rule, Severity, load, rank
from bot.alerts.states import QUIET, Standing, judge
from bot.errors import Misconfigured

VERBS = {"pause": frozenset({"what", "queue", "duration", "reason"})}
START = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)

GOOD = """
[rules.backlog]
metric = "queue.waiting"
title = "{subject} is backing up"
over = "{subject} was backing up"
runbook = "Look."
[rules.backlog.levels]
high = { fires = 100, clears = 50, for = "30s" }
critical = { fires = 1000, clears = 200 }
"""


def written(tmp_path: Path, text: str) -> dict[str, Rule]:
    file = tmp_path / "rules.toml"
    file.write_text(text, "utf-8")
    return load(file, frozenset(METRICS), VERBS)


def test_the_packages_own_rules_are_sound() -> None:
    """They name metrics and actions that exist, with the thresholds of platform.md."""
    verbs = {verb: frozenset(one.parameters()) for verb, one in discover(actions).by_verb.items()}
    rules = load(None, frozenset(METRICS), verbs)
    critical = rules["queue-backlog"].levels[Severity.CRITICAL]
    assert (critical.fires, critical.clears) == (10_000, 2_000)
    assert rules["queue-failures"].levels[Severity.CRITICAL].fires == 0.05
    assert rules["queue-late"].levels[Severity.HIGH].fires == 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("clears = 200", "clears = 2000", "rules.backlog.levels.critical: clears (2000) has to be at most fires"),
        ('"30s"', '"soon"', "rules.backlog.levels.high.for: write a duration as 15s, 2m or 1h, not 'soon'"),
        ('"queue.waiting"', '"queue.wating"', "rules.backlog.metric: there is no queue.wating; there are"),
        ("fires = 1000", "fires = 90, clears = 10 } #", "each level has to fire above the one before it"),
        ('runbook = "Look."', "", "rules.backlog.runbook: field required"),
        ('"{subject} is', '"{queue} is', "rules.backlog.title: nothing fills in {queue}"),
        ("critical =", "dire =", "rules.backlog.levels.dire"),
        ("[rules.backlog]", "[rules.backlog]\ncolour = 'red'", "rules.backlog.colour"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    """With what to write instead."""
    with pytest.raises(Misconfigured) as error:
        written(tmp_path, GOOD.replace(old, new))
    assert says.lower() in str(error.value).lower()


def test_an_action_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """And so is a parameter it does not take."""
    helps = """
[rules.backlog.helps]
verb = "{verb}"
everybody = {{ label = "x", arguments = {{ {argument} = "y" }} }}
"""
    with pytest.raises(Misconfigured, match=r"rules.backlog.helps.verb: there is no action halt"):
        written(tmp_path, GOOD + helps.format(verb="halt", argument="what"))
    with pytest.raises(Misconfigured, match=r"rules.backlog.helps.everybody.arguments: pause takes no colour"):
        written(tmp_path, GOOD + helps.format(verb="pause", argument="colour"))


class TestJudging:
    def rule(self, tmp_path: Path) -> Rule:
        return written(tmp_path, GOOD)["backlog"]

    def test_a_level_waits_for_its_time_and_then_holds_until_it_clears(self, tmp_path: Path) -> None:
        """30 s above 100; between 50 and 100 nothing changes; below 50 it is over."""
        standing, said = QUIET, []
        for seconds, value in ((0, 150), (15, 150), (30, 101), (45, 60), (60, 99), (75, 49), (90, 99)):
            standing = judge(self.rule(tmp_path), standing, value, START + dt.timedelta(seconds=seconds))
            said.append(standing.severity)
        assert said == [None, None, "high", "high", "high", None, None]

    def test_a_dip_starts_the_wait_anew(self, tmp_path: Path) -> None:
        """Only an unbroken time above the threshold counts."""
        standing = QUIET
        for seconds, value in ((0, 150), (15, 100), (30, 150), (45, 150)):
            standing = judge(self.rule(tmp_path), standing, value, START + dt.timedelta(seconds=seconds))
            assert standing.severity is None

    def test_nothing_to_measure_is_over(self, tmp_path: Path) -> None:
        """A subject that is gone holds no alert open."""
        assert judge(self.rule(tmp_path), Standing(Severity.CRITICAL, {}), None, START) == QUIET

    @given(values=st.lists(st.floats(0, 3000), max_size=60))
    def test_a_walk_is_explained_by_its_thresholds(
        self, values: list[float], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """In force: it fired above and has not been below since. Below the lowest `clears`: nothing is in force."""
        rule = self.rule(tmp_path_factory.mktemp("rules", numbered=True))
        standing = QUIET
        for step, value in enumerate(values):
            before = standing
            standing = judge(rule, before, value, START + dt.timedelta(seconds=15 * step))
            if value < 50:
                assert standing.quiet
            if rank(standing.severity) > rank(before.severity):
                assert value > rule.levels[Severity(standing.severity or "")].fires
            if rank(standing.severity) < rank(before.severity):
                assert value < rule.levels[Severity(before.severity or "")].clears
            if before.severity and rank(standing.severity) >= rank(before.severity):
                assert value >= rule.levels[before.severity].clears
