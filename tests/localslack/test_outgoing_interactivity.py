"""Buttons, menus, forms, type-aheads and shortcuts: what the app is sent, and what its answers do on the screen."""

import pytest
from starlette.responses import PlainTextResponse, Response

from localslack import LocalSlack
from localslack.workspace.app import Shortcut
from localslack.workspace.shapes import spelt_out
from tests.localslack.playing import (
    ONCALL,
    OPS,
    SECRET,
    SECURITY,
    actions,
    asked,
    button,
    impatient,
    late,
    modal,
    options,
    plain,
    workspace,
)

SHORTCUTS = (Shortcut("Ask", "ask", "global", "Ask for something"), Shortcut("Note", "note", "message", "Note it"))


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset(), shortcuts=SHORTCUTS), trigger_seconds=30)
    async with local.serve():
        yield local


async def opened(slack, client, view):
    return (await client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=view))["view"]["id"]


class TestClicks:
    async def test_a_click_in_a_message_says_who_where_and_what(self, slack, app, client):
        ts = (await client.chat_postMessage(channel=SECRET, text="x", blocks=actions(button(style="danger"))))["ts"]
        await slack.click(SECURITY, ts, SECRET, "go")
        (sent,) = app.seen
        (act,) = sent["actions"]
        assert sent["type"] == "block_actions"
        assert sent["user"] == {"id": SECURITY, "username": "security", "name": "security", "team_id": "T0PENGUIN"}
        assert sent["channel"] == {"id": SECRET, "name": "privategroup"}
        assert sent["container"]["message_ts"] == sent["message"]["ts"] == ts
        assert (sent["enterprise"], sent["is_enterprise_install"], sent["api_app_id"]) == (None, False, "A0BOT")
        assert {"trigger_id", "response_url", "state", "token", "team"} <= set(sent)
        assert (act["action_id"], act["block_id"], act["value"], act["style"]) == ("go", "acts", "v1", "danger")
        assert float(act["action_ts"]) > float(ts)

    async def test_a_click_the_app_does_not_take_is_shown_until_it_works(self, slack, app, client):
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=actions(button())))["ts"]
        app.answers = [late, Response(status_code=500)]
        with impatient(slack):
            await slack.click(ONCALL, ts, OPS, "go")
        (shown,) = slack.failures(ONCALL)
        await slack.click(ONCALL, ts, OPS, "go")
        (again,) = slack.failures(ONCALL)
        await slack.click(ONCALL, ts, OPS, "go")
        assert (shown["error"], shown["message_ts"], shown["action_id"]) == ("operation_timeout", ts, "go")
        assert again["error"] == "http_service_error"
        assert slack.failures(ONCALL) == slack.failures(SECURITY) == []

    async def test_every_kind_of_menu_sends_what_was_chosen(self, slack, app, client):
        menus = [
            ({"type": "static_select", "options": options("A", "B")}, "B", {"selected_option": options("B")[0]}),
            ({"type": "multi_static_select", "options": options("A")}, ["a"], {"selected_options": options("A")}),
            ({"type": "users_select"}, "@security", {"selected_user": SECURITY}),
            ({"type": "multi_users_select"}, [ONCALL, "security"], {"selected_users": [ONCALL, SECURITY]}),
            ({"type": "conversations_select"}, "#secret", {"selected_conversation": SECRET}),
            ({"type": "multi_conversations_select"}, [OPS], {"selected_conversations": [OPS]}),
            ({"type": "channels_select"}, "#operations", {"selected_channel": OPS}),
            ({"type": "multi_channels_select"}, [OPS], {"selected_channels": [OPS]}),
            ({"type": "overflow", "options": options("A", "B")}, "a", {"selected_option": options("A")[0]}),
            ({"type": "radio_buttons", "options": options("A", "B")}, "a", {"selected_option": options("A")[0]}),
            ({"type": "checkboxes", "options": options("A", "B")}, ["b"], {"selected_options": options("B")}),
            ({"type": "datepicker"}, "2026-11-21", {"selected_date": "2026-11-21"}),
            ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
            ({"type": "datetimepicker"}, 1795000000, {"selected_date_time": 1795000000}),
        ]  # fmt: skip
        elements = [{**element, "action_id": f"{n}"} for n, (element, _, _) in enumerate(menus)]
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=actions(*elements)))["ts"]
        for number, (_, choice, _) in enumerate(menus):
            await slack.click(ONCALL, ts, OPS, f"{number}", option=choice)
        for sent, (element, _, expected) in zip(app.seen, menus, strict=True):
            assert sent["actions"][0].items() >= ({"type": element["type"]} | spelt_out(expected)).items()
        state = app.seen[-1]["state"]["values"]["acts"]
        assert state["2"]["selected_user"] == SECURITY
        assert "8" not in state  # an overflow menu keeps nothing

    @pytest.mark.parametrize(
        ("element", "choice"),
        [
            ({"type": "static_select", "options": options("A")}, "Z"),
            ({"type": "multi_static_select", "options": options("A", "B"), "max_selected_items": 1}, ["a", "b"]),
            ({"type": "users_select"}, "nobody"),
            ({"type": "channels_select"}, "#secret"),
            ({"type": "conversations_select", "filter": {"include": ["private"]}}, "#operations"),
            ({"type": "datepicker"}, "tomorrow"),
            ({"type": "timepicker"}, "25:00"),
        ],
    )
    async def test_what_a_menu_does_not_offer_cannot_be_chosen(self, slack, app, client, element, choice):
        blocks = actions({**element, "action_id": "menu"})
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=blocks))["ts"]
        with pytest.raises((LookupError, ValueError)):
            await slack.click(ONCALL, ts, OPS, "menu", option=choice)
        assert app.seen == []


