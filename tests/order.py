"""In which order tests are given out: what takes minutes begins at once; begun last, it would hold up the whole run."""

import itertools

import pytest

# For each of the four processes, which begin at the head of their quarter of the list.
LONG = (
    ("promises/test_promise_03_killed.py", "chaos/test_seeds.py"),
    ("integration/test_contributing.py", "promises/test_month_of_alerts.py", "promises/test_day.py"),
    ("promises/test_promise_03_frozen.py", "fuzz/test_fuzz.py"),
    ("promises/test_promise_06_kinds.py", "promises/test_promise_06_ends_in_time.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process is given a part of the list, which it begins at its head: see `LONG`."""
    long = [[item for name in names for item in items if item.path.as_posix().endswith(name)] for names in LONG]
    taken = {item for some in long for item in some}
    rest = iter([item for item in items if item not in taken])
    size = -(-len(items) // len(LONG))
    items[:] = [item for some in long for item in [*some, *itertools.islice(rest, max(0, size - len(some)))]]
