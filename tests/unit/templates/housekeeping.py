"""What may be in the answers to `/pm integrity` and `/pm conflicts`."""

from hypothesis import strategies as st

from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import DRAWN
from tests.unit.templates.proposals import said
from tests.unit.templates.typed import COUNTS, NAMES, listed

ONE = st.fixed_dictionaries({"what": listed(said(), st.sampled_from([1, 3])), "mend": NAMES})
FINDING = st.fixed_dictionaries(
    {
        "title": NAMES,
        "number": COUNTS,
        "first": listed(ONE, st.sampled_from([1, 4])),
        "further": st.sampled_from([0, 9]),
    }
)
FOUND = listed(FINDING, st.sampled_from([0, 1, 12]))

listing("actions/integrity.show.j2", "", findings=FOUND)
listing("actions/integrity.conflicts.j2", "", findings=FOUND)
DRAWN["findings.j2"] = DRAWN["actions/integrity.show.j2"]
