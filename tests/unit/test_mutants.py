"""The list of mistakes that the tests have to notice stays one that can be made (`make mutants`)."""

import ast
from collections import Counter

import pytest

from tests.mutants.listed import ROOT, Mutant, Stale, listed

MUTANTS = listed()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_each_is_one_mistake_in_code_that_is_there(mutant: Mutant) -> None:
    """What it replaces stands there exactly once, and the code with it is Python and another than without."""
    source = (ROOT / mutant.file).read_text("utf-8")
    mistaken = ast.parse(mutant.of(source))
    assert ast.dump(mistaken) != ast.dump(ast.parse(source))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_the_tests_that_concern_it_are_there(mutant: Mutant) -> None:
    assert mutant.tests
    assert [one for one in mutant.tests if not (ROOT / one).is_file()] == []


def test_every_area_has_some_and_each_has_a_name_of_its_own() -> None:
    assert len(MUTANTS) >= 60
    assert min(Counter(one.area for one in MUTANTS).values()) >= 6
    assert max(Counter(one.name for one in MUTANTS).values()) == 1


def test_what_is_no_longer_there_is_named() -> None:
    stale = Mutant("area", "another sign", "bot/runtime/clock.py", "<", ">", ())
    with pytest.raises(Stale, match="another sign: what it replaces stands 0 times"):
        stale.of("a > b")
    with pytest.raises(Stale, match="2 times"):
        stale.of("a < b < c")
