"""What may be on the cards of swaps, in the answer about who is on call, and in the note of a hand-over."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.drawing.elements import user_mention
from bot.drawing.masking import Clearance
from bot.store.models import OnCallSwap, PagerOutage
from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import MENTIONED, Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, MOMENTS, NAMES, SECONDS, WORDS, listed, maybe

SEVERAL = st.sampled_from([0, 1, 5])


def on_call(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    impact = Impact(
        facts=(
            fact("Layer", draw(WORDS), bound=True),
            fact("Now", draw(NAMES), bound=True),
            fact("After", draw(NAMES)),
        ),
        context={"who": draw(NAMES), "layer": draw(WORDS)},
    )
    return impact, {"swap": "x", "until": draw(SECONDS)}


MADE_OF["oncall."] = on_call

DUTIES = st.fixed_dictionaries(
    {
        "layer": WORDS,
        "who": NAMES,
        "ends": maybe(SECONDS),
        "instead_of": maybe(NAMES),
        "next": maybe(NAMES),
        "by_pagerduty": st.booleans(),
        "away": maybe(SECONDS),
        "next_ends": maybe(SECONDS),
    }
)
SWAPS = st.fixed_dictionaries({"layer": WORDS, "who": NAMES, "begins": SECONDS, "ends": SECONDS})
listing(
    "actions/oncall.show.j2",
    "On call",
    at=maybe(SECONDS),
    duties=listed(DUTIES, SEVERAL),
    after=listed(NAMES, SEVERAL),
    swaps=listed(SWAPS, SEVERAL),
)


@draws("oncall/swap.j2")
def swap(draw: st.DrawFn) -> Drawn:
    layer, yours = draw(WORDS), draw(st.booleans())
    row = OnCallSwap(layer=layer, begins=draw(MOMENTS), ends=draw(MOMENTS), withdrawn=draw(maybe(MOMENTS)))
    return message(
        "oncall/swap.j2",
        ("You are on call in place of somebody else" if yours else "On call in place of you: ",),
        Clearance.CHANNEL,
        row=row,
        yours=yours,
        who=draw(NAMES),
        by=draw(NAMES),
    )


LAYERS = st.fixed_dictionaries(
    {
        "name": WORDS,
        "who": st.one_of(NAMES, st.just(user_mention(MENTIONED))),
        "called": NAMES,
        "before": maybe(NAMES),
        "ends": maybe(MOMENTS),
    }
)


@draws("oncall/outage.j2")
def outage(draw: st.DrawFn) -> Drawn:
    row = PagerOutage(since=draw(MOMENTS), until=draw(maybe(MOMENTS)), cause=draw(WORDS))
    return message("oncall/outage.j2", ("PagerDuty accepts",), Clearance.CHANNEL, row=row, waiting=draw(COUNTS))


@draws("oncall/refused.j2")
def refused(draw: st.DrawFn) -> Drawn:
    said = ("PagerDuty refuses an alert",)
    return message("oncall/refused.j2", said, Clearance.CHANNEL, title=draw(NAMES), what="begins", cause=draw(WORDS))


STATES = st.sampled_from(["firing", "acknowledged", "contained"])
ALERTS = st.fixed_dictionaries({"title": NAMES, "severity": WORDS, "state": STATES, "since": MOMENTS})
INCIDENTS = st.fixed_dictionaries({"number": COUNTS, "severity": st.just("P1"), "title": NAMES})
ENDING = st.fixed_dictionaries({"noun": WORDS, "number": maybe(COUNTS), "ends": MOMENTS})
MORE = st.sampled_from([0, 7])


@draws("oncall/handover.j2")
def handover(draw: st.DrawFn) -> Drawn:
    kinds = ("alerts", "incidents", "ending", "waiting")
    return message(
        "oncall/handover.j2",
        ("you are on call (",),
        Clearance.CHANNEL,
        layers=draw(listed(LAYERS, st.sampled_from([1, 2]))),
        late=draw(maybe(st.just(720.0))),
        since=draw(MOMENTS),
        alerts=draw(listed(ALERTS, SEVERAL)),
        incidents=draw(listed(INCIDENTS, SEVERAL)),
        ending=draw(listed(ENDING, SEVERAL)),
        waiting=draw(listed(COUNTS, SEVERAL)),
        more={name: draw(MORE) for name in kinds},
        shift={name: draw(COUNTS) for name in ("alerts", "incidents", "requests", "overrides")},
        was_quiet=draw(st.booleans()),
    )
