"""What may be in the answers to `/pm tenant` and `/pm tenants`."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from tests.unit.templates.answers import listing
from tests.unit.templates.proposals import MADE_OF, said
from tests.unit.templates.typed import COUNTS, NAMES, SECONDS, WORDS, facts, listed, maybe

LATELY = st.fixed_dictionaries({"at": SECONDS, "what": NAMES, "by": said(), "times": COUNTS})
TENANT = st.fixed_dictionaries({"id": st.just("7f3a"), "name": NAMES})

listing("actions/tenant.show.j2", "", tenant=TENANT, approval=WORDS, lately=listed(LATELY))
listing(
    "actions/tenant.find.j2",
    "",
    found=COUNTS.map(lambda number: f"{number:,} tenants"),
    counts=NAMES,
    asked=WORDS,
    page=COUNTS,
    pages=COUNTS,
    next=st.sampled_from(["", "/pm tenants page 2"]),
)


def on_tenants(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    tenant = draw(NAMES)
    known = (fact("Tenant", tenant), fact("Now", "waiting for approval", bound=True), *draw(listed(facts())))
    lasts = draw(maybe(st.just("for 14 d")))
    notice = {"about": draw(st.sampled_from(["spam", "pause", "correction"])), "readers": "2 admins"}
    said_of = notice | {"tenant": {"id": "7f3a", "name": tenant}, "of": [tenant], "after": draw(NAMES), "lasts": lasts}
    return Impact(facts=known, context=said_of), {"was": "pending"}


def on_sandboxes(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    name = draw(NAMES)
    return Impact(facts=(fact("Sandbox", name, bound=True),), context={"sandbox": name, "lasts": "for 14 d"}), {}


MADE_OF |= {"tenant.": on_tenants, "sandbox.": on_sandboxes}
listing("actions/tenant.settings.j2", "Settings of", tenant=TENANT)
