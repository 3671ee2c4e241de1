"""What may be in the answers about settings, and on the cards of their changes."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from tests.unit.templates.answers import listing
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, NAMES, WORDS, facts, listed, maybe

listing("actions/setting.list.j2", "setting", total=COUNTS)
listing("actions/setting.show.j2", "Setting", setting=WORDS, description=NAMES)
listing("actions/setting.history.j2", "Changes of", setting=WORDS)
listing("actions/setting.check.j2", "staged setting", staged=COUNTS)

listing("actions/baseline.show.j2", "Baseline")
listing("actions/baseline.drift.j2", "baseline", drifted=maybe(COUNTS))


def on_baselines(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    known = (fact("Baseline", draw(NAMES)), fact("Differs", draw(NAMES), bound=True))
    return Impact(facts=known), {"baseline": "7f3a"}


def on_settings(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    key = draw(WORDS)
    known = (fact("Setting", key, bound=True), fact("Now", draw(NAMES), bound=True), *draw(listed(facts())))
    return Impact(facts=known, context={"of": [key], "after": draw(NAMES), "lasts": None}), {"was": {"value": 30}}


MADE_OF |= {"setting.": on_settings, "baseline.": on_baselines}
