"""What the bot answers to whoever asked, and App Home."""

import uuid
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from bot import actions
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import discover
from bot.actions.staff.facts import device
from bot.actions.tenants import billing
from bot.drawing.buttons import button
from bot.drawing.cards.saying import STATUS
from bot.drawing.elements import link, user_mention
from bot.drawing.masking import Clearance
from bot.handlers.help import describe
from bot.integrations.stripe.api import dashboard
from bot.personal import Personal
from bot.platform.billing_reads import PaymentRecord, SubscriptionRecord, WebhookHealth
from bot.policy import Requirement
from bot.store.models import JSON
from tests.unit.templates.drawn import DRAWN, MENTIONED, RENDERER, SAYING_NOTHING, Drawn, draws, message, view
from tests.unit.templates.proposals import CARD, asked_for, modes, said
from tests.unit.templates.typed import (
    ADDRESSES,
    CLEARANCES,
    COUNTS,
    IDS,
    MOMENTS,
    NAMES,
    REASONS,
    SECONDS,
    WORDS,
    facts,
    listed,
    maybe,
    sessions,
    staffers,
)

ACTIONS = [one for one in discover(actions).by_name.values() if one.verb]  # of the others nobody asks for help
SEVERAL = st.sampled_from([0, 1, 5, 10])
STRIPE_IDS = st.sampled_from(["sub_1Nxyz", "x" * 300, "<http://evil.example|sub_1>"])


@st.composite
def offers(draw: st.DrawFn) -> list[JSON]:
    """Suggestions and standing offers, as refusals have them."""
    says = WORDS.filter(lambda one: one.rstrip(" …").lower() not in SAYING_NOTHING)
    labels = draw(st.lists(st.one_of(says, st.just("")), max_size=5))
    return [button(label, f"draft:{place}", draw(IDS)) for place, label in enumerate(labels)]


@draws("note.j2")
def note(draw: st.DrawFn) -> Drawn:
    typed = draw(NAMES)
    return message(
        "note.j2",
        ("There is no staff member “",),
        text=f"There is no staff member “{typed}”. Try their full name or address.",
        next_buttons=draw(offers()),
        reference=draw(maybe(st.just("7F3A"))),
        commands=draw(listed(WORDS)),
    )


@draws("stranger.j2")
def stranger(draw: st.DrawFn) -> Drawn:
    text = f"Your Slack account is not linked. An administrator links it with: pm staff link {draw(NAMES)}"
    return message("stranger.j2", ("is not linked",), text=text)


@draws("asked.j2")
def asked(draw: st.DrawFn) -> Drawn:
    number = draw(COUNTS)
    card = draw(st.sampled_from([link(address, "open card") for address in (None, CARD)]))
    return message("asked.j2", (f"Request {number} posted",), number=number, channel=f"#{draw(NAMES)}", card=card)


@draws("asked_already.j2")
def asked_already(draw: st.DrawFn) -> Drawn:
    number, own = draw(COUNTS), draw(st.booleans())
    return message(
        "asked_already.j2",
        (f"with request {number}" if own else f"Request {number} by",),
        number=number,
        own=own,
        proposal=draw(IDS),
        requester=draw(NAMES),
        following=draw(st.booleans()),
        card=draw(st.sampled_from([link(address, "open card") for address in (None, CARD)])),
    )


@draws("passed_on.j2")
def passed_on(draw: st.DrawFn) -> Drawn:
    return message(
        "passed_on.j2",
        ("asks security to revoke",),
        mentioned=draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        by=draw(NAMES),
        team="security",
        what=f"revoke {draw(NAMES)}",
        begins="Revoke …",
        reason=draw(maybe(REASONS)),
        draft=draw(IDS),
    )


@st.composite
def explained(draw: st.DrawFn) -> dict[str, str]:
    """An action as help shows it; some day there may be many."""
    one = draw(st.sampled_from(ACTIONS))
    roles = tuple(draw(st.lists(st.sampled_from(["security", "super_admin", "x" * 300]), min_size=1, max_size=3)))
    decision = describe(Requirement(approvers=roles, quorum=draw(st.integers(1, 9))))
    return {"usage": one.usage(), "summary": one.summary(), "decision": decision}