MENU = {"type": "external_select", "action_id": "who", "min_query_length": 2}


class TestTypeAhead:
    async def test_it_asks_in_messages_and_in_forms_once_enough_is_typed(self, slack, app, client):
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=actions(MENU)))["ts"]
        view_id = await opened(slack, client, modal(asked(MENU)))
        app.answers = [{"options": options("Anna")}] * 2
        assert await slack.suggest(ONCALL, ts, None, "who", "a", channel=OPS) == []
        assert await slack.suggest(ONCALL, ts, None, "who", "an", channel=OPS) == options("Anna")
        assert await slack.suggest(ONCALL, view_id, "who", "who", "an") == options("Anna")
        in_message, in_form = app.seen
        assert (in_message["type"], in_message["value"], in_message["block_id"]) == ("block_suggestion", "an", "acts")
        assert (in_message["channel"]["id"], in_message["message"]["ts"]) == (OPS, ts)
        assert in_form["view"]["id"] == view_id

    @pytest.mark.parametrize(
        "answer", [late, Response(status_code=500), PlainTextResponse("x"), {"options": [{"value": "a"}]}]
    )
    async def test_an_answer_that_is_late_or_no_options_is_shown_as_a_failure(self, slack, app, client, answer):
        view_id = await opened(slack, client, modal(asked(MENU)))
        app.answers = [answer, {"options": options("Anna")}]
        with impatient(slack):
            assert await slack.suggest(ONCALL, view_id, "who", "who", "an") == []
        (shown,) = slack.failures(ONCALL)
        assert (shown["what"], shown["view_id"], shown["action_id"]) == ("options", view_id, "who")
        await slack.suggest(ONCALL, view_id, "who", "who", "ann")
        assert slack.failures(ONCALL) == []

    async def test_several_can_be_chosen_where_the_menu_says_so(self, slack, app, client):
        menu = {**MENU, "type": "multi_external_select"}
        view_id = await opened(slack, client, modal(asked(menu)))
        app.answers = [{"options": options("Anna")}, {"options": options("Anton")}]
        await slack.submit(ONCALL, view_id, {"who": {"who": ["anna", "anton"]}})
        chosen = app.seen[-1]["view"]["state"]["values"]["who"]["who"]
        assert [one["value"] for one in chosen["selected_options"]] == ["anna", "anton"]


