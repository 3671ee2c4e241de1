"""Cards of proposals and what is said around them, for every action that changes something."""

from typing import Any

from hypothesis import strategies as st

from bot import actions
from bot.actions.base import Action
from bot.actions.bulk import Bulk, PartOf
from bot.actions.composite import Composite
from bot.actions.impact import Change, Impact, Step, fact
from bot.actions.registry import discover
from bot.actions.staff.facts import sessions_detail, sessions_fact, who_fact
from bot.drawing.buttons import button
from bot.drawing.cards import plan
from bot.drawing.cards.saying import EFFECTS, GIVEN_UP, ICONS, NAMED, NOT_ARRIVED, NOT_SET_UP, SAID, STATUS
from bot.drawing.elements import link, user_mention
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.holds.read_only import ReadOnly
from bot.judgement import Because
from bot.personal import Personal
from bot.pipeline.telling import News
from bot.policy import Risk
from bot.store.models import Execution, HoldCause, State, Verification
from bot.words import counted
from tests.unit.templates.drawn import DRAWN, MENTIONED, Drawn, draws, message
from tests.unit.templates.typed import (
    CLEARANCES,
    COUNTS,
    IDS,
    LENGTHS,
    MOMENTS,
    NAMES,
    REASONS,
    SECONDS,
    WAITS,
    WORDS,
    facts,
    listed,
    maybe,
    sessions,
    staffers,
)

REGISTRY = discover(actions).by_name
WRITING = sorted(one.name for one in REGISTRY.values() if one.risk is not Risk.READ)
MANY = sorted(one.name for one in REGISTRY.values() if issubclass(one, Bulk | PartOf))
PLANS = sorted({one.name for one in REGISTRY.values() if issubclass(one, Composite)} - {*MANY})
STEPS = sorted({*WRITING} - {*PLANS, *MANY})
OPEN = {Verification.PENDING, Verification.UNCONFIRMED}  # what Redis may keep waiting
ENDED = {State.SUCCEEDED, State.UNDONE, State.FAILED, State.PARTLY}


