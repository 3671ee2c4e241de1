"""The fuzzer's own parts: the same case under the same number, requests as they were meant, faults that are found."""

import json
import random
from urllib.parse import parse_qs

import pytest
import stripe
from slack_sdk.signature import SignatureVerifier

from tests.fuzz import answers, mutate, shrink, values, watch, wire
from tests.fuzz.answers import Answer
from tests.fuzz.cases import OUTSIDE, Case, Materials, Seed, Sender, draw

NOW = 1_795_000_000
SECRET, STRIPES = "local-secret", "whsec_local"
CLICK = {
    "type": "block_actions",
    "team": {"id": "T0HOME"},
    "user": {"id": "U0ONCALL", "team_id": "T0HOME"},
    "actions": [{"action_id": "approve", "value": "x"}],
    "trigger_id": "1.2",
    "response_url": "http://127.0.0.1:1/old",
}
COMMAND = {
    "command": "/pm",
    "text": "revoke <@U0STAFFER>",
    "team_id": "T0HOME",
    "user_id": "U0ONCALL",
    "trigger_id": "1",
}
EVENT = {
    "type": "event_callback",
    "team_id": "T0HOME",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "user": "U0ONCALL"},
}
STRIPE = {"id": "evt_1", "object": "event", "type": "invoice.paid", "created": NOW, "data": {"object": {"id": "in_1"}}}
MATERIALS = Materials(
    [Seed("interactive", CLICK), Seed("command", COMMAND), Seed("event", EVENT), Seed("stripe", STRIPE)],
    SECRET,
    STRIPES,
    people=("U0ONCALL", "U0SECURITY"),
    nobodies=("U0GUEST", "U0QA"),
)


def drawn(*senders: Sender, count: int = 300) -> list[Case]:
    return [draw(MATERIALS, 7, number, NOW, senders, sockets=True) for number in range(count)]


def verified(case: Case, monkeypatch: pytest.MonkeyPatch) -> bool:
    """By the official libraries."""
    assert case.request
    headers = {name.decode(): value.decode("latin-1") for name, value in case.request.headers}
    if case.kind == "stripe":
        monkeypatch.setattr("time.time", lambda: NOW)
        try:
            signature = headers.get("Stripe-Signature", "")
            return stripe.WebhookSignature.verify_header(case.request.body.decode("latin-1"), signature, STRIPES, 300)
        except (stripe.SignatureVerificationError, ValueError):
            return False
    clock = type("Clock", (), {"now": lambda self: NOW})
    try:
        return SignatureVerifier(SECRET, clock()).is_valid_request(case.request.body, headers)
    except (ValueError, TypeError):
        return False


