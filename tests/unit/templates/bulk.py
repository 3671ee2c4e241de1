"""What may be on the cards of commands for many users, and of their parts."""

from typing import Any

from hypothesis import strategies as st

from bot import actions
from bot.actions.bulk import Bulk, PartOf
from bot.actions.impact import Impact, fact
from bot.actions.registry import discover
from bot.personal import Personal
from tests.unit.templates.drawn import DRAWN
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, NAMES, REASONS, WORDS

REGISTRY = discover(actions)
NUMBERS = st.integers(1, 50_000)


def on_several(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    done = {"done": draw(NUMBERS), "left_out": draw(COUNTS), "sessions": draw(COUNTS)}
    sample = fact("For example", Personal(personal="customer", value=draw(NAMES)))
    facts = (fact("Which", draw(WORDS)), fact("How many", "40 of 45 users"), sample, fact("After", draw(WORDS)))
    letter = {"about": "spam", "one": draw(WORDS), "tenant": draw(WORDS), "roles": draw(WORDS)}
    letter |= {"incident": {"number": draw(COUNTS)}, "letter_name": "delay", "wording": draw(REASONS)}
    context = {"count": draw(NUMBERS), "noun": "user", "folded": True, **letter, **draw(st.sampled_from([{}, done]))}
    return Impact(facts=facts, context=context), {}


def on_some(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    """A part by itself, or several of them that nothing leads: then with what they have done together."""
    outcome = {"done": ["id"] * draw(st.integers(0, 3)), "left_out": draw(COUNTS), "sessions": draw(COUNTS)}
    together = draw(st.sampled_from([{}, {"done": draw(NUMBERS), "left_out": draw(COUNTS)}]))
    context = {"count": draw(NUMBERS), "noun": "account", "part": True, **together}
    return Impact(context=context), outcome


def on_people(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    facts = (fact("From", draw(NAMES), bound=True),)
    return Impact(facts=facts, context={"roles": draw(WORDS), "people": "3 people"}), {}


MADE_OF["staff.remove_role_several"] = on_people
for action in REGISTRY.by_name.values():
    if issubclass(action, Bulk):
        MADE_OF[action.name] = on_several
    elif issubclass(action, PartOf):
        MADE_OF[action.name] = on_some

# What these say in the same words is drawn with each of them.
DRAWN["many.j2"] = DRAWN["proposal.j2"]
