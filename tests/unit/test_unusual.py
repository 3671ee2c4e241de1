"""What counts as unusual against one's own last four weeks, and how it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.unusual import Compared, spread

COUNTS = st.integers(0, 10**9)


def against(count: int, *earlier: int) -> Compared:
    return Compared("failed sign-ins", count, earlier, "Monday")


@pytest.mark.parametrize(
    ("count", "earlier", "said"),
    [
        (312, (52, 61, 70, 40), "312 failed sign-ins, 6 times the usual Monday"),
        (120, (52, 61, 70, 50), "120 failed sign-ins, twice the usual Monday"),
        (1400, (1000, 1010, 990, 1000), "1,400 failed sign-ins, 40% more than the usual Monday"),
        (500, (1000, 1010, 990, 1000), "500 failed sign-ins, half the usual Monday"),
        (330, (1000, 1010, 990, 1000), "330 failed sign-ins, a third the usual Monday"),
        (60, (1000, 1010, 990, 1000), "60 failed sign-ins, 94% less than the usual Monday"),
        (0, (1000, 1010, 990, 1000), "0 failed sign-ins, where a usual Monday has about 1,000"),
        (25, (0, 0, 0, 0), "25 failed sign-ins, where a usual Monday has none"),
    ],
)
def test_it_is_unusual_and_said_in_words(count: int, earlier: tuple[int, ...], said: str) -> None:
    one = against(count, *earlier)
    assert one.unusual
    assert one.described == said


@pytest.mark.parametrize(
    ("count", "earlier"),
    [
        (60, (52, 61, 70, 40)),
        (80, (52, 61, 70, 40)),
        (12, (0, 0, 0, 0)),  # nobody cares
        (1090, (1000, 1000, 1000, 1000)),  # weeks that happened to be alike
        (312, (52, 61)),  # nobody knows yet what is usual
        (9, (1, 1, 1, 1)),
    ],
)
def test_it_is_as_usual(count: int, earlier: tuple[int, ...]) -> None:
    assert not against(count, *earlier).unusual


@given(st.lists(COUNTS, min_size=1, max_size=4), COUNTS)
def test_any_numbers_can_be_compared(earlier: list[int], count: int) -> None:
    one = against(count, *earlier)
    assert spread(earlier) >= 1
    assert one.distance >= 0
    assert one.described


@given(st.lists(COUNTS, min_size=3, max_size=4))
def test_the_usual_figure_itself_never_is_unusual(earlier: list[int]) -> None:
    assert not against(round(against(0, *earlier).usual), *earlier).unusual
