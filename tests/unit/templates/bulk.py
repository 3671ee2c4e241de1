"""What may be on the cards of commands for many users, and of their parts."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.personal import Personal
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, NAMES, WORDS

NUMBERS = st.integers(1, 50_000)


def on_several(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    done = {"done": draw(NUMBERS), "left_out": draw(COUNTS), "sessions": draw(COUNTS)}
    sample = fact("For example", Personal(personal="customer", value=draw(NAMES)))
    facts = (fact("Which", draw(WORDS)), fact("How many", "40 of 45 users"), sample, fact("After", draw(WORDS)))
    context = {"count": draw(NUMBERS), "noun": "user", "folded": True, **draw(st.sampled_from([{}, done]))}
    return Impact(facts=facts, context=context), {}


def on_some(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    outcome = {"done": ["id"] * draw(st.integers(0, 3)), "left_out": draw(COUNTS), "sessions": draw(COUNTS)}
    return Impact(context={"count": draw(NUMBERS)}), outcome


for name in ("suspend", "reinstate"):
    MADE_OF[f"user.{name}_several"] = on_several
    MADE_OF[f"user.{name}_some"] = on_some
