"""What may be on the cards of incidents, in the answers about them, and in their rooms."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.drawing.buttons import button
from bot.drawing.elements import user_mention
from bot.drawing.masking import Clearance
from bot.store.models import Incident, IncidentEvent, IncidentHappened, IncidentSeverity, IncidentState, IncidentTask
from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import MENTIONED, Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, MOMENTS, NAMES, REASONS, SECONDS, WORDS, facts, listed, maybe

SEVERITIES = st.sampled_from([one.value for one in IncidentSeverity])
LINES = st.fixed_dictionaries({"at": SECONDS, "text": REASONS})
SUBJECTS = st.fixed_dictionaries({"number": COUNTS, "title": NAMES, "severity": SEVERITIES})


def on_incidents(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    impact = Impact(
        facts=(fact("Incident", draw(NAMES), bound=True), *draw(listed(facts()))),
        context={
            "incident": draw(SUBJECTS),
            "into": draw(SUBJECTS),
            "title_of": draw(NAMES),
            "severity": draw(SEVERITIES),
            "role": draw(WORDS),
            "who": draw(NAMES),
            "news": draw(REASONS),
            "after": "30 min",
            "alert": draw(WORDS),
            "what": draw(REASONS),
            "lacks": draw(listed(WORDS, st.sampled_from([0, 1, 3]))),
            "task": draw(COUNTS),
        },
    )
    return impact, {"number": draw(COUNTS), "incident": str(draw(IDS))}


MADE_OF["incident."] = on_incidents

listing(
    "actions/incident.show.j2",
    "Incident",
    incident=st.fixed_dictionaries({"number": COUNTS, "title": NAMES}),
    lines=listed(LINES),
    earlier=COUNTS,
)
ENTRIES = st.fixed_dictionaries(
    {
        "number": COUNTS,
        "title": NAMES,
        "severity": SEVERITIES,
        "state": WORDS,
        "declared": SECONDS,
        "lasted": maybe(st.sampled_from([0.0, 95.0, 1e7])),
    }
)
listing("actions/incident.list.j2", "Incidents", open_ones=listed(ENTRIES), over=listed(ENTRIES))


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    resolved = draw(maybe(MOMENTS))
    return Incident(
        number=draw(COUNTS),
        title=draw(NAMES),
        severity=draw(SEVERITIES),
        state=IncidentState.RESOLVED if resolved else IncidentState.OPEN,
        began=draw(MOMENTS),
        resolved=resolved,
    )


@draws("incidents/card.j2")
def card(draw: st.DrawFn) -> Drawn:
    row, who = draw(incidents()), st.one_of(NAMES, st.just(user_mention(MENTIONED)))
    past = {"number": COUNTS, "title": NAMES, "lasted": st.just(3000.0), "causes": maybe(REASONS)}
    return message(
        "incidents/card.j2",
        (f"Incident {row.number}:",),
        Clearance.CHANNEL,
        row=row,
        icon="🔴",
        state=row.state,
        declarer=draw(NAMES),
        into=draw(maybe(COUNTS)),
        roles=draw(listed(st.fixed_dictionaries({"name": WORDS, "who": maybe(who)}), st.sampled_from([1, 4]))),
        alerts=draw(listed(st.fixed_dictionaries({"rule": WORDS, "subject": WORDS, "state": WORDS}))),
        due=draw(listed(st.fixed_dictionaries({"at": MOMENTS, "what": WORDS, "late": st.booleans()}))),
        similar=draw(listed(st.fixed_dictionaries(past), st.sampled_from([0, 1, 3]))),
        lines=draw(listed(st.fixed_dictionaries({"at": MOMENTS, "text": REASONS}), st.sampled_from([1, 6]))),
        card_buttons=[button("Resolve …", "incident:resolve", draw(IDS))],
    )


@draws("incidents/told.j2")
def told(draw: st.DrawFn) -> Drawn:
    what = draw(st.sampled_from([IncidentHappened.UPDATE, IncidentHappened.RESOLVED, IncidentHappened.REOPENED]))
    event = IncidentEvent(what=what, facts={"text": draw(REASONS), "reason": draw(REASONS)})
    return message(
        "incidents/told.j2",
        ("Incident ",),
        Clearance.CHANNEL,
        event=event,
        row=draw(incidents()),
        who=draw(NAMES),
        next="30 min",
    )


@draws("incidents/clock.j2")
def clock(draw: st.DrawFn) -> Drawn:
    return message(
        "incidents/clock.j2",
        ("Due:",),
        Clearance.CHANNEL,
        row=draw(incidents()),
        what=draw(WORDS),
        met=draw(maybe(MOMENTS)),
        met_by=draw(maybe(NAMES)),
        over=draw(maybe(st.just("resolved"))),
        later=draw(maybe(MOMENTS)),
        again=draw(st.booleans()),
        due=draw(MOMENTS),
        late=draw(maybe(st.just(dt.timedelta(minutes=3).total_seconds()))),
        mention=draw(maybe(st.just(user_mention(MENTIONED)))),
        card_buttons=[button("It is done", "incident:met:customers", draw(IDS))],
    )


@draws("incidents/task.j2")
def task(draw: st.DrawFn) -> Drawn:
    one = IncidentTask(number=draw(COUNTS), what=draw(NAMES), due=draw(MOMENTS), done=draw(maybe(MOMENTS)))
    gone = draw(st.booleans())
    return message(
        "incidents/task.j2",
        ("task was taken back" if gone else "Task ",),
        Clearance.CHANNEL,
        gone=gone,
        task=one,
        row=draw(incidents()),
        who=draw(NAMES),
        done_by=draw(maybe(NAMES)),
        card_buttons=[button("It is done", "incident:done", draw(IDS))],
    )


@draws("incidents/no_room.j2")
def no_room(draw: st.DrawFn) -> Drawn:
    return message("incidents/no_room.j2", ("make a channel",), number=draw(COUNTS), refusal=draw(WORDS))
