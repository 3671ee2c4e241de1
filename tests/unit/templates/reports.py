"""Digests, alerts, ends of holds, and what finance is told of Stripe."""

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

from hypothesis import strategies as st

from bot import actions
from bot.actions.impact import Impact, fact
from bot.actions.registry import discover
from bot.alerts import buttons, cards, rules
from bot.alerts.metrics.base import METRICS
from bot.alerts.rules import Rule, Severity
from bot.billing.money import REASONS
from bot.delivery.charts import Series, line_chart
from bot.digests.figures.base import FIGURES
from bot.digests.forecast import Day
from bot.digests.found import Found
from bot.digests.sections.access import Access
from bot.digests.sections.accounts import Accounts, Oddity
from bot.digests.sections.addresses import Address, Addresses
from bot.digests.sections.alerts import Alert as Fired
from bot.digests.sections.alerts import Alerts
from bot.digests.sections.analytics import Analytics
from bot.digests.sections.availability import Availability, Up
from bot.digests.sections.base import SECTIONS, Level, Section, Weekly, sections_of
from bot.digests.sections.capacity import Capacity, Outlook
from bot.digests.sections.decisions import Decisions
from bot.digests.sections.growth import Growth
from bot.digests.sections.healings import Healed, Healings
from bot.digests.sections.holds import Held, Holds
from bot.digests.sections.logins import Logins, Network
from bot.digests.sections.mails import Mails, Night
from bot.digests.sections.noisy import Noise, Noisy, Threshold
from bot.digests.sections.of_figures import OfFigures
from bot.digests.sections.queues import Queues
from bot.digests.sections.read_only import ReadOnlyMode
from bot.digests.sections.response import Answered, Response
from bot.digests.sections.runbooks import Runbooks
from bot.digests.sections.scorecard import Scorecard
from bot.digests.sections.security import Security
from bot.digests.sections.services import Service, Services
from bot.digests.sections.ticket_volume import TicketVolume
from bot.digests.sections.tickets import Recurring, Tickets
from bot.digests.sections.tomorrow import Tomorrow
from bot.digests.sections.trends import Trends
from bot.digests.sections.unexercised import Unexercised
from bot.digests.unusual import Compared
from bot.drawing.buttons import button
from bot.drawing.elements import user_mention
from bot.drawing.masking import Clearance
from bot.holds.kinds import KINDS
from bot.holds.many import Counted
from bot.integrations.stripe.api import dashboard
from bot.integrations.stripe.money import DISPUTE_STATES
from bot.personal import Personal
from bot.platform.queue_state import QueueState
from bot.reports import REPORTS
from bot.store.models import Alert, AlertEvent, AlertHappened, AlertState, HoldCause, HoldKind, Verification
from bot.words import duration
from tests.unit.templates.answers import listing
from tests.unit.templates.drawn import DRAWN, MENTIONED, Drawn, draws, message
from tests.unit.templates.proposals import MADE_OF, modes
from tests.unit.templates.typed import (
    ADDRESSES,
    CLEARANCES,
    COUNTS,
    IDS,
    MOMENTS,
    NAMES,
    NUMBERS,
    SECONDS,
    SPANS,
    WAITS,
    WORDS,
    facts,
    listed,
    maybe,
)
from tests.unit.templates.typed import REASONS as WHY

VERBS = {verb: frozenset(one.parameters()) for verb, one in discover(actions).by_verb.items()}
RULES = rules.load(None, frozenset(METRICS), VERBS)
SEEN = st.sampled_from([0, 0, 1, 12, 200])  # a digest has ten lists: mostly not all of them are long


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return listed(strategy, SEEN).map(tuple)


@st.composite
def services(draw: st.DrawFn) -> Service:
    unwell = draw(maybe(MOMENTS))
    return Service(
        name=draw(st.one_of(NAMES, st.just("API server"))),
        status=draw(st.sampled_from(["healthy", "degraded", "down"])),
        measured=draw(MOMENTS),
        p95_ms=draw(maybe(COUNTS)),
        error_rate=draw(maybe(st.sampled_from([0.0, 0.001, 1.0]))),
        backlog=draw(maybe(COUNTS)),
        unwell_from=unwell,
        unwell_until=draw(MOMENTS) if unwell else None,
        was_down=draw(st.booleans()),
    )