class TestFormsInTheClient:
    @pytest.mark.parametrize(
        ("element", "bad", "good"),
        [
            ({"type": "plain_text_input"}, "", "x"),
            ({"type": "plain_text_input", "min_length": 3, "max_length": 4}, "xx", "xxx"),
            ({"type": "plain_text_input", "max_length": 4}, "xxxxx", "xxxx"),
            ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "1"),
            ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.99", "2.0"),
            ({"type": "number_input", "is_decimal_allowed": False, "max_value": "9"}, "10", "-9"),
            ({"type": "email_text_input"}, "nobody", "a@b.example"),
            ({"type": "url_text_input"}, "not a link", "https://a.example/x"),
            ({"type": "checkboxes", "options": options("A")}, [], ["a"]),
        ],
    )
    async def test_what_does_not_fit_never_reaches_the_app(self, slack, app, client, element, bad, good):
        view_id = await opened(slack, client, modal(asked({**element, "action_id": "it"})))
        refused = await slack.submit(ONCALL, view_id, {"it": {"it": bad}})
        assert (list(refused.errors), app.seen) == (["it"], [])
        await slack.submit(ONCALL, view_id, {"it": {"it": good}})
        assert app.seen[0]["type"] == "view_submission"
        assert slack.views(ONCALL) == []

    async def test_rich_text_is_sent_as_blocks_and_a_file_must_be_uploaded_first(self, slack, app, client):
        rich = asked({"type": "rich_text_input", "action_id": "rich"})
        files = asked({"type": "file_input", "action_id": "files"}, optional=True)
        view_id = await opened(slack, client, modal(rich, files))
        with pytest.raises(LookupError, match="there is no file"):
            await slack.submit(ONCALL, view_id, {"files": {"files": ["x.png"]}})
        await slack.submit(ONCALL, view_id, {"rich": {"rich": "hello"}})
        values = app.seen[0]["view"]["state"]["values"]
        assert values["rich"]["rich"]["rich_text_value"]["elements"][0]["elements"][0]["text"] == "hello"
        assert values["files"]["files"] == {"type": "file_input", "files": []}

    async def test_an_input_acts_at_once_only_where_it_says_so(self, slack, app, client):
        told = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
        view = modal(
            asked({"type": "plain_text_input", "action_id": "quiet"}),
            asked({"type": "plain_text_input", "action_id": "enter"}, dispatch_action=True),
            asked({"type": "plain_text_input", "action_id": "letters", **told}, dispatch_action=True),
        )  # fmt: skip
        view_id = await opened(slack, client, view)
        for name in ("quiet", "enter", "letters"):
            await slack.type_into(ONCALL, view_id, name, "abc")
        await slack.type_into(ONCALL, view_id, "enter", "abcd", enter=True)
        first, second = app.seen
        assert [(s["actions"][0]["action_id"], s["actions"][0]["value"]) for s in (first, second)] == [
            ("letters", "abc"),
            ("enter", "abcd"),
        ]
        assert first["view"]["state"]["values"]["quiet"]["quiet"]["value"] == "abc"
        assert second["container"] == {"type": "view", "view_id": view_id}

    async def test_a_form_without_a_button_to_submit_cannot_be_submitted(self, slack, app, client):
        note = {"type": "section", "text": plain("note")}
        view_id = await opened(slack, client, {k: v for k, v in modal(note).items() if k != "submit"})
        with pytest.raises(LookupError):
            await slack.submit(ONCALL, view_id)


