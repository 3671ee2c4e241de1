"""Figures that somebody types are refused where the rules file would be, and said as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.alerts.metrics import deliverability as _ips  # noqa: F401 - a metric where low is bad
from bot.alerts.metrics import queues as _queues  # noqa: F401
from bot.alerts.overriding import applied, described
from bot.alerts.rules import Rule, Severity
from bot.store.models import AlertLevel, AlertThreshold
from bot.store.thresholds import SEVERITIES, Limits, figure, mistake, on_old_base, over, said

HIGH_IS_BAD, LOW_IS_BAD, SHARE = "queue.waiting", "ip.reputation", "queue.failure_rate"


def rule(metric: str, levels: dict[str, Limits]) -> Rule:
    """As the file would have it."""
    given = {name: {"fires": one.fires, "clears": one.clears} for name, one in levels.items()}
    texts = {"title": "x", "over": "x", "runbook": "x"}
    return Rule.model_validate({"metric": metric, **texts, "levels": given}).model_copy(update={"name": "x"})


def changed(severity: str, fires: float, clears: float) -> AlertThreshold:
    return AlertThreshold(rule="x", severity=severity, fires=fires, clears=clears, base_fires=1000, base_clears=500)


LIMITS = st.builds(Limits, st.integers(0, 6).map(float), st.integers(0, 6).map(float))


@given(st.sampled_from([HIGH_IS_BAD, LOW_IS_BAD]), st.dictionaries(st.sampled_from(SEVERITIES), LIMITS, min_size=1))
def test_it_is_refused_exactly_where_the_file_would_be(metric: str, levels: dict[str, Limits]) -> None:
    try:
        rule(metric, levels)
    except ValidationError:
        refused = True
    else:
        refused = False
    assert bool(mistake(levels, low=metric == LOW_IS_BAD)) is refused


def test_what_is_changed_is_in_force_and_the_rest_is_the_files() -> None:
    """Also what is worked out of the levels, such as the least value that says something."""
    base = rule(HIGH_IS_BAD, {"high": Limits(1000, 500), "critical": Limits(10_000, 2_000)})
    assert base.least == 1000
    now = applied(base, [changed("high", 4_000, 900)])
    assert (now.least, now.levels[Severity.HIGH].clears, now.levels[Severity.CRITICAL].fires) == (4_000, 900, 10_000)
    assert [level.fires for _, level in now.ordered] == [4_000, 10_000]
    assert base.least == 1000


def test_where_low_is_bad_the_figures_are_those_that_people_read() -> None:
    base = rule(LOW_IS_BAD, {"medium": Limits(70, 75), "high": Limits(40, 45)})
    [level, _] = [AlertLevel(**one) for one in described(base)]
    assert said(Limits(level.fires, level.clears), level) == "fires below 70, clears above 75"
    now = applied(base, [changed("medium", 60, 65)])
    assert (now.levels[Severity.MEDIUM].fires, now.levels[Severity.MEDIUM].clears) == (-60, -65)


def test_a_share_is_a_percentage() -> None:
    [level] = [AlertLevel(**one) for one in described(rule(SHARE, {"critical": Limits(0.05, 0.03)}))]
    assert figure(0.05, level) == "5%"
    [level] = [AlertLevel(**one) for one in described(rule(HIGH_IS_BAD, {"high": Limits(1000, 500)}))]
    assert figure(1000, level) == "1,000 jobs"


def test_what_contradicts_a_changed_file_is_not_in_force() -> None:
    """A deployment has put critical below it: the file is in force alone."""
    base = rule(HIGH_IS_BAD, {"high": Limits(1000, 500), "critical": Limits(3_000, 2_000)})
    assert applied(base, [changed("high", 4_000, 900)]) is base


@pytest.mark.parametrize(("fires", "old"), [(1000, False), (800, True)])
def test_a_base_is_old_once_the_file_says_something_else(fires: float, *, old: bool) -> None:
    [level] = [AlertLevel(**one) for one in described(rule(HIGH_IS_BAD, {"high": Limits(fires, 500)}))]
    assert on_old_base(changed("high", 4_000, 900), level) is old


def test_a_severity_that_the_file_has_no_more_changes_nothing() -> None:
    base = [AlertLevel(**one) for one in described(rule(HIGH_IS_BAD, {"high": Limits(1000, 500)}))]
    assert over(base, [changed("critical", 4_000, 900)]) == {"high": Limits(1000, 500)}
