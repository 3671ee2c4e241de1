"""What is in force of a flag while several temporary values of it are open: the one that gives it to the fewest."""

import itertools

import pytest

from bot.holds import flag
from bot.holds.kinds import KINDS
from bot.store.models import HoldKind

KEY = flag.Switch("ai-composer", "tenant").key
OFF, NONE, ON = flag.own(False), flag.own(None), flag.own(True)


@pytest.mark.parametrize("several", [list(some) for some in itertools.permutations((OFF, NONE, ON))])
def test_off_wins_whatever_the_order(several: list[flag.Value]) -> None:
    assert KINDS[HoldKind.FLAG].strictest(KEY, several, NONE)["enabled"] is False


@pytest.mark.parametrize("several", [[NONE, ON], [ON, NONE]])
def test_the_flags_own_rules_win_over_on(several: list[flag.Value]) -> None:
    """Having no value of one's own gives no more than the rules give everybody."""
    assert KINDS[HoldKind.FLAG].strictest(KEY, several, NONE)["enabled"] is None


def test_off_wins_over_having_no_value_of_ones_own() -> None:
    """The rules may well give it to them."""
    assert KINDS[HoldKind.FLAG].strictest(KEY, [NONE, OFF], ON)["enabled"] is False