WEEKLY = st.builds(Weekly, COUNTS, st.lists(COUNTS, max_size=4).map(tuple))
QUEUES = st.builds(QueueState, NAMES, COUNTS, COUNTS, maybe(SPANS), COUNTS)
FIRED = st.builds(Fired, NAMES, st.sampled_from(Level), MOMENTS, maybe(MOMENTS), maybe(NAMES), st.booleans())
LISTS = st.lists(NAMES, max_size=4).map(tuple)
TROUBLE = st.builds(Address, ADDRESSES, maybe(NAMES), NAMES, NAMES, maybe(COUNTS), LISTS, maybe(MOMENTS))
DECISIONS = st.builds(Decisions, WEEKLY, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, maybe(SPANS), maybe(SPANS), COUNTS)
LOGINS = st.builds(Logins, WEEKLY, maybe(st.builds(Network, ADDRESSES, COUNTS, COUNTS)))


@st.composite
def mails(draw: st.DrawFn) -> Mails:
    hours = tuple((20 + hour) % 24 for hour in range(draw(st.integers(1, 13))))
    begins = dt.date(2026, 11, 20)
    nights = [
        Night(begins - dt.timedelta(weeks=week), tuple(draw(COUNTS) for _ in hours))
        for week in range(draw(st.integers(1, 5)))
    ]
    return Mails(hours, nights[0], tuple(nights[1:]), draw(st.booleans()))


SHARES = st.sampled_from([0.0, 0.9991, 1.0])
EXPECTED = st.builds(Day, COUNTS, COUNTS, COUNTS)
OUTLOOK = st.builds(Outlook, NAMES, COUNTS, COUNTS, COUNTS, maybe(EXPECTED))
COURSE = line_chart("Mails sent a day", ["Mon", "Tue"], [Series("this week", [1, 2])], x="day", y="mails sent")
TITLED = st.tuples(NAMES, NAMES)


def of_figures(kind: type[OfFigures]) -> st.SearchStrategy[OfFigures]:
    """Every figure that it wants, counted or not."""
    compared = st.builds(
        Compared,
        st.sampled_from([one.what for one in FIGURES.values()]),
        COUNTS,
        st.lists(COUNTS, max_size=4).map(tuple),
        st.just("week"),
    )
    missing = st.lists(st.sampled_from(kind.wants), max_size=3).map(tuple)
    return st.builds(
        kind, st.lists(compared, max_size=10).map(tuple), missing, maybe(st.just(COURSE)) if kind.charted else st.none()
    )


THRESHOLDS = st.builds(Threshold, COUNTS, COUNTS, COUNTS)
FOUND: dict[type[Section], st.SearchStrategy[Section]] = {
    Alerts: st.builds(Alerts, several(FIRED), MOMENTS),
    Services: st.builds(Services, several(services()), MOMENTS),
    Queues: st.builds(Queues, several(QUEUES), WEEKLY),
    Holds: st.builds(Holds, several(st.builds(Held, NAMES, NAMES, maybe(MOMENTS)))),
    Access: st.builds(Access, COUNTS, COUNTS),
    Addresses: st.builds(Addresses, COUNTS, several(TROUBLE)),
    Decisions: DECISIONS,
    Logins: LOGINS,
    Mails: mails(),
    ReadOnlyMode: st.builds(ReadOnlyMode, maybe(modes())),
    Tomorrow: st.builds(Tomorrow, COUNTS, COUNTS, COUNTS),
    **{kind: of_figures(kind) for kind in (Trends, Security, Analytics, Growth)},
    Accounts: st.builds(Accounts, COUNTS, several(st.builds(Oddity, NAMES, st.just("not linked to Slack")))),
    Availability: st.builds(Availability, several(st.builds(Up, NAMES, SHARES, maybe(COUNTS)))),
    Capacity: st.builds(Capacity, st.lists(OUTLOOK, max_size=2).map(tuple), maybe(st.just(COURSE))),
    Noisy: st.builds(
        Noisy,
        several(st.builds(Noise, NAMES, COUNTS, COUNTS, COUNTS, maybe(st.builds(Threshold, COUNTS, COUNTS, COUNTS)))),
        COUNTS,
    ),
    Healings: st.builds(Healings, several(st.builds(Healed, NAMES, COUNTS, COUNTS, COUNTS))),
    Response: st.builds(
        Response,
        st.lists(
            st.builds(Answered, st.sampled_from(Severity), COUNTS, maybe(SPANS), maybe(SPANS), maybe(SPANS)), max_size=4
        ).map(tuple),
    ),
    Scorecard: st.builds(Scorecard, several(TITLED), several(TITLED)),
    Unexercised: st.builds(Unexercised, COUNTS, LISTS, LISTS, COUNTS),
    Runbooks: st.builds(Runbooks, LISTS, COUNTS),
    TicketVolume: st.builds(TicketVolume, WEEKLY, COUNTS, COUNTS),
    Tickets: st.builds(
        Tickets,
        *(COUNTS, COUNTS, COUNTS),
        several(
            st.builds(Recurring, NAMES, st.just("sync issue"), st.lists(COUNTS, min_size=3, max_size=9).map(tuple))
        ),
        *(COUNTS, COUNTS),
    ),
}
"""What each section may have found."""


