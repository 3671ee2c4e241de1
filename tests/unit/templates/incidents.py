"""What may be on the cards of incidents, in the answers about them, and in their rooms."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.drawing.buttons import button
from bot.drawing.elements import user_mention
from bot.drawing.masking import Clearance
from bot.store.models import (
    Incident,
    IncidentDuty,
    IncidentEvent,
    IncidentHappened,
    IncidentSeverity,
    IncidentState,
    IncidentTask,
    LegalHold,
)
from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import MENTIONED, Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, MOMENTS, NAMES, REASONS, SECONDS, WORDS, facts, listed, maybe

SEVERITIES = st.sampled_from([one.value for one in IncidentSeverity])
LINES = st.fixed_dictionaries({"at": SECONDS, "text": REASONS})
SUBJECTS = st.fixed_dictionaries({"number": COUNTS, "title": NAMES, "severity": SEVERITIES})

TO_TELL = st.fixed_dictionaries({"what": WORDS, "who": NAMES, "say": REASONS, "due": SECONDS})


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
            "update": draw(REASONS),
            "after": "30 min",
            "alert": draw(WORDS),
            "what": draw(REASONS),
            "lacks": draw(listed(WORDS, st.sampled_from([0, 1, 3]))),
            "task": draw(COUNTS),
            "sha256": draw(WORDS),
            "linked": draw(st.booleans()),
            "whom": draw(WORDS),
            "to_tell": draw(listed(TO_TELL, st.sampled_from([2, 3]))),
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
        "restricted": st.booleans(),
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


BY_LAW = st.fixed_dictionaries(
    {"at": MOMENTS, "who": WORDS, "late": st.booleans(), "ended": maybe(MOMENTS), "told": st.booleans()}
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
        answers=draw(st.sampled_from(["", "3 of 40 answered: 4.3 of 5 on average (5: 2, 3: 1)"])),
        evidence=draw(st.sampled_from([0, 1, 12])),
        hold=draw(maybe(st.builds(LegalHold, began=MOMENTS, lifted=maybe(MOMENTS)))),
        to_tell=draw(listed(BY_LAW, st.sampled_from([0, 2, 3]))),
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
        ("task was dropped" if gone else "Task ",),
        Clearance.CHANNEL,
        gone=gone,
        task=one,
        row=draw(incidents()),
        title=draw(NAMES),
        who=draw(NAMES),
        done_by=draw(maybe(NAMES)),
        card_buttons=[button("It is done", "incident:done", draw(IDS))],
    )


@draws("incidents/no_room.j2")
def no_room(draw: st.DrawFn) -> Drawn:
    return message("incidents/no_room.j2", ("make a channel",), number=draw(COUNTS), refusal=draw(WORDS))


@draws("incidents/restricted.j2")
def restricted(draw: st.DrawFn) -> Drawn:
    return message("incidents/restricted.j2", ("not shown here",), Clearance.CHANNEL, number=draw(COUNTS))


@st.composite
def _duties(draw: st.DrawFn) -> IncidentDuty:
    ended = draw(maybe(MOMENTS))
    return IncidentDuty(due=draw(MOMENTS), ended=ended, told=draw(st.booleans()), note=draw(REASONS))


@draws("incidents/duty.j2")
def duty(draw: st.DrawFn) -> Drawn:
    return message(
        "incidents/duty.j2",
        ("To be told:",),
        Clearance.CHANNEL,
        row=draw(incidents()),
        one=draw(maybe(_duties())),
        what=draw(WORDS),
        rule={"who": draw(maybe(NAMES)), "say": draw(REASONS)},
        by=draw(maybe(NAMES)),
        newer=draw(st.booleans()),
        left=draw(st.sampled_from([-100.0, 0.0, 86_400.0])),
        mention=draw(maybe(st.just(user_mention(MENTIONED)))),
        card_buttons=[button("They are told …", "incident:told:authority", draw(IDS))],
    )
