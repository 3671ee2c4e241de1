"""What may be said of staff members who come and go, and of what they did."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.personal import Personal
from tests.unit.templates.answers import offers
from tests.unit.templates.drawn import Drawn, draws, message
from tests.unit.templates.typed import (
    ADDRESSES,
    CLEARANCES,
    COUNTS,
    MOMENTS,
    NAMES,
    REASONS,
    SECONDS,
    listed,
    maybe,
    staffers,
)

ROLES = st.sampled_from([[], ["admin"], ["admin", "user_manager"], ["x" * 300]])
SEEN = st.fixed_dictionaries({"at": SECONDS, "what": NAMES, "ip": maybe(ADDRESSES)})


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """What the platform said of somebody."""
    return {
        "may": draw(st.booleans()),
        "roles": draw(ROLES),
        "in_sessions": draw(ROLES),
        "sessions": draw(COUNTS),
        "at": draw(MOMENTS),
    }


@draws("actions/staff.verify.j2")
def verified(draw: st.DrawFn) -> Drawn:
    record = draw(staffers())
    return message(
        "actions/staff.verify.j2",
        ("Our records say",),
        draw(CLEARANCES),
        impact=Impact(facts=(fact("Name", Personal(personal="person", value=record.name)),)),
        next_buttons=draw(offers()),
        staffer={"id": str(record.id), "name": record.name},
        ours={"may": draw(st.booleans()), "roles": draw(ROLES), "sessions": draw(COUNTS)},
        answer=draw(maybe(answers())),
        why=draw(REASONS),
    )


@draws("actions/staff.activity.j2")
def active(draw: st.DrawFn) -> Drawn:
    record = draw(staffers())
    return message(
        "actions/staff.activity.j2",
        ("Unusual in the last 7 days",),
        draw(CLEARANCES),
        impact=Impact(facts=(fact("Name", Personal(personal="person", value=record.name)),)),
        next_buttons=draw(offers()),
        staffer={"id": str(record.id), "name": record.name},
        odd=draw(listed(SEEN)),
        more=draw(COUNTS),
        zone="Europe/Madrid",
        platform=draw(listed(SEEN)),
        bot=draw(listed(SEEN)),
    )