@st.composite
def groups(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Commands by what they are about; those of one topic stand under no heading."""
    titles = draw(st.lists(st.sampled_from(["Staff and roles", "Queues", None]), max_size=3))
    return [{"title": title, "actions": draw(listed(explained()))} for title in titles]


@draws("help.j2")
def help_(draw: st.DrawFn) -> Drawn:
    more = {"others": draw(listed(WORDS)), "next_buttons": draw(offers())}
    return message("help.j2", ("What you can do here",), title="What you can do here", groups=draw(groups()), **more)


@draws("help_one.j2")
def help_one(draw: st.DrawFn) -> Drawn:
    one = draw(st.sampled_from(ACTIONS))
    declared = [kind for kind in one.declared().values() if kind.usage]
    parameters = [{"usage": kind.usage, "explanation": kind.kind.explanation} for kind in declared]
    said = {"usage": one.usage(), "example": f"/pm {one.example()}", "also": draw(WORDS), "similar": draw(WORDS)}
    described = {**draw(explained()), **said}
    buttons = draw(offers())
    return message("help_one.j2", (f"/pm {one.verb}",), action=described, parameters=parameters, next_buttons=buttons)


@draws("step_up_locked.j2")
def step_up_locked(draw: st.DrawFn) -> Drawn:
    return message("step_up_locked.j2", ("Authenticator app locked",), Clearance.CHANNEL, who=draw(NAMES))


@draws("step_up_reset.j2")
def step_up_reset(draw: st.DrawFn) -> Drawn:
    return message("step_up_reset.j2", ("Your authenticator app was reset",), next_buttons=draw(offers()))


@draws("actions/digest.show.j2")
def digest_show(draw: st.DrawFn) -> Drawn:
    return message("actions/digest.show.j2", ("the morning digest",), report="morning", next_buttons=draw(offers()))


@draws("actions/digest.subscriptions.j2")
def digest_subscriptions(draw: st.DrawFn) -> Drawn:
    impact = Impact(facts=tuple(draw(listed(facts()))))
    return message("actions/digest.subscriptions.j2", ("Subscriptions",), impact=impact, next_buttons=draw(offers()))


@draws("actions/staff.who.j2")
def who(draw: st.DrawFn) -> Drawn:
    record, active = draw(staffers()), draw(listed(sessions()))
    impact = Impact(
        facts=(
            fact("Name", Personal(personal="person", value=record.name)),
            fact("Address", Personal(personal="email", value=record.email)),
            fact("Roles", record.roles_in_words),
        )
    )
    lately = st.fixed_dictionaries({"at": SECONDS, "what": NAMES, "ip": maybe(ADDRESSES)})
    seen = [{"ip": one.ip, "device": device(one.user_agent), "seen": one.last_seen.timestamp()} for one in active]
    return message(
        "actions/staff.who.j2",
        ("Name",),
        draw(CLEARANCES),
        impact=impact,
        amounts=draw(st.booleans()),
        next_buttons=draw(offers()),
        status=record.status,
        sessions=seen,
        activity=draw(listed(lately)),
        staffer={"id": str(record.id), "name": record.name},
    )


def listing(template: str, says: str, **context: Any) -> None:
    """An answer that is some facts and what goes with them."""

    @draws(template)
    def drawn(draw: st.DrawFn) -> Drawn:
        made = {name: draw(value) for name, value in context.items()}
        shown = {"impact": Impact(facts=draw(some_facts()), context=made), "next_buttons": draw(offers())}
        return message(template, (says,), draw(CLEARANCES), **shown, **made)


def some_facts() -> st.SearchStrategy[tuple[Fact, ...]]:
    return listed(facts()).map(tuple)


CHANGE = st.fixed_dictionaries({"at": SECONDS, "by": said(), "old": NAMES, "new": NAMES})
ANSWER = st.fixed_dictionaries(
    {"enabled": st.booleans(), "rule": st.sampled_from(["tenant override", "x" * 300]), "at": MOMENTS}
)
HELD = st.fixed_dictionaries(
    {"number": maybe(COUNTS), "what": listed(said(), st.sampled_from([1, 3])), "by": said(), "ends": maybe(SECONDS)}
)

listing("actions/staff.roles.j2", "Roles and who has them")
listing("actions/staff.my_access.j2", "Your access")
listing("actions/staff.step_up.j2", "Your authenticator app", enrols=maybe(IDS.map(str)))
listing("actions/flag.list.j2", "Feature flags")
listing("actions/flag.stale.j2", "Flags you can remove", stale=COUNTS)
listing("actions/flag.show.j2", "Flag", flag=WORDS, description=NAMES, changes=listed(CHANGE))
listing(
    "actions/flag.check.j2",
    "Flag",
    flag=WORDS,
    answer=maybe(ANSWER),
    enabled=st.booleans(),
    rule=WORDS,
    why=REASONS,
)
USER = st.fixed_dictionaries(
    {"id": IDS.map(str), "who": st.just([{"personal": "customer", "value": "kofi@acme.example"}])}
)
SESSION = st.fixed_dictionaries({"ip": ADDRESSES, "device": NAMES, "seen": SECONDS})

listing("actions/user.show.j2", "User", user=USER, status=WORDS, belongs=st.just([]), sessions=listed(SESSION))
ATTEMPT = st.fixed_dictionaries({"at": SECONDS, "what": WORDS, "ip": maybe(ADDRESSES), "device": NAMES})
DONE = st.fixed_dictionaries({"at": SECONDS, "what": WORDS, "by": said()})

listing("actions/user.view_as.j2", "What ", user=USER, tenant=maybe(WORDS), others=listed(WORDS))
listing("actions/user.audit.j2", "Audit of", user=USER, attempts=listed(ATTEMPT), done=listed(DONE))
listing("actions/user.find.j2", "Results for", typed=WORDS, found=st.just([]))
LEGAL = st.fixed_dictionaries({"number": COUNTS, "title": NAMES, "began": SECONDS})
listing("actions/hold.list.j2", "", holds=listed(HELD), further=COUNTS, legal=listed(LEGAL))


@st.composite
def subscriptions(draw: st.DrawFn) -> SubscriptionRecord:
    return SubscriptionRecord(
        id=draw(IDS),
        plan=draw(NAMES),
        pending_plan=draw(maybe(NAMES)),
        price_monthly=draw(st.sampled_from([Decimal(0), Decimal("-1.5"), Decimal(10**12)])),
        status=draw(st.sampled_from(["active", "past_due", "x" * 300])),
        period_end=draw(maybe(MOMENTS)),
        cancel_at_period_end=draw(st.booleans()),
        stripe_id=draw(maybe(STRIPE_IDS)),
    )


def paid(draw: st.DrawFn) -> dict[str, Any]:
    amount = draw(st.sampled_from([Decimal(0), Decimal("19.99"), Decimal(-(10**12))]))
    currency = draw(st.sampled_from(["eur", "x" * 300]))
    record = PaymentRecord(amount, currency, draw(NAMES), draw(maybe(MOMENTS)), draw(maybe(STRIPE_IDS)))
    return billing._paid(record, live=draw(st.booleans()))


INVOICE = {
    "amount": st.sampled_from(["49.00 EUR", "4,900 JPY"]),
    "status": WORDS,
    "at": maybe(SECONDS),
    "invoice": maybe(STRIPE_IDS),
    "why": maybe(REASONS),
    "back": maybe(st.just("10.00 EUR")),
    "disputed": st.booleans(),
    "url": maybe(st.just(dashboard("invoices", "in_1Nxyz", live=True))),
}
listing(
    "actions/tenant.invoices.j2",
    "Invoices of",
    tenant=st.fixed_dictionaries({"id": IDS.map(str), "name": NAMES}),
    payments=listed(st.fixed_dictionaries(INVOICE)),
)


@draws("actions/tenant.billing.j2")
def tenant_billing(draw: st.DrawFn) -> Drawn:
    some = draw(listed(subscriptions(), SEVERAL))
    health = WebhookHealth(draw(MOMENTS), draw(maybe(MOMENTS)), draw(COUNTS), draw(COUNTS), draw(COUNTS))
    known = fact("Events from Stripe", billing._in_words(health))
    return message(
        "actions/tenant.billing.j2",
        ("Billing of",),
        draw(CLEARANCES),
        impact=Impact(facts=(*billing._facts(some[0] if some else None), known)),
        amounts=draw(st.booleans()),
        next_buttons=draw(offers()),
        tenant={"id": str(draw(IDS)), "name": draw(NAMES)},
        customer_url=dashboard("customers", draw(STRIPE_IDS), live=True),
        subscription_url=dashboard("subscriptions", draw(STRIPE_IDS), live=False),
        period_end=draw(maybe(SECONDS)),
        cancelling=draw(st.booleans()),
        others=[f"{one.plan}, {one.status}" for one in some[1:]],
        payments=draw(listed(st.composite(paid)())),
        last_event=draw(maybe(SECONDS)),
    )


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    impact, _, template = draw(asked_for())
    number = draw(COUNTS)
    return {
        "number": number,
        "title": RENDERER.title(template, impact.context),
        "requester": draw(NAMES),
        "expires": draw(MOMENTS),
        "ended": draw(maybe(MOMENTS)),
        "status": draw(st.sampled_from([*STATUS.values(), "needs security or super admin"])),
        "card": link(draw(maybe(LINKS)), f"Request {number}"),
    }


FURTHER = st.sampled_from([0, 1, 1000])
LINKS = st.sampled_from(["https://penguin.slack.com/archives/C0OPS/p1700000000000100", "https://evil.example/<|>"])


@draws("actions/request.list.j2")
def request_list(draw: st.DrawFn) -> Drawn:
    return message(
        "actions/request.list.j2",
        ("Requests", "Open"),
        drawn={"open": draw(listed(entries(), SEVERAL)), "ended": draw(listed(entries(), SEVERAL))},
        further={"open": draw(FURTHER), "ended": draw(FURTHER)},
        next_buttons=draw(offers()),
    )


@draws("actions/request.reviews.j2")
def request_reviews(draw: st.DrawFn) -> Drawn:
    drawn = {name: draw(listed(entries(), SEVERAL)) for name in ("open", "done")}
    plans = draw(listed(entries(), st.sampled_from([0, 1, 5])))
    override = st.fixed_dictionaries(
        {
            "by": NAMES,
            "at": SECONDS,
            "why": st.one_of(st.just(""), REASONS),
            "by_itself": st.booleans(),
            "reviewed": SECONDS,
            "reviewed_by": NAMES,
            "offered": maybe(IDS.map(str)),
        }
    )
    return message(
        "actions/request.reviews.j2",
        ("What ran without approval", "Waiting for a review"),
        drawn={**drawn, "plans": plans},
        requests={"plans": [str(draw(IDS)) for _ in plans]},
        overrides={name: [draw(override) for _ in several] for name, several in drawn.items()},
        further={"open": draw(FURTHER), "done": draw(FURTHER)},
        next_buttons=draw(offers()),
    )


DRAWN["overrides.j2"] = DRAWN["actions/request.reviews.j2"]


@draws("actions/request.cancel.j2")
def request_cancel(draw: st.DrawFn) -> Drawn:
    withdrawn = draw(st.lists(entries(), max_size=1))
    return message(
        "actions/request.cancel.j2",
        ("Nothing was done.",),
        number=draw(COUNTS),
        drawn={"withdrawn": withdrawn},
        next_buttons=draw(offers()),
    )


listing("actions/bot.slo.j2", "", number=COUNTS, missed=COUNTS)


@st.composite
def on_hold(draw: st.DrawFn) -> dict[str, Any]:
    """A hold on App Home, with a button where the reader may end it."""
    number = draw(maybe(COUNTS))
    return {
        "what": (draw(NAMES), Personal(personal="customer", value=draw(NAMES))),
        "by": draw(NAMES),
        "number": number,
        "ends": draw(maybe(MOMENTS)),
        "card": link(draw(maybe(LINKS)), f"request {number}") if number else None,
        "end": draw(maybe(st.builds(button, st.just(f"End request {number} …"), st.just("hold:end"), IDS))),
    }


@st.composite
def to_review(draw: st.DrawFn) -> dict[str, Any]:
    """An emergency override on App Home, or what the bot did."""
    said = {"why": draw(st.one_of(st.just(""), REASONS)), "by_itself": draw(st.booleans())}
    return {**draw(entries()), "proposal": draw(IDS), "by": draw(NAMES), "at": draw(MOMENTS), **said}


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    """An open alert or incident on App Home, and in the answer to `/pm status`."""
    return {
        "title": link(draw(maybe(LINKS)), draw(REASONS)),
        "severity": draw(maybe(WORDS)),
        "state": draw(WORDS),
        "since": draw(maybe(MOMENTS)),
        "says": draw(WORDS),
    }


listing(
    "actions/bot.status.j2",
    "",
    alerting=COUNTS,
    incidents=COUNTS,
    unwell=st.booleans(),
    read_only=st.booleans(),
    drawn=st.fixed_dictionaries({"problems": listed(problems(), SEVERAL)}),
)


@draws("home/home.j2")
def home(draw: st.DrawFn) -> Drawn:
    return view(
        "home/home.j2",
        Clearance.CHANNEL,
        name=draw(NAMES),
        headline=draw(REASONS),
        on_call=draw(NAMES),
        health=draw(REASONS),
        problems=draw(maybe(listed(problems(), SEVERAL))),
        silences=draw(st.sampled_from([0, 1, 5])),
        roles=draw(listed(st.fixed_dictionaries({"name": WORDS, "ends": maybe(MOMENTS)}), SEVERAL)),
        subscriptions=draw(listed(REASONS, SEVERAL)),
        own_buttons=[button("Show my access", "draft:own:my access", uuid.UUID(int=2))],
        read_only=draw(maybe(modes())),
        read_only_off=draw(maybe(st.just(button("Switch off read-only mode …", "draft:readonly", uuid.UUID(int=1))))),
        waiting=draw(listed(entries())),
        reviews=draw(listed(to_review(), st.sampled_from([0, 1, 5]))),
        asked=draw(listed(entries())),
        others=draw(listed(entries(), SEVERAL)),
        ended=draw(listed(entries(), SEVERAL)),
        holds=draw(maybe(listed(on_hold(), SEVERAL))),
        further=draw(st.sampled_from([0, 1, 1000])),
        groups=draw(groups()),
        next_buttons=draw(offers()),
    )
