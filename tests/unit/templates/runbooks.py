"""What may be in a runbook, and in the list of them."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from tests.unit.templates.answers import listing
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, NAMES, REASONS, SECONDS, facts, listed, maybe

SLUGS = st.sampled_from(["smtp", "a" * 60])
MARKDOWN = st.one_of(
    REASONS,
    st.sampled_from(
        [
            "# Heading\n\n1. one\n2. **two** and `three`\n   - [four](https://example.com)\n\n```\nSELECT 1;\n```\n",
            "```\nnever closed",
            "* \n# \n``` \n```\n** **",
            "- entry\n" * 400,
            "",
        ]
    ),
)
ENTRIES: dict[str, Any] = {
    "id": IDS.map(str),
    "name": SLUGS,
    "title": NAMES,
    "right": SECONDS,
    "confirmed": st.booleans(),
    "stale": st.booleans(),
}


def on_runbooks(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    named = {"name": draw(SLUGS), "title": draw(NAMES)}
    impact = Impact(
        facts=(fact("Runbook", draw(NAMES), bound=True), *draw(listed(facts()))), context={"runbook": named}
    )
    return impact, {"confirmation": draw(COUNTS)}


MADE_OF["runbook."] = on_runbooks
listing(
    "actions/runbook.show.j2",
    "",  # a long one fills the text
    runbook=st.fixed_dictionaries({**ENTRIES, "text": MARKDOWN}),
    confirmed_by=maybe(NAMES),
)
listing(
    "actions/runbook.list.j2",
    "Runbooks",
    runbooks=listed(st.fixed_dictionaries(ENTRIES)),
    none=st.just("There are none."),
)
