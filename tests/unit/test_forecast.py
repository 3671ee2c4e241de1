"""Forecasts: how many days of five lie in the band, that they beat last week, and that none is made of too little."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digests.forecast import AHEAD, LEAST, TooShort, forecast
from tests.forecasts import Score, backtest

SEEDS = range(1000, 1010)  # others than those of docs/forecasts.md


def test_the_band_holds_and_the_middle_beats_last_week() -> None:
    """On years that nobody has looked at."""
    scores = sum(backtest(SEEDS, 182), Score())
    assert 0.75 <= scores.held <= 0.85
    assert scores.error < 0.95 * scores.seasonal_naive


@pytest.mark.parametrize("days", [0, 1, LEAST - 1])
def test_it_is_refused_under_four_weeks(days: int) -> None:
    with pytest.raises(TooShort):
        forecast([100.0] * days)


def test_what_never_changes_goes_on() -> None:
    for day in forecast([100.0] * 60):
        assert day.low <= day.middle <= day.high
        assert day.middle == pytest.approx(100, rel=0.01)


def test_weekdays_are_told_apart() -> None:
    week = [100.0, 110.0, 120.0, 110.0, 100.0, 40.0, 30.0]
    said = [round(day.middle) for day in forecast(week * 10)]
    assert said == [round(one) for one in week] * 4


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=LEAST, max_size=LEAST + 20))
def test_whatever_came_before_it_is_a_number_that_can_be(days: list[float]) -> None:
    """Also of figures that stood still for days, or came out of nothing."""
    said = forecast(days)
    assert len(said) == AHEAD
    for day in said:
        assert 0 <= day.low <= day.middle <= day.high < float("inf")
