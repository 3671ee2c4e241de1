"""Reading what Slack sends: what concerns the bot, who did it and where."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers import buttons, commands, events, intake, submissions
from bot.handlers.dispatch import place_of
from bot.handlers.door import read
from bot.handlers.forms import submitted
from bot.handlers.payloads import (
    concerns_the_bot,
    deleted_ts,
    is_command_message,
    is_deactivation,
    is_known,
    is_readable,
    storable,
    team_of,
)
from bot.handlers.reception import Reception
from bot.handlers.routes import Routes
from bot.handlers.views import ENROL, FORMS
from bot.store.models import Kind

HOME = "T0HOME"
DIRECT = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": "who @x"}


class TestEvents:
    @pytest.mark.parametrize(
        "event",
        [
            {"type": "app_mention", "user": "U1", "text": "<@UBOT> help"},
            {"type": "app_home_opened", "user": "U1"},
            DIRECT,
            {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.0"},
            {"type": "user_change", "user": {"id": "U1", "deleted": True}},
        ],
    )
    def test_these_are_for_the_bot(self, event: dict) -> None:
        """Mentions, direct messages, App Home, deleted cards, leavers."""
        assert concerns_the_bot(event)

    @pytest.mark.parametrize(
        "event",
        [
            {**DIRECT, "channel_type": "channel"},
            {**DIRECT, "bot_id": "B1"},
            {**DIRECT, "subtype": "message_changed"},
            {"type": "app_mention", "bot_id": "B1", "text": "<@UBOT> help"},
            {"type": "user_change", "user": {"id": "U1", "deleted": False}},
            {"type": "user_change", "user": {"id": "U1"}},
            {"type": "reaction_added", "user": "U1"},
            {"type": "message"},
            {},
        ],
    )
    def test_these_are_forgotten(self, event: dict) -> None:
        """What people say to each other, what bots say, changes that mean nothing here."""
        assert not concerns_the_bot(event)

    def test_an_event_is_one_kind_of_thing(self) -> None:
        """So that it is handled one way."""
        deletion = {"type": "message", "subtype": "message_deleted", "channel_type": "im", "deleted_ts": "1.0"}
        assert deleted_ts(deletion) == "1.0"
        assert not is_command_message(deletion)
        assert not is_deactivation(deletion)


class TestDeleted:
    def test_what_has_replies_is_deleted_when_it_becomes_a_tombstone(self) -> None:
        """Slack keeps its place, and says that it was changed."""
        changed = {"type": "message", "subtype": "message_changed", "message": {"ts": "2.0", "subtype": "tombstone"}}
        assert deleted_ts(changed) == "2.0"
        assert concerns_the_bot(changed)

    def test_what_is_edited_is_not_deleted(self) -> None:
        changed = {"type": "message", "subtype": "message_changed", "message": {"ts": "2.0", "text": "new"}}
        assert deleted_ts(changed) is None


class TestPlace:
    def test_of_a_command(self) -> None:
        """Where it was typed, with what an answer there needs."""
        place = place_of(
            Kind.COMMAND,
            {
                "team_id": "T0OTHER",
                "user_id": "U1",
                "channel_id": "C1",
                "channel_name": "operations",
                "response_url": "https://hooks.example/1",
                "trigger_id": "1.2",
                "text": "help",
            },
            HOME,
        )
        assert (place.team_id, place.user_id, place.channel, place.channel_name) == (
            "T0OTHER",
            "U1",
            "C1",
            "operations",
        )
        assert (place.response_url, place.trigger_id, place.thread_ts) == ("https://hooks.example/1", "1.2", None)

    def test_of_a_click_in_a_thread(self) -> None:
        """The answer goes into the thread."""
        place = place_of(
            Kind.CLICK,
            {
                "user": {"id": "U1", "team_id": HOME},
                "team": {"id": HOME},
                "channel": {"id": "C1", "name": "operations"},
                "message": {"ts": "2.0", "thread_ts": "1.0"},
                "trigger_id": "3.4",
            },
            HOME,
        )
        assert (place.channel, place.channel_name, place.thread_ts, place.trigger_id) == (
            "C1",
            "operations",
            "1.0",
            "3.4",
        )

    def test_the_actors_own_team_counts(self) -> None:
        """A guest clicks in our channel: the delivery is ours, the person is not."""
        place = place_of(
            Kind.CLICK,
            {"user": {"id": "U1", "team_id": "T0GUEST"}, "team": {"id": HOME}, "channel": {"id": "C1"}},
            HOME,
        )
        assert place.team_id == "T0GUEST"

    def test_of_a_click_on_something_that_names_only_its_container(self) -> None:
        """Ephemerals do."""
        place = place_of(Kind.CLICK, {"user": {"id": "U1"}, "container": {"channel_id": "C2"}}, HOME)
        assert (place.team_id, place.channel) == (HOME, "C2")

    @pytest.mark.parametrize("kind", [Kind.CLICK, Kind.SUBMISSION])
    def test_of_something_without_a_channel(self, kind: Kind) -> None:
        """App Home and forms: the answer is a direct message."""
        assert place_of(kind, {"user": {"id": "U1"}, "view": {}}, HOME).channel == "U1"

    @pytest.mark.parametrize("key", ["user_team", "source_team", "team"])
    def test_of_an_event_with_the_actors_team(self, key: str) -> None:
        """However Slack names it in this kind of event."""
        event = {"type": "app_mention", "user": "U1", "channel": "C1", "thread_ts": "1.0", key: "T0GUEST"}
        place = place_of(Kind.EVENT, {"team_id": HOME, "event": event}, HOME)
        assert (place.team_id, place.user_id, place.channel, place.thread_ts) == ("T0GUEST", "U1", "C1", "1.0")

    def test_of_an_event_about_a_whole_person(self) -> None:
        """user_change carries the person, and no channel."""
        payload = {"team_id": HOME, "event": {"type": "user_change", "user": {"id": "U1", "deleted": True}}}
        place = place_of(Kind.EVENT, payload, HOME)
        assert (place.team_id, place.user_id, place.channel) == (HOME, "U1", "")

    def test_of_an_event_by_nobody(self) -> None:
        """A deletion does not say who it was."""
        payload = {"team_id": HOME, "event": {"type": "message", "subtype": "message_deleted", "channel": "C1"}}
        assert place_of(Kind.EVENT, payload, HOME).user_id == ""


class TestKeys:
    def test_one_trigger_is_one_command_or_click(self) -> None:
        """Slack's repetition has the same; a second click has another."""
        assert intake.trigger_key({"trigger_id": "1", "text": "a"}) == intake.trigger_key({"trigger_id": "1"})
        assert intake.trigger_key({"trigger_id": "1"}) != intake.trigger_key({"trigger_id": "2"})

    def test_without_a_trigger_the_whole_payload_counts(self) -> None:
        """In whatever order its fields come."""
        assert intake.trigger_key({"a": 1, "b": 2}) == intake.trigger_key({"b": 2, "a": 1})
        assert intake.trigger_key({"a": 1}) != intake.trigger_key({"a": 2})

    def test_a_view_is_submitted_once_in_each_of_its_states(self) -> None:
        """Its hash changes when it is updated."""
        assert intake.submission_key({"view": {"id": "V1", "hash": "h1"}}) == "V1:h1"

    def test_an_event_has_an_id(self) -> None:
        """The same in every repetition."""
        assert intake.event_key({"event_id": "Ev1", "event_time": 1}) == "Ev1"


