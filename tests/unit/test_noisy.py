"""Which rules are noisy, and what threshold would help."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.metrics import queues as _queues  # noqa: F401 - the metrics that a threshold is shown by
from bot.digests.sections.noisy import MANY, Seen, noise, suggested

MONDAY = dt.date(2026, 11, 16)


def week(*seen: tuple[float, str]) -> list[Seen]:
    """Alerts on one day after the other: `ignored`, `false`, both, or `mattered`."""
    return [
        Seen(peak, MONDAY + dt.timedelta(days=place % 7), ignored="ignored" in how, false="false" in how)
        for place, (peak, how) in enumerate(seen)
    ]


def test_it_says_what_most_of_those_in_vain_had_at_most() -> None:
    """Nine of ten; what somebody acknowledged and was higher still fires."""
    seen = week(*((100 + n, "ignored") for n in range(9)), (5000, "ignored"), (9000, "mattered"))
    found = noise("queue-backlog", seen)
    assert found is not None
    assert found.threshold is not None
    assert (found.threshold.value, found.threshold.spared, found.threshold.lost) == (108, 9, 0)
    assert found.described == (
        "11 alerts, of which 10 ended before anybody acknowledged them; "
        "a threshold of 108 would have stopped 9 of these needless alerts, and no important alert"
    )


def test_the_figure_is_the_one_that_people_read() -> None:
    """A rate is no zero."""
    seen = week(*((0.0612, "ignored") for _ in range(6)), (0.2, "mattered"))
    found = noise("queue-failures", seen, "queue.failure_rate")
    assert found is not None
    assert "a threshold of 6.1% would" in found.described


def test_what_was_acknowledged_and_false_was_in_vain_too() -> None:
    found = noise("x", week(*((10, "false") for _ in range(4)), (11, "ignored"), (50, "mattered")))
    assert found is not None
    assert "1 ended before anybody acknowledged it, and people marked 4 as false alarms" in found.described


@pytest.mark.parametrize(
    "seen",
    [
        week(*((100, "ignored") for _ in range(MANY - 1))),
        [Seen(100, MONDAY, ignored=True)] * 20,
        [Seen(100, MONDAY + dt.timedelta(days=n % 2), ignored=True) for n in range(20)],
        week(*((100, "ignored") for _ in range(3)), *((100, "mattered") for _ in range(3))),
    ],
    ids=["too few", "one bad day", "two", "half of them mattered"],
)
def test_it_says_nothing_where_that_is_too_little(seen: list[Seen]) -> None:
    assert noise("x", seen) is None


def test_no_threshold_is_suggested_that_leaves_out_all_that_mattered() -> None:
    found = noise("service-state", week(*((2, "ignored") for _ in range(6)), (2, "mattered")))
    assert found is not None
    assert found.threshold is None
    assert "no threshold would stop these alerts and keep the important ones" in found.described


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.sampled_from(["ignored", "false", "mattered"])), min_size=1, max_size=40
    ).filter(lambda seen: any(how != "mattered" for _, how in seen))
)
def test_it_leaves_out_nine_of_ten_and_something_that_mattered_fires(seen: list[tuple[float, str]]) -> None:
    found = suggested(week(*seen))
    in_vain = [peak for peak, how in seen if how != "mattered"]
    mattered = [peak for peak, how in seen if how == "mattered"]
    if found is not None:
        assert found.spared >= math.ceil(0.9 * len(in_vain))
        assert not mattered or any(peak > found.value for peak in mattered)
