"""Incidents, as far as they are words: what is typed, what a line of the timeline says, what a room is called."""

import re
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions.incidents.timeline import SAID, said
from bot.actions.registry import discover
from bot.handlers.grammar import parse
from bot.handlers.payloads import concerns_the_bot, deleted_ts, edited_ts, marked_message, without_words
from bot.incidents.document import _plain
from bot.store import rooms
from bot.store.models import Incident, IncidentEvent, IncidentHappened

REGISTRY = discover(actions)
WHO, OTHER = uuid.uuid4(), uuid.uuid4()
NAMES = {WHO: "Tomasz", OTHER: "Kofi"}
FACTS = {
    "duty": "authority",
    "high_risk": True,
    "sha256": "ee6c7898ddc6" * 5,
    "mails": 3,
    "tenants": 2,
    "letter": "delay",
    "phase": "identified",
    "severity": "P1",
    "before": str(OTHER),
    "to": str(WHO),
    "owner": str(OTHER),
    "role": "technical",
    "rule": "queue-backlog",
    "subject": "email-sending",
    "reason": "a full disk",
    "text": "smtp-01 takes no mail",
    "clock": "customers",
    "after": 900.0,
    "number": 7,
    "title": "campaigns are late",
    "found": "the causes",
    "service": "API server",
    "version": "1.4.2",
    "words": "failed",
    "by": "Tomasz",
}


@pytest.mark.parametrize(
    ("typed", "verb", "given"),
    [
        ("incident", "incident", {}),
        ("incident P1 mail is not going out", "incident", {"severity": "P1", "title": "mail is not going out"}),
        ("incident mail is down", "incident", {"title": "mail is down"}),
        ("incident the queue is slow, p3", "incident", {"severity": "p3", "title": "the queue is slow"}),
        ("incident 7", "incident show", {"incident": "7"}),
        ("incident #7", "incident show", {"incident": "#7"}),
        ("incident 7 resolve because over", "incident resolve", {"incident": "7", "reason": "over"}),
        (
            "incident lead 7 technical to Kofi",
            "incident lead",
            {"incident": "7", "role": "technical", "holder": "Kofi"},
        ),
        (
            "incident update 7 next 30m saying the next step is the disk",
            "incident update",
            {"incident": "7", "next": "30m", "news": "the next step is the disk"},
        ),
        (
            "incident task 7 to kofi by friday saying update the runbook",
            "incident task",
            {"incident": "7", "owner": "kofi", "due": "friday", "what": "update the runbook"},
        ),
        (
            "incident breach 7 high known 5h saying addresses of 400 customers",
            "incident breach",
            {"incident": "7", "for_them": "high", "known": "5h", "concerns": "addresses of 400 customers"},
        ),
        (
            "incident not needed 7 persons because all was encrypted",
            "incident not needed",
            {"incident": "7", "whom": "persons", "reason": "all was encrypted"},
        ),
        ("incident merge 8 into 7 because one", "incident merge", {"incident": "8", "into": "7", "reason": "one"}),
    ],
)
def test_what_is_typed_is_understood(typed: str, verb: str, given: dict[str, str]) -> None:
    command = parse(typed, REGISTRY)
    assert (command.verb, command.arguments) == (verb, given)


@pytest.mark.parametrize("what", IncidentHappened)
def test_each_line_is_a_sentence_about_somebody(what: IncidentHappened) -> None:
    """None shows an id, and each names who did it, but for what nobody did."""
    assert set(SAID) == set(IncidentHappened)
    before = {"before": "P3"} if what == IncidentHappened.SEVERITY else {}
    line = said(IncidentEvent(what=what, staff_id=WHO, facts=FACTS | before), NAMES)
    assert not re.search(r"[0-9a-f]{8}-", line)
    assert line[0].isupper()
    assert "Tomasz" in line or what in (IncidentHappened.DUE, IncidentHappened.REMINDED)


@given(st.text(max_size=200), st.integers(1, 10**9))
def test_a_room_has_a_name_that_slack_takes(title: str, number: int) -> None:
    """Lower case letters, digits and hyphens, at most 80; its number tells it from all others."""
    name = rooms.name_of(Incident(number=number, title=title))
    assert re.fullmatch(rf"inc-{number}(-[a-z0-9-]*[a-z0-9])?", name)
    assert len(name) <= 60


@given(st.text(max_size=300))
def test_what_was_typed_is_no_markup_in_the_review(text: str) -> None:
    """One line of it, and every character that Markdown reads is told not to be read."""
    plain = _plain(text)
    assert "\n" not in plain
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|#]", plain)


def reaction(**changed: Any) -> dict[str, Any]:
    item = {"type": "message", "channel": "C1", "ts": "1.2"}
    return {"type": "reaction_added", "user": "U1", "reaction": "pushpin", "item": item, **changed}


def test_only_the_mark_of_a_timeline_is_heard() -> None:
    """Whatever else people feel about a message is their own."""
    assert marked_message(reaction()) == ("C1", "1.2")
    assert marked_message(reaction(type="reaction_removed")) == ("C1", "1.2")
    assert not concerns_the_bot(reaction(reaction="tada"))
    assert not concerns_the_bot(reaction(item={"type": "file", "file": "F1"}))


def test_of_a_changed_message_nothing_is_kept_but_which() -> None:
    """What people say to each other is not stored; what an app or Slack itself changes is not heard of."""
    message = {"type": "message", "text": "secret", "ts": "1.2", "user": "U1", "edited": {"user": "U1", "ts": "1.3"}}
    event = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "message": message,
        "previous_message": {**message, "text": "hidden"},
    }
    assert edited_ts(event) == "1.2"
    kept = without_words({"event_id": "E1", "team_id": "T1", "event": event})
    assert "secret" not in str(kept)
    assert "hidden" not in str(kept)
    assert concerns_the_bot(kept["event"])
    assert edited_ts(kept["event"]) == "1.2"
    assert edited_ts({**event, "message": {**message, "bot_id": "B1"}}) is None
    assert edited_ts({**event, "message": {**message, "edited": None}}) is None


@pytest.mark.parametrize(
    "gone",
    [
        {"subtype": "message_deleted", "deleted_ts": "1.2"},
        {"subtype": "message_changed", "message": {"subtype": "tombstone", "ts": "1.2", "text": "secret"}},
    ],
    ids=["alone", "with replies"],
)
def test_of_a_deleted_message_nothing_is_kept_but_which(gone: dict[str, Any]) -> None:
    """Slack sends along what it said: whoever deleted it wanted nobody to have it any more."""
    event = {"type": "message", "channel": "C1", **gone, "previous_message": {"text": "secret", "ts": "1.2"}}
    kept = without_words({"event_id": "E1", "team_id": "T1", "event": event})
    assert "secret" not in str(kept)
    assert concerns_the_bot(kept["event"])
    assert deleted_ts(kept["event"]) == "1.2"
    assert kept["event"]["channel"] == "C1"
