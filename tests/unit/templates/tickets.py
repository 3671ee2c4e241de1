"""What may be on the cards of tickets, in what is told of them, and in the answers about them."""

from typing import Any

from hypothesis import strategies as st

from bot.actions.impact import Impact, fact
from bot.actions.tickets.parameters import CATEGORIES, TEAMS
from bot.drawing.buttons import button
from bot.drawing.elements import user_mention
from bot.drawing.masking import Clearance
from bot.store.models import Ticket, TicketState
from bot.ticket_rules import TicketSeverity
from tests.unit.templates.answers import listing, some_facts
from tests.unit.templates.drawn import MENTIONED, Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF
from tests.unit.templates.typed import COUNTS, IDS, MOMENTS, NAMES, REASONS, SECONDS, WORDS, facts, listed, maybe

NUMBERS = COUNTS.map(lambda number: f"T-{number}")
SEVERITIES = st.sampled_from([one.value for one in TicketSeverity])
SUBJECTS = st.fixed_dictionaries({"number": NUMBERS, "title": NAMES})
LINES = st.fixed_dictionaries({"at": SECONDS, "text": REASONS})
MENTIONS = listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))), st.sampled_from([0, 1, 5]))
KINDS, TEAM_NAMES = st.sampled_from([*CATEGORIES.values()]), st.sampled_from([*TEAMS.values()])


def on_tickets(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    impact = Impact(
        facts=(fact("Ticket", draw(NAMES)), *draw(listed(facts()))),
        context={
            "ticket": draw(SUBJECTS),
            "title_of": draw(NAMES),
            "same": draw(listed(NAMES, st.sampled_from([0, 1, 3]))),
            "team": draw(TEAM_NAMES),
            "who": draw(NAMES),
            "severity": draw(SEVERITIES),
            "verdict": draw(st.sampled_from(["good", "not good"])),
        },
    )
    return impact, {"number": draw(NUMBERS), "ticket": str(draw(IDS)), "due": draw(SECONDS)}


MADE_OF["ticket."] = on_tickets

ENTRIES = st.fixed_dictionaries(
    {
        "number": NUMBERS,
        "title": NAMES,
        "severity": SEVERITIES,
        "state": WORDS,
        "category": KINDS,
        "team": TEAM_NAMES,
        "who": NAMES,
        "tenant": st.one_of(st.just(""), NAMES),
        "due": SECONDS,
        "closed": maybe(SECONDS),
        "late": st.booleans(),
    }
)
listing(
    "actions/ticket.list.j2",
    "Tickets:",
    found=st.sampled_from(["1 ticket", "1,200 tickets"]),
    late=COUNTS,
    whose=st.sampled_from(["", "yours, those of your teams, and those that you opened"]),
    rows_of=listed(ENTRIES),
    page=COUNTS,
    pages=COUNTS,
    next=st.sampled_from(["", "/pm tickets overdue page 2"]),
)
listing("actions/ticket.show.j2", "T-", ticket=SUBJECTS, user=maybe(IDS.map(str)), lines=listed(LINES), earlier=COUNTS)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    closed = draw(maybe(MOMENTS))
    return Ticket(
        number=draw(COUNTS),
        title=draw(NAMES),
        severity=draw(SEVERITIES),
        state=TicketState.CLOSED if closed else TicketState.OPEN,
        asked=draw(MOMENTS),
        due=draw(MOMENTS),
        closed=closed,
        reopened=draw(st.sampled_from([0, 1, 12])),
    )


@draws("ticketing/card.j2")
def card(draw: st.DrawFn) -> Drawn:
    number = draw(NUMBERS)
    return message(
        "ticketing/card.j2",
        (f"{number}:",),
        Clearance.CHANNEL,
        row=draw(tickets()),
        number=number,
        icon="🟠",
        state=draw(WORDS),
        late=draw(st.booleans()),
        about=draw(some_facts()),
        category=draw(KINDS),
        known=draw(some_facts()),
        mention=draw(MENTIONS),
        lines=draw(listed(LINES, st.sampled_from([1, 5]))),
        card_buttons=[button("Take it", "ticket:take", draw(IDS), "primary")],
    )


@draws("ticketing/moved.j2")
def moved(draw: st.DrawFn) -> Drawn:
    said = {"number": draw(NUMBERS), "title": draw(NAMES), "team": draw(TEAM_NAMES)}
    return message("ticketing/moved.j2", ("has this ticket now",), Clearance.CHANNEL, **said)


@draws("ticketing/told.j2")
def told(draw: st.DrawFn) -> Drawn:
    number = draw(NUMBERS)
    said = {"number": number, "title": draw(NAMES), "happened": draw(LINES), "closed": draw(st.booleans())}
    return message("ticketing/told.j2", (number,), Clearance.CHANNEL, **said)


@draws("ticketing/overdue.j2")
def overdue(draw: st.DrawFn) -> Drawn:
    number = draw(NUMBERS)
    return message(
        "ticketing/overdue.j2",
        (number,),
        Clearance.CHANNEL,
        row=draw(tickets()),
        number=number,
        late=draw(st.booleans()),
        mention=draw(MENTIONS),
        card_buttons=[button("Close it …", "ticket:close", draw(IDS))],
    )


@draws("ticketing/sample.j2")
def sample(draw: st.DrawFn) -> Drawn:
    number = draw(NUMBERS)
    return message(
        "ticketing/sample.j2",
        (f"Was {number} handled well?",),
        Clearance.CHANNEL,
        number=number,
        title=draw(NAMES),
        text=draw(REASONS),
        verdict=draw(maybe(st.sampled_from(["good", "not good"]))),
        lines=draw(listed(LINES)),
        card_buttons=[button("Handled well …", "ticket:rate:good", draw(IDS), "primary")],
    )