@pytest.mark.parametrize(
    ("body", "team"),
    [({"team_id": "T1"}, "T1"), ({"team": {"id": "T2"}}, "T2"), ({"team": None}, None), ({}, None)],
)
def test_the_workspace_of_a_delivery(body: dict, team: str | None) -> None:
    """Named in one of two ways, or in none."""
    assert team_of(body) == team


def test_the_values_of_a_form() -> None:
    """Text, a chosen option, and nothing at all, by parameter."""
    values = {
        "reason": {"reason": {"type": "plain_text_input", "value": "stolen"}},
        "staffer": {"staffer": {"type": "external_select", "selected_option": {"value": "id-1"}}},
        "other": {"other": {"type": "plain_text_input", "value": None}},
        "none": {"none": {"type": "external_select", "selected_option": None}},
    }
    assert submitted({"state": {"values": values}}) == {"reason": "stolen", "staffer": "id-1", "other": "", "none": ""}
    assert submitted({}) == {}


PERSON, VIEW = (
    {"id": "U1"},
    {"id": "V1", "callback_id": "form", "private_metadata": "6f0d1c1e-5b0f-4c55-9f0b-8f6f7f9f2a11"},
)
READABLE: dict[str, dict] = {
    "a command": {"command": "/pm", "team_id": HOME, "user_id": "U1", "channel_id": "C1"},
    "a click": {"type": "block_actions", "user": PERSON, "actions": [{"action_id": "approve"}]},
    "a form": {"type": "view_submission", "user": PERSON, "view": VIEW},
    "a type-ahead": {"type": "block_suggestion", "user": PERSON, "view": VIEW, "action_id": "staffer"},
    "a form that was closed": {"type": "view_closed"},
    "a mention": {
        "type": "event_callback",
        "team_id": HOME,
        "event_id": "Ev1",
        "event": {**DIRECT, "type": "app_mention"},
    },
    "a direct message": {"type": "event_callback", "team_id": HOME, "event_id": "Ev1", "event": DIRECT},
    "a leaver": {
        "type": "event_callback",
        "team_id": HOME,
        "event_id": "Ev1",
        "event": {"type": "user_change", "user": {"id": "U1", "deleted": True}},
    },
    "a deleted card": {
        "type": "event_callback",
        "team_id": HOME,
        "event_id": "Ev1",
        "event": {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.0"},
    },
}


@given(st.recursive(st.text() | st.integers() | st.none(), lambda of: st.lists(of) | st.dictionaries(st.text(), of)))
def test_what_is_storable_is_otherwise_the_same(part: Any) -> None:
    """Also where it is only looked up with: no NUL, and nothing that is no character."""
    kept = storable({"a": part})
    assert "\0" not in "".join(texts(kept))
    assert storable(kept) == kept
    assert storable({"a\0": "\\\0", "b": "\ud800", "c": r"\u0000"}) == {
        "a\ufffd": "\\\ufffd",
        "b": "\ufffd",
        "c": r"\u0000",
    }


def texts(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict() | list():
            for one in [*part, *(part.values() if isinstance(part, dict) else ())]:
                yield from texts(one)


class TestTheDoor:
    @pytest.mark.parametrize("what", READABLE)
    def test_what_slack_sends_is_readable(self, what: str) -> None:
        """With whatever else Slack may add."""
        assert is_known(READABLE[what])
        assert is_readable(READABLE[what])
        assert is_readable({**READABLE[what], "new": [{"field": None}]})

    @pytest.mark.parametrize("what", [one for one in READABLE if one != "a form that was closed"])
    def test_and_not_without_any_of_what_it_is_made_of(self, what: str) -> None:
        """What would be missed later is refused now; without its type it is nothing at all."""
        whole = READABLE[what]
        for key in whole:
            assert not is_readable({name: value for name, value in whole.items() if name != key}), key
            assert not is_readable({**whole, key: [7]}), key

    @pytest.mark.parametrize("what", ["a form", "a type-ahead"])
    def test_a_form_says_which_draft_it_is_of(self, what: str) -> None:
        """By an id of ours; found by fuzzing, where a text in its place was a fault of ours."""
        assert not is_readable({**READABLE[what], "view": {**VIEW, "private_metadata": "x"}})

    def test_what_is_not_for_the_bot_may_look_as_it_likes(self) -> None:
        """It is forgotten at once; but an event says of which kind it is."""
        envelope = {"type": "event_callback"}
        assert is_readable({**envelope, "event": {"type": "reaction_added", "user": [None]}})
        for event in (None, "app_mention", [], {}, {"type": 7}, {"type": None}):
            assert not is_readable({**envelope, "event": event}), event

    def test_who_did_it_has_to_be_said_but_of_deletions(self) -> None:
        mention = READABLE["a mention"]
        nobody = {**mention, "event": {**mention["event"], "user": None}}
        assert not is_readable(nobody)
        assert is_readable({**READABLE["a deleted card"], "authorizations": None})

    def test_a_deletion_says_where(self) -> None:
        """Found by fuzzing, as the next."""
        deleted = READABLE["a deleted card"]
        without = {key: value for key, value in deleted["event"].items() if key != "channel"}
        assert not is_readable({**deleted, "event": without})

    @pytest.mark.parametrize("chosen", [[{"value": "withdraw|1"}], "withdraw|1", {"value": ["withdraw|1"]}])
    def test_a_menu_has_one_entry_chosen(self, chosen: object) -> None:
        click = READABLE["a click"]
        assert is_readable({**click, "actions": [{"action_id": "menu", "selected_option": {"value": "withdraw|1"}}]})
        assert not is_readable({**click, "actions": [{"action_id": "menu", "selected_option": chosen}]})

    @pytest.mark.parametrize("body", [{}, {"type": "shortcut"}, {"type": None}, {"event": {}}, {"type": "command"}])
    def test_other_kinds_are_not_known(self, body: dict) -> None:
        assert not is_known(body)
        assert not is_readable(body)

    def test_a_word_in_a_command_is_no_field(self) -> None:
        """Bolt's own reading finds nothing in a form that has the word somewhere."""
        form = "team_id=T1&command=%2Fpm&text=revoke+%40staffer+because+of+a+payload"
        assert read(form, "application/x-www-form-urlencoded")["text"] == "revoke @staffer because of a payload"

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            ('{"type": "event_callback"}', "application/json"),
            ('{"type": "event_callback"}', "application/json; charset=utf-8"),
            ('{"type": "event_callback"}', "text/plain"),
            ("payload=%7B%22type%22%3A+%22event_callback%22%7D", "application/x-www-form-urlencoded"),
        ],
    )
    def test_json_comes_in_two_ways(self, body: str, content_type: str) -> None:
        assert read(body, content_type) == {"type": "event_callback"}