@st.composite
def reports(draw: st.DrawFn) -> Found:
    assert set(FOUND) == set(SECTIONS.values())
    report = draw(st.sampled_from(sorted(REPORTS)))
    return Found(REPORTS[report], tuple(draw(FOUND[one]) for one in sections_of(REPORTS[report])))


@draws("digests/report.j2")
def report(draw: st.DrawFn) -> Drawn:
    found = draw(reports())
    title = found.headline if found.report.template == "digests/report.j2" else "Scorecard"
    missed = draw(listed(st.just("2026-03-27 08:30")))
    late = draw(maybe(st.just({"due": draw(MOMENTS), "missed": missed})))
    return message(
        found.report.template,
        (title,),
        draw(CLEARANCES),
        facts_of=found,
        duration=duration,
        late=late,
        sealed=draw(maybe(st.just("812:" + "9f3a" * 16))),
        id=draw(IDS),
    )


for name in ("digests/scorecard.j2", "digests/late.j2"):
    DRAWN[name] = DRAWN["digests/report.j2"]
for kind in SECTIONS.values():
    DRAWN[f"digests/sections/{kind.drawn_by or kind.name}.j2"] = DRAWN["digests/report.j2"]


@draws("digests/details.j2")
def details(draw: st.DrawFn) -> Drawn:
    return message(
        "digests/details.j2", ("Services",), draw(CLEARANCES), title="Services", facts_found=draw(listed(facts()))
    )


@st.composite
def alerts(draw: st.DrawFn) -> tuple[Alert, Rule | None]:
    name = draw(st.sampled_from([*RULES, "gone"]))
    state = draw(st.sampled_from(sorted(set(AlertState) - {AlertState.PENDING})))
    worst = draw(st.sampled_from(Severity))
    acknowledged = state == AlertState.ACKNOWLEDGED or draw(st.booleans())
    culprit = {"id": str(draw(IDS)), "name": draw(NAMES), "share": 0.999, "usual": 0.0}
    measured = {"oldest": 1e9, "limit": 300.0, "held": draw(COUNTS), "rate": draw(NUMBERS), "culprit": culprit}
    alert = Alert(
        id=draw(IDS),
        rule=name,
        subject=draw(NAMES),
        state=state,
        severity=draw(st.sampled_from(Severity)),
        worst=worst,
        breached={},
        value=draw(NUMBERS),
        peak=draw(NUMBERS),
        measured=draw(MOMENTS),
        facts={key: measured[key] for key in draw(st.sampled_from([[], ["rate"], list(measured)]))},
        since=draw(MOMENTS),
        fired=draw(MOMENTS),
        acknowledged=draw(MOMENTS) if acknowledged else None,
        acknowledged_by=draw(IDS) if acknowledged else None,
        contained=draw(MOMENTS) if state == AlertState.CONTAINED else None,
        silenced_until=draw(maybe(MOMENTS)),
        resolved=draw(MOMENTS) if state == AlertState.RESOLVED else None,
        escalated=0,
        returned=draw(COUNTS),
    )
    return alert, RULES.get(name)


@draws("alerts/outside_unread.j2")
def unread(draw: st.DrawFn) -> Drawn:
    return message("alerts/outside_unread.j2", ("could not be read",), reference=draw(WORDS))


OF_A_GROUP = st.fixed_dictionaries(
    {"name": NAMES, "severity": st.sampled_from(Severity), "since": SECONDS, "summary": st.one_of(st.just(""), WORDS)}
)


HEALINGS = (
    *({"card": "request 12", "became": became} for became in ("running", "over", "not_run")),
    {"refused": "I am in read-only mode", "became": None},
)