class TestCases:
    def test_a_number_is_always_the_same_case(self) -> None:
        """So that a fault can be had again; another seed gives others."""
        senders = tuple(Sender)
        assert drawn(*senders) == drawn(*senders)
        assert [draw(MATERIALS, 8, number, NOW, senders, sockets=True) for number in range(300)] != drawn(*senders)

    def test_who_has_the_secret_signs_and_who_has_not_cannot(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Judged by Slack's and Stripe's own libraries."""
        for case in drawn(Sender.POWERLESS, Sender.ENTITLED, Sender.OUTSIDER):
            if case.request is not None and case.request.body.isascii():
                assert verified(case, monkeypatch), case.shown()
        for case in drawn(Sender.FORGER):
            assert not verified(case, monkeypatch), case.shown()

    def test_a_forgery_is_never_due_to_be_taken(self) -> None:
        """But for Slack's question whether this is TLS, which anybody may ask."""
        for case in drawn(Sender.FORGER):
            assert case.request
            assert 200 not in case.expected or b"ssl_check" in case.request.body

    def test_whoever_may_nothing_acts_in_no_others_name(self) -> None:
        """Neither as user nor anywhere else where an id stands by itself."""
        for case in drawn(Sender.POWERLESS):
            sent = case.envelope or (case.request.body.decode("latin-1") if case.request else "")
            assert "U0ONCALL%22" not in sent
            assert "user_id=U0ONCALL&" not in sent
            assert '"U0ONCALL"' not in sent

    def test_an_outsider_names_another_workspace(self) -> None:
        for case in drawn(Sender.OUTSIDER):
            assert case.request
            assert b"T0ELSEWHERE" in case.request.body
            assert OUTSIDE.encode() in case.request.body

    def test_everything_there_is_turns_up(self) -> None:
        """All kinds, every change, every way to break a body."""
        cases = drawn(*Sender, count=1500)
        changes = {change for case in cases for change in case.changes}
        assert changes >= {one.__name__ for one in mutate.MUTATIONS}
        assert changes >= {one.__name__.strip("_") for one in wire.BREAKS}
        assert {case.kind for case in cases} >= {
            "interactive",
            "command",
            "event",
            "stripe",
            "method",
            "path",
            "length",
        }
        assert any(case.envelope for case in cases)


class TestOnTheWire:
    def test_what_no_encoder_writes_stands_bare(self) -> None:
        """Endless numbers, a key twice, nesting; everything else is as JSON has it."""
        bare = {"a": values.RAW.format("1e999"), "b": "@@ raw", "c": 1, f"c{values.AGAIN}": 2}
        assert wire.text_of(bare) == '{"a": 1e999, "b": "@@ raw", "c": 1, "c": 2}'
        assert wire.text_of(values.RAW.format('{"x": "y"}')) == '{"x": "y"}'

    @pytest.mark.parametrize("payload", [CLICK, COMMAND, EVENT])
    def test_a_payload_travels_as_slack_sends_it(self, payload: dict) -> None:
        """A form, JSON in a form, or JSON."""
        kind = {id(CLICK): "interactive", id(COMMAND): "command", id(EVENT): "event"}[id(payload)]
        body, content_type = wire.encoded(kind, payload)
        if kind == "event":
            assert (json.loads(body), content_type) == (payload, wire.JSON)
            return
        fields = {key: value[0] for key, value in parse_qs(body.decode()).items()}
        assert content_type == wire.FORM
        assert (fields if kind == "command" else json.loads(fields["payload"])) == payload

    def test_half_a_character_can_be_sent(self) -> None:
        assert b"%ED%A0%80" in wire.encoded("command", {"text": "\ud800"})[0]


class TestMutations:
    @pytest.mark.parametrize("mutation", mutate.MUTATIONS)
    def test_the_recorded_payload_stays_as_it_was(self, mutation: mutate.Mutation) -> None:
        """A copy is changed, and nothing is raised, however little there is."""
        for number in range(30):
            for payload in (CLICK, {}, {"a": []}):
                before = json.dumps(payload)
                rng = random.Random(number)
                for _ in range(5):
                    mutate.mutated(rng, payload, 3)
                mutation(rng, json.loads(before))
                assert json.dumps(payload) == before

    def test_a_payload_does_not_grow_without_end(self) -> None:
        """Whatever is done to it, and however often."""
        for number in range(8):
            changed, _ = mutate.mutated(random.Random(number), {"a": [{"b": "c"}] * 2, "d": CLICK}, 60)
            assert mutate.weight(changed) < 10 * mutate.MOST

    def test_places_are_found_at_every_depth(self) -> None:
        assert {key for _, key in mutate.places({"a": [{"b": 1}], "c": {}})} == {"a", "c", 0, "b"}


class TestJudging:
    @pytest.mark.parametrize(
        ("answer", "expected", "fault"),
        [
            (Answer(200), {200}, None),
            (Answer(200, b'{"options": []}'), {200}, None),
            (Answer(401, b"{}"), {401}, None),
            (Answer(500), {200}, "no documented answer"),
            (Answer(503, b"{}"), {200}, "no documented answer"),
            (Answer(200), {401}, "401 was due"),
            (Answer(0), {200}, "no documented answer"),
            (answers.NONE, {200}, "no answer at all"),
            (Answer(200, b'{"text": "Something (ref ABC123)", "response_type": "ephemeral"}'), {200}, "unforeseen"),
            (Answer(200, b"<html>"), {200}, "a shape nobody knows"),
            (Answer(200, b'{"debug": 1}'), {200}, "a shape nobody knows"),
            (Answer(400, b"Traceback (most"), {400}, "a trace"),
            (Answer(400, b"Zanzibar Quillfeather"), {400}, "repeats what came in"),
        ],
    )
    def test_an_answer(self, answer: Answer, expected: set[int], fault: str | None) -> None:
        found = answers.fault_of("/slack/events?x=1", answer, expected)
        assert (found is None) if fault is None else (found is not None and fault in found)

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ('{"event": "a job failed"}', None),
            ('{"event": "no QuillFeather here"}', "something that was sent"),
            ("token xoxb-real", "something that was sent, or a secret"),
            ("to priya@penguinmails.example", "an address"),
            ("x" * 20_001, "a line of 20001 characters"),
        ],
    )
    def test_a_log(self, line: str, fault: str | None) -> None:
        """It may say what happened, not what came in."""
        found = watch.told(f"before\n{line}\nafter\n", ("xoxb-real",))
        assert (found == []) if fault is None else (len(found) == 1 and fault in found[0])


async def test_a_fault_is_shown_with_as_little_as_it_needs() -> None:
    """What it can do without is gone, the largest parts first."""

    async def wrong(payload: dict) -> bool:
        return payload.get("user", {}).get("id") is None and "user" in payload

    assert await shrink.least({**CLICK, "user": {"id": None, "name": "x"}}, wrong) == {"user": {}}
