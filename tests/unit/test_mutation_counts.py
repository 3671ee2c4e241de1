"""The score of mutation testing counts what it says it counts."""

from collections import Counter

from tests.mutation import counted, share

RESULTS = """
    bot.policy.x_load__mutmut_1: killed
    bot.policy.xǁPolicyǁrequirement__mutmut_12: survived
    bot.policy.xǁPolicyǁ_rule__mutmut_2: timeout
    bot.parameters.base.xǁStafferǁresolve__mutmut_3: no tests
    bot.parameters.base.x_quoted__mutmut_3: no tests
    bot.drawing.masking.x_mask__mutmut_1: killed
"""


def test_what_asks_the_database_is_left_out() -> None:
    """And whatever no test runs counts as not noticed."""
    found = counted(RESULTS)
    assert found == {
        "bot.policy": Counter(killed=1, survived=1, timeout=1),
        "bot.parameters.base": Counter({"no tests": 1}),
        "bot.drawing.masking": Counter(killed=1),
    }
    assert [round(share(outcomes)) for outcomes in found.values()] == [67, 0, 100]
    assert share(Counter()) == 0
