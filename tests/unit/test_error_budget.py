"""Error budgets: what is left, how fast it goes, and that both tell the same."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.error_budget import PERIOD, Counted, burn, left, used_by

TARGETS = st.floats(0.5, 0.9999)
MINUTES = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1000)), min_size=1, max_size=50)


def counted(minutes: list[tuple[float, float]]) -> Counted:
    """Of so many a minute, that share was good."""
    return Counted(sum(share * total for share, total in minutes), sum(total for _, total in minutes))


@given(target=TARGETS)
def test_all_is_left_of_a_good_month_and_none_of_one_at_its_target(target: float) -> None:
    """And where nothing was measured, nothing was used."""
    assert left(Counted(100, 100), target) == 1
    assert left(Counted(target * 100, 100), target) == pytest.approx(0, abs=1e-6)
    assert left(Counted(0, 0), target) == 1
    assert burn(Counted(0, 100), target) == pytest.approx(1 / (1 - target))


@given(rate=st.floats(0, 1000), target=TARGETS)
def test_a_steady_rate_takes_what_it_says(rate: float, target: float) -> None:
    """At 1 the budget lasts exactly 28 days; what is left tells the same as how fast it went."""
    share = min(rate * (1 - target), 1.0)
    month = Counted(1 - share, 1)
    assert used_by(burn(month, target), PERIOD) == pytest.approx(1 - left(month, target))
    assert used_by(1, PERIOD) == 1


@given(minutes=MINUTES, worse=st.floats(0, 1), target=TARGETS)
def test_more_that_goes_wrong_uses_more(minutes: list[tuple[float, float]], worse: float, target: float) -> None:
    """Whatever minute it is, and by no more than everything."""
    (share, total), *others = minutes
    before, after = counted(minutes), counted([(share * worse, total), *others])
    assert burn(after, target) >= burn(before, target) - 1e-9
    assert left(after, target) <= left(before, target) + 1e-9
    assert -1e-9 <= before.bad <= 1 + 1e-9


@given(one=MINUTES, other=MINUTES, target=TARGETS)
def test_two_spans_together_lie_between_them(
    one: list[tuple[float, float]], other: list[tuple[float, float]], target: float
) -> None:
    """A long window dilutes a short one; it can neither hide nor invent."""
    rates = sorted(burn(counted(part), target) for part in (one, other))
    both = burn(counted([*one, *other]), target)
    assert rates[0] - 1e-6 <= both <= rates[1] + 1e-6


@pytest.mark.parametrize(("rate", "hours", "share"), [(14.4, 1, 0.0214), (6, 6, 0.0536)])
def test_the_factors_of_the_alerts(rate: float, hours: int, share: float) -> None:
    """2% of the budget in an hour, 5% in six, of 30 days; of 28 a little more."""
    assert used_by(rate, dt.timedelta(hours=hours)) == pytest.approx(share, abs=1e-4)