@draws("alerts/alert.j2")
def alert(draw: st.DrawFn) -> Drawn:
    one, rule = draw(alerts())
    over = one.state == AlertState.RESOLVED
    said = {AlertState.RESOLVED: "resolved", AlertState.CONTAINED: "not resolved"}.get(one.state, "acknowledged")
    pause = st.fixed_dictionaries({"scope": NAMES, "by": NAMES, "number": maybe(COUNTS), "ends": maybe(MOMENTS)})
    known = {"held": draw(COUNTS), "pauses": draw(listed(pause)), "takes": draw(maybe(NAMES)), "buttons": []}
    return message(
        "alerts/alert.j2",
        (said,),
        Clearance.CHANNEL,
        title=cards.title_of(one, rule),
        icon=cards.icon_of(one),
        alert=one,
        over=over,
        healing=None if over else draw(st.sampled_from([None, *HEALINGS])),
        contained=known if one.state == AlertState.CONTAINED else None,
        mention=draw(maybe(st.just(user_mention(MENTIONED)))),
        who=draw(maybe(NAMES)) if one.acknowledged_by else None,
        facts_shown=cards.numbers(one, rule) if rule else [],
        history=" · ".join(draw(listed(NAMES))) if over else "",
        listed=[] if over else draw(listed(OF_A_GROUP))[: cards.NAMED],
        unlisted=draw(COUNTS),
        parts=draw(listed(st.tuples(NAMES, st.sampled_from(Severity))))[: cards.PARTS],
        more=draw(COUNTS),
        flaps=draw(st.booleans()),
        false_says=draw(maybe(NAMES)),
        card_buttons=[cards.false_button(one)] if over else cards._buttons(one, rule, (), draw(st.integers(0, 9))),
    )


@draws("alerts/parts.j2")
def parts_of_an_alert(draw: st.DrawFn) -> Drawn:
    one, rule = draw(alerts())
    parts = draw(listed(st.tuples(NAMES, st.sampled_from(Severity), MOMENTS)))
    return message("alerts/parts.j2", (), title=cards.title_of(one, rule), parts=parts)


@draws("alerts/told.j2")
def told(draw: st.DrawFn) -> Drawn:
    one, rule = draw(alerts())
    return message(
        "alerts/told.j2",
        (),
        Clearance.CHANNEL,
        title=cards.title_of(one, rule),
        alert=one,
        who=draw(maybe(NAMES)),
        facts_shown=cards.numbers(one, rule) if rule else [],
        channel=f"#{draw(NAMES)}",
    )


@draws("alerts/why.j2")
def why(draw: st.DrawFn) -> Drawn:
    one, rule = draw(alerts().filter(lambda found: found[1] is not None))
    levels = [fact(severity.capitalize(), buttons._level(rule, level)) for severity, level in rule.ordered]
    return message(
        "alerts/why.j2",
        ("Why: ",),
        title=cards.title_of(one, rule),
        rule=rule,
        in_words=[*levels, *cards.numbers(one, rule), fact("Runbook", rule.runbook)],
        measured=one.measured,
        elsewhere=draw(maybe(NAMES)),
        next_buttons=[cards.false_button(one)],
    )


LONGEST = st.fixed_dictionaries({"ends": maybe(MOMENTS), "by": NAMES, "scope": NAMES, "number": maybe(COUNTS)})


@draws("alerts/line.j2")
def line(draw: st.DrawFn) -> Drawn:
    what = draw(st.sampled_from(AlertHappened))
    known = {
        "severity": draw(st.sampled_from(Severity)),
        "before": draw(st.sampled_from(Severity)),
        "lapsed": draw(st.booleans()),
        "until": draw(SECONDS),
        "reached": draw(st.booleans()),
        "measured": draw(st.booleans()),
        "held": draw(COUNTS),
        "flaps": draw(st.booleans()),
        "title": draw(NAMES),
        "number": str(draw(COUNTS)),
        "lasts": "30m",
        "why": draw(WORDS),
        **draw(st.sampled_from([{}, {"unheard": draw(NAMES)}])),
    }
    ends, cause = draw(maybe(MOMENTS)), draw(st.sampled_from(HoldCause))
    after = {"paused": draw(st.booleans())}
    held = {"scope": draw(NAMES), "ends": ends, "cause": cause, "after": after, "longest": draw(maybe(LONGEST))}
    return message(
        "alerts/line.j2",
        (),
        Clearance.CHANNEL,
        event=AlertEvent(id=1, at=draw(MOMENTS), what=what, facts=known),
        facts_of_line=known,
        who=draw(NAMES),
        amount=cards.amount(draw(st.sampled_from([None, *RULES.values()])), draw(NUMBERS)),
        absent=draw(maybe(MOMENTS)),
        held=held,
        mention=draw(maybe(st.just(user_mention(MENTIONED)))),
    )


