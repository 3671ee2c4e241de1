"""What may be on the cards of maintenance, and in the list of it."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.drawing.buttons import button
from bot.drawing.masking import Clearance
from bot.store.models import MaintenanceWindow, WindowState
from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, MOMENTS, NAMES, REASONS, SECONDS, WORDS, facts, listed, maybe

STATES = st.sampled_from(list(WindowState))


def on_windows(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    number = draw(COUNTS)
    impact = Impact(
        facts=(fact("Maintenance", draw(NAMES), bound=True), *draw(listed(facts()))),
        context={"work_on": draw(WORDS), "which": number, "until": draw(SECONDS), "begun": draw(st.booleans())},
    )
    return impact, {"window": str(draw(IDS)), "number": number, "ends": draw(SECONDS)}


MADE_OF["maintenance."] = on_windows

ENTRIES = st.fixed_dictionaries(
    {
        "number": COUNTS,
        "what": WORDS,
        "state": WORDS,
        "starts": SECONDS,
        "ends": SECONDS,
        "reason": REASONS,
        "who": NAMES,
    }
)
listing("actions/maintenance.list.j2", "Maintenance", open_ones=listed(ENTRIES), over=listed(ENTRIES))
ALERTS = st.fixed_dictionaries({"title": NAMES, "severity": WORDS, "fired": MOMENTS, "over": st.booleans()})


@st.composite
def windows(draw: st.DrawFn) -> MaintenanceWindow:
    state = draw(STATES)
    over = state in (WindowState.ENDED, WindowState.CANCELLED)
    return MaintenanceWindow(
        number=draw(COUNTS),
        state=state,
        reason=draw(REASONS),
        starts=draw(MOMENTS),
        ends=draw(MOMENTS),
        ended=draw(MOMENTS) if over else None,
    )


@draws("maintenance/card.j2")
def card(draw: st.DrawFn) -> Drawn:
    row = draw(windows())
    return message(
        "maintenance/card.j2",
        (f"Maintenance {row.number}:",),
        Clearance.CHANNEL,
        row=row,
        what=draw(WORDS),
        icon="🚧",
        state=row.state,
        who=draw(NAMES),
        ended_by=draw(maybe(NAMES)),
        silenced=draw(listed(ALERTS)),
        card_buttons=[button("End maintenance …", "maintenance:end", draw(IDS), "primary")],
    )


@draws("maintenance/reminder.j2")
def reminder(draw: st.DrawFn) -> Drawn:
    return message("maintenance/reminder.j2", ("Maintenance ",), Clearance.CHANNEL, row=draw(windows()), what="x")


@draws("maintenance/summary.j2")
def summary(draw: st.DrawFn) -> Drawn:
    row = draw(windows().filter(lambda one: one.ended is not None))
    return message(
        "maintenance/summary.j2",
        (f"Maintenance {row.number} is",),
        Clearance.CHANNEL,
        row=row,
        what=draw(WORDS),
        ended_by=draw(maybe(NAMES)),
        over=draw(listed(ALERTS)),
        still=draw(listed(ALERTS)),
    )