class TestSubmissions:
    async def test_an_answer_pushes_updates_and_clears(self, slack, app, client):
        form = modal(asked({"type": "plain_text_input", "action_id": "it"}, optional=True))
        first = await opened(slack, client, form)
        app.answers = [
            {"response_action": "push", "view": form},
            {"response_action": "update", "view": {**form, "callback_id": "newer"}},
            {"response_action": "clear"},
        ]
        await slack.submit(ONCALL, first)
        below, above = slack.views(ONCALL)
        assert (above["previous_view_id"], above["root_view_id"]) == (below["id"], below["id"])
        await slack.submit(ONCALL, above["id"])
        assert slack.views(ONCALL)[1]["callback_id"] == "newer"
        await slack.submit(ONCALL, above["id"])
        assert slack.views(ONCALL) == []

    async def test_the_apps_errors_stand_below_their_inputs(self, slack, app, client):
        view_id = await opened(slack, client, modal(asked({"type": "plain_text_input", "action_id": "it"})))
        app.answers = [{"response_action": "errors", "errors": {"it": "Not that."}}]
        reply = await slack.submit(ONCALL, view_id, {"it": "x"})
        assert reply.errors == {"it": "Not that."}
        assert [one["id"] for one in slack.views(ONCALL)] == [view_id]
        assert slack.failures(ONCALL) == []

    @pytest.mark.parametrize(
        "answer",
        [
            late,
            Response(status_code=500),
            PlainTextResponse("thanks"),
            {"text": "thanks"},
            {"response_action": "update", "view": {"type": "home", "blocks": []}},
            {"response_action": "errors", "errors": {"no such block": "x"}},
        ],
    )
    async def test_an_answer_that_makes_no_sense_leaves_the_form_open_with_a_banner(self, slack, app, client, answer):
        view_id = await opened(slack, client, modal(asked({"type": "plain_text_input", "action_id": "it"})))
        app.answers = [answer]
        with impatient(slack):
            reply = await slack.submit(ONCALL, view_id, {"it": "x"})
        (shown,) = slack.failures(ONCALL)
        assert reply.error
        assert (shown["view_id"], shown["what"]) == (view_id, "submit")
        assert shown["text"] == "We had some trouble connecting. Try again?"
        await slack.submit(ONCALL, view_id)
        assert (slack.failures(ONCALL), slack.views(ONCALL)) == ([], [])

    async def test_a_conversation_chosen_for_it_gets_a_response_url(self, slack, app, client):
        chosen = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
        view_id = await opened(slack, client, modal(asked(chosen)))
        await slack.submit(ONCALL, view_id, {"where": {"where": "#operations"}})
        (url,) = app.seen[0]["response_urls"]
        assert (url["block_id"], url["action_id"], url["channel_id"]) == ("where", "where", OPS)
        assert url["response_url"].startswith(slack.base_url)

    async def test_closing_tells_every_form_that_asked(self, slack, app, client):
        form = modal(asked({"type": "plain_text_input", "action_id": "it"}), notify_on_close=True)
        await opened(slack, client, form)
        push = {"trigger_id": slack.state.new_trigger(ONCALL), "view": {**form, "callback_id": "upper"}}
        upper = (await client.views_push(**push))["view"]["id"]
        await slack.close_view(ONCALL, upper, all_of_them=True)
        assert slack.views(ONCALL) == []
        told = [(s["type"], s["view"]["callback_id"], s["is_cleared"]) for s in app.seen]
        assert told == [("view_closed", "upper", True), ("view_closed", "form", True)]


class TestShortcuts:
    async def test_one_from_anywhere_names_no_place(self, slack, app):
        await slack.shortcut(ONCALL, "ask")
        (sent,) = app.seen
        assert (sent["type"], sent["callback_id"]) == ("shortcut", "ask")
        assert {"trigger_id", "action_ts", "team", "user", "token"} <= set(sent)
        assert not {"channel", "message", "response_url"} & set(sent)

    async def test_one_of_a_message_brings_the_message(self, slack, app):
        ts = await slack.post_as(SECURITY, OPS, "look at this")
        await slack.shortcut(ONCALL, "note", channel=OPS, message_ts=ts)
        (sent,) = app.seen
        assert (sent["type"], sent["callback_id"], sent["message_ts"]) == ("message_action", "note", ts)
        assert (sent["message"]["text"], sent["channel"]) == ("look at this", {"id": OPS, "name": "operations"})
        assert sent["response_url"].startswith(slack.base_url)

    async def test_what_is_not_on_offer_cannot_be_used(self, slack, app, client):
        await client.chat_postEphemeral(channel=OPS, user=ONCALL, text="psst")
        private = slack.messages(OPS, ONCALL)[0]["ts"]
        for attempt in (
            slack.shortcut(ONCALL, "unknown"),
            slack.shortcut(ONCALL, "note"),
            slack.shortcut(ONCALL, "note", channel=OPS, message_ts=private),
        ):
            with pytest.raises(LookupError):
                await attempt
        assert app.seen == []

    async def test_one_that_fails_is_shown(self, slack, app):
        app.answers = [late]
        with impatient(slack):
            await slack.shortcut(ONCALL, "ask")
        assert [one["callback_id"] for one in slack.failures(ONCALL)] == ["ask"]
