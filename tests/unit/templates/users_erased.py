"""What may be on the card of `/pm user erase`."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.personal import Personal
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import NAMES, facts, listed


def erased(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    account = fact("Account", Personal(personal="customer", value=draw(NAMES)), draw(NAMES), bound=True)
    impact = Impact(
        facts=(account, fact("Deleted", draw(NAMES)), *draw(listed(facts()))),
        context={"user": {"id": "0"}, "tenants": draw(st.one_of(st.just(""), NAMES))},
    )
    return impact, {"by": "0", "deleted": draw(NAMES), "changed": draw(NAMES)}


MADE_OF["user.erase"] = erased
