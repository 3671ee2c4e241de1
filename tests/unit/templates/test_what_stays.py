"""What is said all the same when there is too much to say, or when somebody has left."""

import datetime as dt
import uuid
from typing import Any

from bot.actions.impact import Impact, fact
from bot.drawing.elements import user_mention
from bot.drawing.masking import Clearance
from bot.judgement import Because
from bot.personal import Personal
from bot.store.models import Alert, State
from localslack.blockkit import check_message
from tests.promises.test_promise_10_no_markup import proposal_card
from tests.unit.templates.drawn import RENDERER, texts

NOW = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
HOSTILE = "\u202e" * 300
"""Made visible, each character is eight: a card names its person ten times."""


def acknowledged(**known: Any) -> dict[str, Any]:
    """The card of an alert that somebody acknowledged."""
    alert = Alert(id=uuid.UUID(int=1), severity="high", fired=NOW, acknowledged=NOW, acknowledged_by=uuid.UUID(int=2))
    shown = {
        "alert": alert,
        "facts_shown": [],
        "listed": [],
        "history": "",
        "card_buttons": [],
        "icon": "🟠",
        "over": False,
        "contained": None,
        "mention": None,
        "false_says": None,
        "parts": [],
        "more": 0,
        "flaps": False,
    }
    return RENDERER.message("alerts/alert.j2", Clearance.CHANNEL, title="Queue x is backing up", **shown, **known)


def test_nobodys_name_keeps_their_card_from_being_posted() -> None:
    """It is cut; the reason, the facts and all buttons are not."""
    card = proposal_card("r" * 300, HOSTILE)
    assert check_message(card) == []
    assert sum(map(len, texts(card["blocks"]))) < 12_000
    assert "r" * 300 in texts(card["blocks"])
    assert "4 active sessions" in texts(card["blocks"])
    assert [one["action_id"] for one in card["blocks"][-1]["elements"]] == [
        "approve",
        "reject",
        "details",
        "break_glass",
        "menu:request",
    ]


def test_two_hundred_approvers_are_ten_and_a_number() -> None:
    """The card says of the others how many they are."""
    card = approved_by([user_mention("U0ONCALL")] * 200)
    assert card["text"].count("<@U0ONCALL>") == 10
    assert "and 190 more" in card["text"]


def test_a_card_that_nobody_is_left_to_approve_says_so() -> None:
    """Everybody who could has left since it was asked."""
    assert "Nobody is left who can approve this." in approved_by([])["text"]


def approved_by(approvers: list[Any]) -> dict[str, Any]:
    own: dict[str, Any] = {"action_template": "actions/queue.pause.j2", "scope": "email-sending", "lasts": None}
    nothing: dict[str, Any] = dict.fromkeys(
        ["changes", "words", "glass", "turned_down", "comments", "effects", "next_buttons"], ()
    )
    no: dict[str, Any] = dict.fromkeys(["self_approval", "grave", "breakable", "executed_at", "cause"])
    ids = dict.fromkeys(["proposal", "revision"], uuid.UUID(int=1))
    impact = Impact(facts=(fact("Now", "4 waiting"),))
    said = {"icon": "🟡", "status": "needs security", "reason": "late", "requester": "Priya", "verification": "pending"}
    said |= {"number": "7"}
    return RENDERER.message(
        "proposal.j2", state=State.PENDING, expires=NOW, needed=1, approvers=approvers, impact=impact,
        **own, **nothing, **no, **ids, **said,
    )  # fmt: skip


MARTA = {"personal": "customer", "value": "marta@acme.example"}
"""Whose account it is, as it stands in what was stored of a card."""


def test_a_customers_address_is_masked_wherever_a_flag_is_spoken_of() -> None:
    """In the title of a card, in the list of what is temporary, and when it has ended: a channel reads those."""
    title = RENDERER.title("actions/flag.turn_off.j2", {"flag": "ai-composer", "whom": [MARTA], "lasts": "for 2 h"})
    assert title == "Turn off ai-composer for m•••@acme.example for 2 h"
    one = {"number": 3, "what": ["ai-composer off for ", MARTA], "by": {"personal": "person", "value": "Priya"}}
    impact = Impact(context={"holds": [{**one, "ends": None}], "further": 0})
    shown = {"impact": impact, "next_buttons": (), **impact.context}
    listed = RENDERER.message("actions/hold.list.j2", Clearance.NONE, **shown)["text"]
    assert "ai-composer off for m•••@acme.example" in listed
    called = ("The change of ai-composer (off for ", Personal.model_validate(MARTA), ")")
    over = {"kind": "flag", "what": called, "called": called, "flag": "ai-composer"}
    known: dict[str, Any] = {
        "stays": False,
        "cause": "planned",
        "ended": NOW,
        "number": 3,
        "after": {"changed_outside": False},
        "now": "on by rollout",
    }
    ended = RENDERER.message("holds/ended.j2", Clearance.CHANNEL, verification="pending", **over, **known)["text"]
    assert "The change of ai-composer (off for m•••@acme.example) ended as planned" in ended
    assert "marta@" not in title + listed + ended


def test_an_alert_stays_acknowledged_when_whoever_did_it_has_left() -> None:
    """Their account is gone, not what they did."""
    assert "acknowledged by somebody who has left" in acknowledged(who=None)["text"]
    assert "acknowledged by Priya" in acknowledged(who="Priya")["text"]


def test_details_of_two_hundred_services_show_the_worst_and_count_the_others() -> None:
    """The unwell ones come first, so the last ones are those to leave out."""
    facts = [fact(f"service {number}", "down · nothing measured · measured 2 min ago") for number in range(200)]
    message = RENDERER.message("digests/details.j2", title="Services", facts_found=facts)
    assert check_message(message) == []
    rows = message["blocks"][1]["elements"]
    assert rows[0]["elements"][0]["text"] == "service 0"
    assert rows[-1]["elements"][0]["text"] == f"… and {200 - len(rows) + 1} more"
    assert len(rows) > 50


def test_details_of_what_is_over_are_in_the_words_of_those_who_asked() -> None:
    """How often it changed, when it was carried out, and which rule wanted what: no versions, no runs."""
    course = {"status": "done", "reason": "", "requester": "Óscar", "asked": NOW, "executed": NOW, "verified": NOW}
    shown = RENDERER.message(
        "details.j2",
        Clearance.CHANNEL,
        action_template="actions/user.revoke.j2",
        user={"who": [MARTA]},
        impact=Impact(),
        details=(),
        number=7,
        over={**course, "words": (), "revision": 2},
        because=[Because(asks="an approval by security", entry="risks.high.approvers", line=41)],
    )["text"]
    assert "Changed while it was open: once" in shown
    assert "Carried out: " in shown
    assert "Rule: an approval by security (line 41 of the policy: risks.high.approvers)" in shown