ODD = dict.fromkeys(("enterprise", "assistant_thread", "item", "response_urls", "function_data"), 7)


@pytest.mark.parametrize("what", [one for one in READABLE if one not in ("a form that was closed", "a type-ahead")])
async def test_what_nobody_checked_is_not_looked_into(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by fuzzing: Bolt looks for an organisation in what only says that it has one."""
    payload, handled = {**dict.fromkeys(("view", "event", "actions"), "x"), **ODD, **READABLE[what]}, []

    async def handler(_desk: Any, taken: Any) -> None:
        handled.append(taken)

    async def clicked(_buttons: Any, _desk: Any, *chosen: str) -> None:
        handled.append(payload)

    monkeypatch.setattr(commands, "command", handler)
    monkeypatch.setattr(buttons, "clicked", clicked)
    monkeypatch.setattr(submissions, "BY_FORM", {"form": handler})
    monkeypatch.setattr(events, "BY_EVENT", [(event, handler) for event, _ in events.BY_EVENT])
    assert is_readable(payload)
    await Routes("T1", {}).route(None, payload)  # type: ignore[arg-type]  # nobody is answered
    assert handled == [payload]


async def test_a_form_that_is_none_of_the_bots_is_refused_at_the_door() -> None:
    """Found by fuzzing: it was stored, and nobody could handle it."""
    nothing: Any = None
    strange = {**READABLE["a form"], "team": {"id": HOME}, "view": {**VIEW, "callback_id": "plain_text"}}
    answer = await Reception(nothing, nothing, nothing, HOME).take(strange)
    assert (answer.status, answer.body and answer.body["error"]) == (404, "unknown_payload")
    shortcut = {"type": "message_action", "team": {"id": HOME}, "callback_id": "plain_text"}
    assert (await Reception(nothing, nothing, nothing, HOME).take(shortcut)).status == 404
    assert {*submissions.BY_FORM, ENROL} == FORMS
