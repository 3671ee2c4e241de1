"""What may be on the cards of what is done to alerts, and in the answers about them."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from tests.unit.templates.answers import listing
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, NAMES, REASONS, SECONDS, facts, listed, maybe

SEVERITIES = st.sampled_from(["low", "medium", "high", "critical"])


def on_alerts(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    impact = Impact(
        facts=(fact("Alert", draw(NAMES), bound=True), *draw(listed(facts()))),
        context={
            "alert": draw(NAMES),
            "until": draw(SECONDS),
            "rule": draw(NAMES),
            "severity": draw(SEVERITIES),
            "after": draw(NAMES),
        },
    )
    return impact, {"silence": str(draw(IDS)), "alert": str(draw(IDS)), "before": None, "until": "x"}


MADE_OF["alert."] = on_alerts

OPEN = st.fixed_dictionaries(
    {
        "title": NAMES,
        "message": maybe(IDS.map(str)),
        "severity": SEVERITIES,
        "contained": st.booleans(),
        "who": maybe(NAMES),
        "fired": SECONDS,
        "silent": maybe(SECONDS),
    }
)
listing("actions/alert.list.j2", "alerts", alerts=listed(OPEN), further=COUNTS)
listing("actions/alert.thresholds.j2", "Thresholds")
SILENT = st.fixed_dictionaries(
    {
        "title": NAMES,
        "severity": SEVERITIES,
        "who": NAMES,
        "reason": st.one_of(st.just(""), REASONS),
        "until": SECONDS,
        "open": st.booleans(),
    }
)
listing("actions/alert.silences.j2", "ilences", silences=listed(SILENT), further=COUNTS)