def on_staff(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    record, active = draw(staffers()), draw(listed(sessions()))
    impact = Impact(
        facts=(who_fact(record), sessions_fact(active)),
        details=sessions_detail(active),
        context={"staffer": {"id": str(record.id), "name": record.name}, "sessions": len(active)},
    )
    return impact, {"sessions": [str(one.id) for one in active], "staffer": str(record.id)}


def on_queues(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    scope, pauses = draw(NAMES), draw(LENGTHS)
    impact = Impact(
        facts=(fact("Scope", scope, ", all tenants", bound=True), fact("Ends", draw(NAMES), bound=True)),
        details=tuple(draw(listed(facts()))),
        context={"scope": scope, "lasts": draw(maybe(st.just("2 h"))), "pauses": pauses},
    )
    return impact, {"ended": counted(pauses, "pause"), "paused": draw(st.booleans())}


def on_roles(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    record, roles = draw(staffers()), st.one_of(st.just(""), NAMES)
    active = [str(one.id) for one in draw(listed(sessions()))]
    impact = Impact(
        facts=(
            who_fact(record),
            fact("Now", draw(NAMES), bound=True),
            fact("After", draw(NAMES)),
            *draw(listed(facts())),
        ),
        context={
            "staffer": {"id": str(record.id), "name": record.name},
            "given": draw(roles),
            "taken": draw(roles),
            "lasts": draw(maybe(st.just("for 14 d"))),
        },
    )
    return impact, {"sessions": active, "wanted": {"roles": {}, "any": draw(st.booleans())}}


def on_flags(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    whom = draw(listed(said(), st.sampled_from([0, 1, 3, 7])))
    impact = Impact(
        facts=(fact("Flag", draw(NAMES), bound=True), fact("For", draw(NAMES), bound=True), *draw(listed(facts()))),
        details=(fact("Lose it", ", ".join(draw(listed(NAMES)))),),
        context={"flag": draw(WORDS), "whom": whom, "lasts": draw(maybe(st.just("for 2 h")))},
    )
    return impact, {"now": draw(st.sampled_from(["off by tenant override", "off for everybody", "x" * 300]))}


def on_holds(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    impact = Impact(
        facts=(fact("What", draw(NAMES), bound=True), fact("Time left", draw(NAMES))),
        context={
            "request": draw(maybe(COUNTS)),
            "what": [draw(WORDS), *draw(listed(said(), st.sampled_from([0, 1, 3, 7])))],
            "until": draw(SECONDS),
        },
    )
    return impact, {}


@st.composite
def said(draw: st.DrawFn) -> str | dict[str, str]:
    """A part as it stands in a context: a tenant's name, or the address of somebody's account."""
    name = draw(WORDS)
    return draw(st.sampled_from([name, Personal(personal="customer", value=name).model_dump()]))


def on_read_only(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    impact = Impact(
        facts=(fact("Now", "on ", *draw(modes()).parts, bound=True), *draw(listed(facts()))),
        context={"lasts": draw(maybe(st.just("for 2 h")))},
    )
    return impact, {"hold": str(draw(IDS))}


def modes() -> st.SearchStrategy[ReadOnly]:
    """Read-only mode as it is on."""
    return st.builds(ReadOnly, NAMES, REASONS, MOMENTS, maybe(MOMENTS))


def leaving(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    record, active = draw(staffers()), draw(listed(sessions()))
    impact = Impact(
        facts=(who_fact(record), sessions_fact(active), *draw(listed(facts()))),
        details=sessions_detail(active),
        context={"staffer": {"id": str(record.id), "name": record.name}, "left": draw(listed(NAMES))},
    )
    return impact, {}


def joining(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    name, given = draw(NAMES), draw(st.sampled_from(["support", "finance and user manager"]))
    account = fact("Account", Personal(personal="person", value=name), bound=True)
    return Impact(facts=(account, *draw(listed(facts()))), context={"name": name, "given": given}), {"wanted": {}}


def on_digests(draw: st.DrawFn) -> tuple[Impact, dict[str, Any]]:
    to = draw(st.one_of(st.just("#operations"), NAMES))
    impact = Impact(
        facts=(fact("Digest", "morning", bound=True), fact("To", to)),
        context={"which": "morning", "place": to, "times": "on weekdays at 08:30 (Europe/Madrid)"},
    )
    return impact, {"before": None}


MADE_OF = {
    "bot.readonly": on_read_only,
    "digest.": on_digests,
    "queue.": on_queues,
    "flag.": on_flags,
    "hold.": on_holds,
    "staff.offboard": leaving,
    "staff.onboard": joining,
}
ROLES = ("staff.add_role", "staff.remove_role", "staff.request_role", "staff.set_role")


@st.composite
def asked_for(draw: st.DrawFn, *names: str) -> tuple[Impact, dict[str, Any], str]:
    """Something to do: its impact, its outcome, and its template."""
    name = draw(st.sampled_from(names or WRITING))
    made = MADE_OF.get(max((start for start in MADE_OF if name.startswith(start)), key=len, default=""), on_staff)
    impact, outcome = (on_roles if name in ROLES else made)(draw)
    return impact, outcome, f"actions/{name}.j2"


@st.composite
def holds(draw: st.DrawFn) -> dict[str, Any]:
    cause = draw(maybe(st.sampled_from(HoldCause)))
    return {
        "ends": draw(maybe(MOMENTS)),
        "ended": draw(MOMENTS) if cause else None,
        "ended_by": draw(NAMES),
        "cause": cause,
        "stays": draw(st.booleans()),
        "alarm": draw(st.sampled_from(["", "queue-backlog · email-sending", "x" * 300])),
        "still": draw(maybe(st.just("Something else still holds it back."))),
        "changed_outside": draw(st.booleans()),
    }


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    after = draw(st.sampled_from([-1.0, 0.0, 40.0, 1e9]))
    return {"said": draw(st.sampled_from([*SAID.values(), "confirmed"])), "name": draw(NAMES), "after": after}


@st.composite
def changes(draw: st.DrawFn) -> Change:
    before = draw(facts())
    return Change(label=draw(NAMES), before=before.parts[1:], after=(draw(NAMES),))


CALLS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "whom": st.sampled_from([[], [Personal(personal="customer", value="kofi@acme-corp.example")]]),
        "said": st.sampled_from(
            [*EFFECTS.values(), NOT_SET_UP, NOT_ARRIVED, f"{GIVEN_UP}: x", "bounced: the mailbox is full (5.2.2)"]
        ),
        "in_words": st.booleans(),
    }
)


def progress(draw: st.DrawFn, state: State) -> dict[str, Any]:
    executed = draw(MOMENTS) if state in ENDED else None
    confirmed = draw(st.sampled_from(Verification))
    return {
        "executed_at": executed,
        "verification": confirmed,
        "verified_at": draw(MOMENTS) if confirmed is Verification.CONFIRMED else None,
        "waits": draw(WAITS) if confirmed in OPEN else None,
        "holds": draw(listed(holds(), st.sampled_from([0, 1, 2, 60]))),
        "effects": draw(listed(CALLS)),
        "sendable": draw(st.booleans()),
        "glass": draw(listed(REASONS, st.sampled_from([0, 1, 2]))),
        "pre_approved": draw(listed(REASONS, st.sampled_from([0, 1]))),
        "turned_down": draw(listed(REASONS, st.sampled_from([0, 1]))),
        "comments": draw(listed(st.fixed_dictionaries({"name": NAMES, "text": REASONS}), st.sampled_from([0, 1, 2]))),
    }


def people(draw: st.DrawFn) -> dict[str, Any]:
    requester = draw(NAMES)
    return {
        "requester": requester,
        "approvers": draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        "words": draw(listed(words())),
        "self_approval": draw(st.booleans()),
        "needed": draw(st.integers(1, 20)),
        "solo": draw(maybe(st.fixed_dictionaries({"after": st.just("15 min"), "runs": maybe(MOMENTS)}))),
        "missing": draw(st.integers(1, 20)),
        "deciding": draw(NAMES),
        "grave": draw(st.booleans()),
        "breakable": draw(st.booleans()),
    }


@st.composite
def undoing(draw: st.DrawFn) -> Any:
    """The request that takes it back."""
    said = listed(NAMES.map(lambda name: f"approved by {name}"), st.sampled_from([0, 1, 2]))
    return {"card": draw(links()), "by": draw(NAMES), "at": draw(MOMENTS), "words": draw(said)}


def can_be_taken_back(template: str) -> bool:
    name = template.removeprefix("actions/").removesuffix(".j2")
    return REGISTRY[name].undo is not Action.undo


@st.composite
def cards(draw: st.DrawFn, *names: str) -> Drawn:
    impact, outcome, template = draw(asked_for(*names))
    undone = draw(st.booleans()) and can_be_taken_back(template)
    return draw(card(impact, {"action_template": template, **impact.context}, outcome, undoable=undone))


@st.composite
def plans(draw: st.DrawFn) -> Drawn:
    """Several steps as one request, of which the first ones were done; an action that is a plan may lead them."""
    leading = draw(st.lists(asked_for(*PLANS), max_size=1))
    chosen = draw(st.lists(asked_for(*STEPS), min_size=2 - len(leading), max_size=5))
    steps = [
        Step(action=path.split("/")[1].removesuffix(".j2"), parameters={}, leads=number < len(leading))
        for number, (_, _, path) in enumerate([*leading, *chosen])
    ]
    impacts = [impact for impact, _, _ in [*leading, *chosen]]
    done = [
        Execution(step=number, at=draw(MOMENTS), outcome=outcome, verification=draw(st.sampled_from(Verification)))
        for number, (_, outcome, _) in enumerate(chosen[: draw(st.integers(0, len(chosen)))], start=len(leading))
    ]
    for one in done:
        one.verified = draw(MOMENTS)
    both = plan.together(Renderer(), steps, impacts)
    own = {**plan.words_for(steps, impacts, done), "progress": {"done": len(done), "said": "1 of 3 steps"}}
    return draw(card(both, own, {}, undoable=draw(st.booleans())))


@st.composite
def card(draw: st.DrawFn, impact: Impact, own: dict[str, Any], outcome: dict[str, Any], *, undoable: bool) -> Drawn:
    state, some_id = draw(st.sampled_from(State)), draw(IDS)
    status = STATUS.get(state) or draw(
        st.sampled_from(["waiting for a confirmation", "needs 2 of " + "security or " * 40])
    )
    return message(
        "proposal.j2",
        (status[:40] if state is not State.PENDING else "expires",),
        Clearance.CHANNEL,
        state=state,
        icon=ICONS[state],
        status=status,
        expires=draw(MOMENTS),
        reason=draw(REASONS),
        cause=draw(maybe(REASONS)),
        changes=draw(listed(changes())) if state is State.PENDING else [],
        read_only=draw(maybe(modes())) if state is State.PENDING else None,
        impact=impact,
        number=draw(COUNTS),
        proposal=some_id,
        revision=some_id,
        next_buttons=[button("Suspend …", "next:suspend", some_id)] if state is State.SUCCEEDED else [],
        outcome=outcome,
        undoable=undoable,
        undone=draw(maybe(undoing())),
        **progress(draw, state),
        **people(draw),
        **own,
    )


DRAWN["proposal.j2"] = cards()
DRAWN["plan.j2"] = plans()
# What is an action's own stands in a template of its own, which the card imports.
DRAWN |= {f"actions/{name}.j2": cards(name) for name in WRITING}


CARD = "https://acme.slack.com/archives/C0OPERATIONS/p1700000000000100"


@st.composite
def links(draw: st.DrawFn) -> Any:
    """A request by its number: with the way to its card, or without."""
    words = f"request {draw(COUNTS)}"
    return draw(st.sampled_from([link(address, words) for address in (None, CARD)]))


def about_a_request(draw: st.DrawFn, impact: Impact, template: str) -> dict[str, Any]:
    return {
        "action_template": template,
        "number": draw(COUNTS),
        "proposal": draw(IDS),
        "pending": draw(st.booleans()),
        "status": draw(st.sampled_from(list(STATUS.values()))),
        "requester": draw(NAMES),
        "reason": draw(REASONS),
        "cause": draw(maybe(REASONS)),
        "created": draw(MOMENTS),
        "expires": draw(MOMENTS),
        "card": draw(links()),
        **impact.context,
    }


@draws("told.j2")
def told(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    news, unsent = draw(st.sampled_from(News)), draw(st.lists(CALLS, max_size=3))
    otherwise = {
        News.AGAIN: "Needs a new decision",
        News.BOUNCED: "A mail bounced",
        News.UNDONE: "Undone",
        News.CANCELLED: "Closed",
        News.UNSENT: (unsent[0]["said"] if unsent[0]["in_words"] else "Not sent") if unsent else "Sent again",
    }
    said = otherwise.get(news, news.capitalize())
    return message(
        "told.j2",
        (said,),
        Clearance.CHANNEL,
        news=news,
        words=[f"approved by {one}" for one in draw(listed(NAMES))],
        why=draw(maybe(REASONS)),
        undone=draw(maybe(undoing())),
        returned=draw(st.lists(CALLS, min_size=1, max_size=3)),
        unsent=unsent,
        sendable=draw(st.booleans()),
        **about_a_request(draw, impact, template),
    )


@draws("asked_again.j2")
def asked_again(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    context = about_a_request(draw, impact, template)
    return message(
        "asked_again.j2",
        ("Needs a new decision" if context["pending"] else "Decided",),
        Clearance.CHANNEL,
        self_approval=draw(st.booleans()),
        deciders=draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        **context,
    )


@draws("break_glass.j2")
def break_glass(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    number, reviewed = draw(COUNTS), draw(maybe(MOMENTS))
    became = draw(st.sampled_from([*State, "changed", "voided"]))
    done, by_itself = became in (State.SUCCEEDED, State.UNDONE), draw(st.booleans())
    said = ("Emergency override: ", f"{'ran' if done else 'chose to run'} request {number} at")
    if by_itself:
        said = ("Self-healing: ", f"I {'ran' if done else 'started'} request {number} automatically at", "in advance")
    return message(
        "break_glass.j2",
        said,
        Clearance.CHANNEL,
        by_itself=by_itself,
        action_template=template,
        by=draw(NAMES),
        at=draw(MOMENTS),
        glass_reason=draw(st.one_of(REASONS, st.just(""))),
        requester=draw(NAMES),
        reason=draw(REASONS),
        card=f"request {number}",
        on_call=draw(maybe(st.just(user_mention(MENTIONED)))),
        reviewers=draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        proposal=draw(IDS),
        became=became,
        cause=draw(maybe(REASONS)),
        reviewed=reviewed,
        reviewed_by=draw(NAMES) if reviewed else None,
        **impact.context,
    )


@draws("glass_question.j2")
def glass_question(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    return message(
        "glass_question.j2",
        ("Question from ",),
        Clearance.CHANNEL,
        action_template=template,
        by=draw(NAMES),
        to=draw(st.one_of(NAMES, st.just("you"), st.just(user_mention(MENTIONED)))),
        question=draw(REASONS),
        card=draw(links()),
        thread=draw(maybe(links())),
        **impact.context,
    )


def reviewing(draw: st.DrawFn, template: str, *says: str) -> Drawn:
    """What asks for a look at a plan, and what reminds of it."""
    impact, _, own = draw(asked_for(*PLANS))
    reviewed = draw(maybe(MOMENTS))
    return message(
        template,
        says or (("Reviewed" if reviewed else "Still not reviewed"),),
        Clearance.CHANNEL,
        action_template=own,
        card=draw(links()),
        over=draw(st.booleans()),
        status=draw(st.sampled_from(list(STATUS.values()))),
        requester=draw(NAMES),
        reason=draw(REASONS),
        proposal=draw(IDS),
        reviewers=draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        reviewed=reviewed,
        reviewed_by=draw(NAMES) if reviewed else None,
        **impact.context,
    )


@draws("to_review.j2")
def to_review(draw: st.DrawFn) -> Drawn:
    return reviewing(draw, "to_review.j2", "To review")


@draws("plan_reminder.j2")
def plan_reminder(draw: st.DrawFn) -> Drawn:
    return reviewing(draw, "plan_reminder.j2")


@draws("glass_reminder.j2")
def glass_reminder(draw: st.DrawFn) -> Drawn:
    reviewed_by = draw(maybe(NAMES))
    return message(
        "glass_reminder.j2",
        ("Reviewed" if reviewed_by else "Still not reviewed",),
        Clearance.CHANNEL,
        by=draw(NAMES),
        at=draw(MOMENTS),
        card=draw(links()),
        reviewers=draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        reviewed=draw(MOMENTS),
        reviewed_by=reviewed_by,
    )


@draws("solo.j2")
def solo(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    reviewed = draw(maybe(MOMENTS))
    return message(
        "solo.j2",
        ("Without approval: ",),
        Clearance.CHANNEL,
        action_template=template,
        by=draw(NAMES),
        runs=draw(MOMENTS),
        reason=draw(REASONS),
        card=draw(links()),
        deciders=draw(listed(st.one_of(NAMES, st.just(user_mention(MENTIONED))))),
        proposal=draw(IDS),
        revision=draw(IDS),
        became=draw(st.sampled_from([*State, "changed", "voided", "others"])),
        cause=draw(maybe(REASONS)),
        reviewed=reviewed,
        reviewed_by=draw(NAMES) if reviewed else None,
        **impact.context,
    )


@draws("policy.j2")
def ruling(draw: st.DrawFn) -> Drawn:
    address = Personal(personal="email", value="ana@penguinmails.example")
    said = st.lists(st.one_of(WORDS, st.just(address)), max_size=3)
    change = st.fixed_dictionaries({"entry": WORDS, "line": maybe(COUNTS), "before": said, "after": said})
    return message(
        "policy.j2",
        ("The policy was changed",),
        Clearance.CHANNEL,
        since=draw(MOMENTS),
        digest="0123456789ab",
        digest_before="ba9876543210",
        changes=draw(listed(change)),
    )


@draws("glass_form.j2")
def glass_form(draw: st.DrawFn) -> Drawn:
    """Blocks of a form; as a message they have less room than there."""
    impact, _, template = draw(asked_for())
    number = draw(COUNTS)
    return message(
        "glass_form.j2",
        (f"Request {number} · asked by",),
        Clearance.CHANNEL,
        action_template=template,
        number=number,
        requester=draw(NAMES),
        reason=draw(REASONS),
        impact=impact,
        **impact.context,
    )


@draws("undo_form.j2")
def undo_form(draw: st.DrawFn) -> Drawn:
    """As the form above: blocks of a form."""
    impact, _, template = draw(asked_for())
    number = draw(COUNTS)
    return message(
        "undo_form.j2",
        (f"This undoes request {number}",),
        Clearance.CHANNEL,
        action_template=template,
        number=number,
        impact=impact,
        **impact.context,
    )


@st.composite
def courses(draw: st.DrawFn) -> Any:
    """What came of a finished request."""
    return {
        "reason": draw(REASONS),
        "requester": draw(NAMES),
        "asked": draw(MOMENTS),
        "words": [f"approved by {one}" for one in draw(listed(NAMES))],
        "executed": draw(maybe(MOMENTS)),
        "verified": draw(maybe(MOMENTS)),
        "revision": draw(st.integers(1, 9)),
        "status": draw(st.sampled_from(list(STATUS.values()))),
    }


@st.composite
def reasons_of_policy(draw: st.DrawFn) -> Because:
    line = draw(maybe(COUNTS))
    return Because(asks=draw(WORDS), entry=draw(WORDS) if line else "", line=line)


@draws("details.j2")
def details(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    return message(
        "details.j2",
        (),
        draw(CLEARANCES),
        action_template=template,
        impact=impact,
        details=impact.details,
        number=draw(COUNTS),
        over=draw(maybe(courses())),
        because=draw(listed(reasons_of_policy())),
        **impact.context,
    )


@draws("reminder.j2")
def reminder(draw: st.DrawFn) -> Drawn:
    impact, _, template = draw(asked_for())
    context = about_a_request(draw, impact, template)
    said = "asks you to decide" if context["pending"] else "No decision needed any more"
    return message("reminder.j2", (said,), Clearance.CHANNEL, by=draw(NAMES), **context)


@draws("unconfirmed.j2")
def unconfirmed(draw: st.DrawFn) -> Drawn:
    impact, outcome, template = draw(asked_for())
    number, state = draw(COUNTS), draw(st.sampled_from([Verification.UNCONFIRMED, Verification.CONFIRMED]))
    word = "Confirmed after all" if state is Verification.CONFIRMED else "Not confirmed"
    return message(
        "unconfirmed.j2",
        (word, f"(request {number})"),
        Clearance.CHANNEL,
        action_template=template,
        card=f"request {number}",
        proposal=draw(IDS),
        verification=state,
        waits=draw(WAITS) if state in OPEN else None,
        executed_at=draw(MOMENTS),
        outcome=outcome,
        **impact.context,
    )


@st.composite
def unknown_calls(draw: st.DrawFn) -> dict[str, Any]:
    marks = draw(st.sampled_from([[], ["f" * 32], ["f" * 32] * NAMED]))
    return {
        "name": draw(NAMES),
        "number": draw(st.sampled_from([1, 2, 12_480])),
        "system": draw(NAMES),
        "marks": marks,
        "further": draw(COUNTS),
    }


@draws("unknown_effect.j2")
def unknown_effect(draw: st.DrawFn) -> Drawn:
    impact, outcome, template = draw(asked_for())
    number, unknown = draw(COUNTS), draw(st.lists(unknown_calls(), max_size=3))
    return message(
        "unknown_effect.j2",
        ("Result unknown" if unknown else "Result known", f"request {number}"),
        Clearance.CHANNEL,
        action_template=template,
        card=f"request {number}",
        proposal=draw(IDS),
        unknown=unknown,
        known=draw(st.lists(CALLS, min_size=1, max_size=3)),
        people_look=draw(st.booleans()),
        outcome=outcome,
        **impact.context,
    )