def template_of(kind: HoldKind) -> str:
    return KINDS[kind].template or kind


def own_words(draw: st.DrawFn, template: str) -> dict[str, Any]:
    """What the template of a kind of hold needs by name."""
    some = st.one_of(st.just(""), NAMES)
    return {
        HoldKind.QUEUE_PAUSE: {
            "scope": draw(NAMES),
            "on": draw(st.booleans()),
            "held": draw(maybe(COUNTS)),
            "longest": draw(maybe(LONGEST)),
            "partly": draw(listed(LONGEST)),
        },
        HoldKind.ROLE: {"who": draw(NAMES), "given": draw(NAMES), "taken": draw(some), "kept": draw(some)},
        HoldKind.READ_ONLY: {},
        HoldKind.FLAG: {
            "flag": draw(WORDS),
            "called": ("The change of ", draw(WORDS)),
            "now": draw(st.sampled_from(["off for everybody", "on by rollout"])),
            "stays": draw(st.booleans()),
            "alarm": draw(some),
        },
        "columns": {
            "called": ("The suspension of ", Personal(personal="customer", value=draw(NAMES))),
            "now": draw(WORDS),
        },
        "setting": {"now": draw(WORDS), "setting": draw(WORDS), "alarm": draw(some), "called": draw(WORDS)},
    }[template]


def held(draw: st.DrawFn, kind: HoldKind, *, over: bool) -> dict[str, Any]:
    """A hold that is open or has ended, as its templates know it."""
    known = {name: draw(st.booleans()) for name in ("any", "paused", "switched_off", "changed_outside", "on")}
    customer = Personal(personal="customer", value=draw(NAMES))
    return {
        "kind": template_of(kind),
        "what": (draw(WORDS), " for ", customer),
        "by": draw(NAMES),
        "number": draw(maybe(COUNTS)),
        "cause": draw(st.sampled_from(HoldCause)) if over else None,
        "ends": draw(MOMENTS),
        "ended": draw(MOMENTS) if over else None,
        "ended_by": draw(NAMES) if over else None,
        "after": known if over else {},
        "verification": draw(st.sampled_from(Verification)) if over else None,
        "waits": draw(WAITS) if over else None,
        "verified": draw(MOMENTS),
        **own_words(draw, template_of(kind)),
    }


@st.composite
def ended(draw: st.DrawFn, *kinds: HoldKind) -> Drawn:
    known = held(draw, draw(st.sampled_from(kinds or tuple(HoldKind))), over=True)
    return message("holds/ended.j2", (), Clearance.CHANNEL, **known)


DRAWN["holds/ended.j2"] = ended()
# What is a kind's own stands in a template of its own, which the line imports.
DRAWN |= {f"holds/{template_of(kind)}.j2": ended(kind) for kind in HoldKind}


@draws("holds/changed.j2")
def hold_changed(draw: st.DrawFn) -> Drawn:
    known = held(draw, draw(st.sampled_from(HoldKind)), over=False)
    return message("holds/changed.j2", ("on the platform",), Clearance.CHANNEL, **known)


@draws("holds/ends_soon.j2")
def hold_ends_soon(draw: st.DrawFn) -> Drawn:
    known = held(draw, draw(st.sampled_from(HoldKind)), over=draw(st.booleans()))
    offers = [button("Extend by 1 h", "hold:extend", draw(IDS)), button("End now", "hold:end", draw(IDS))]
    says = "Ended" if known["ended"] else "Ends automatically"
    return message("holds/ends_soon.j2", (says,), Clearance.CHANNEL, next_buttons=offers, **known)


def how_far(draw: st.DrawFn) -> dict[str, Any]:
    """Of many that one request holds: those that have ended, and how."""
    ended = [draw(st.sampled_from([0, 1, 30, 9_999])) for _ in range(4)]
    total = sum(ended) + draw(st.sampled_from([0, 1, 50_000]))
    said = Counted(total, sum(ended), *ended, *(draw(st.sampled_from([0, 1, 2_000])) for _ in range(4)), *[None] * 3)
    over = replace(said, last=draw(MOMENTS) if said.ended else None, by=draw(maybe(NAMES)))
    return {**asdict(replace(over, next=draw(maybe(MOMENTS)))), "what": draw(NAMES), "number": draw(COUNTS)}


@draws("holds/many_ended.j2")
def holds_ended(draw: st.DrawFn) -> Drawn:
    known = how_far(draw)
    says = "all " if known["ended"] == known["total"] else f"{known['ended']:,} of "
    return message("holds/many_ended.j2", (f"{says}{known['total']:,} temporary changes",), Clearance.CHANNEL, **known)


@draws("holds/many_end_soon.j2")
def holds_end_soon(draw: st.DrawFn) -> Drawn:
    known = {**how_far(draw), "last": draw(MOMENTS)}
    says = "Ended" if known["ended"] == known["total"] else "These end automatically"
    return message("holds/many_end_soon.j2", (says,), Clearance.CHANNEL, **known)


@draws("stripe/missing.j2")
def missing(draw: st.DrawFn) -> Drawn:
    known = {"missing": draw(st.integers(1, 10**6)), "begins": draw(SECONDS), "ends": draw(SECONDS)}
    return message("stripe/missing.j2", ("had not come",), Clearance.CHANNEL, **known)


@draws("stripe/problem.j2")
def problem(draw: st.DrawFn) -> Drawn:
    kind, settled = draw(NAMES), draw(maybe(MOMENTS))
    return message(
        "stripe/problem.j2",
        ("Copied after all",) if settled else ("could not be copied to the platform", "has no usable"),
        text=f"invoice.paid: its object has no usable {draw(NAMES)}.",
        event=draw(st.one_of(NAMES, st.just("evt_" + "x" * 3000))),
        kind=kind * 10,
        settled=settled,
        again=button("Try again", "stripe:again", draw(IDS)),
    )


def on_stripe(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    event = {"id": draw(st.sampled_from(["evt_1Nxyz", "evt_" + "x" * 200])), "type": draw(NAMES)}
    tenant = {"id": str(draw(IDS)), "name": draw(NAMES)}
    impact = Impact(facts=(fact("Event", event["id"], bound=True),), context={"event": event, "tenant": tenant})
    return impact, {"event": event["id"], "tenant": tenant["id"]}


MADE_OF["stripe."] = on_stripe


PARTS = listed(st.one_of(NAMES, st.just({"personal": "amount", "value": "49.00 EUR"})), st.sampled_from([1, 2]))
listing(
    "actions/stripe.reconcile.j2",
    "Stripe:",
    tenant=st.fixed_dictionaries({"id": IDS.map(str), "name": NAMES}),
    why=maybe(WHY),
    lines=listed(st.fixed_dictionaries({"id": WORDS, "what": WORDS, "ours": PARTS, "theirs": PARTS})),
)


def disputed(draw: st.DrawFn) -> dict[str, Any]:
    """What `bot/billing/money.told` says of a dispute."""
    live = draw(st.booleans())
    return {
        "tenant": draw(NAMES),
        "reason": draw(st.sampled_from([*REASONS.values(), "x" * 300])),
        "status": draw(st.sampled_from([*DISPUTE_STATES, "x" * 300])),
        "open": draw(st.booleans()),
        "submitted": draw(st.booleans()),
        "due": draw(maybe(st.integers(1, 4 * 10**9))),
        "left": draw(maybe(st.sampled_from(["less than a day", "20 days"]))),
        "url": dashboard("disputes", draw(st.sampled_from(["dp_1Nxyz", "no id"])), live=live),
        "charge_url": draw(maybe(st.just(dashboard("payments", "pi_1Nxyz", live=live)))),
    }


@draws("stripe/dispute.j2")
def dispute(draw: st.DrawFn) -> Drawn:
    return message("stripe/dispute.j2", ("Disputed payment", "Reason"), **disputed(draw))


@draws("stripe/dispute_due.j2")
def dispute_due(draw: st.DrawFn) -> Drawn:
    known = {**disputed(draw), "due": draw(st.integers(1, 4 * 10**9))}
    return message("stripe/dispute_due.j2", ("Evidence is due",), **known)


@draws("stripe/subscription.j2")
def subscription(draw: st.DrawFn) -> Drawn:
    happened = st.sampled_from(["paused", "resumed", "payment_failed", "paid", "canceled", "x" * 300])
    news = st.fixed_dictionaries({"episode": st.just(1), "what": happened, "at": st.integers(1, 4 * 10**9)})
    return message(
        "stripe/subscription.j2",
        (),
        tenant=draw(NAMES),
        tenant_status=draw(maybe(NAMES)),
        status=draw(maybe(st.sampled_from(["paused", "active", "x" * 300]))),
        news=draw(listed(news)),
        url=dashboard("subscriptions", draw(st.sampled_from(["sub_1Nxyz", "no id"])), live=draw(st.booleans())),
    )
