"""Buttons and menus in attachments: those of blocks, and the old kind that other frameworks still send."""

import pytest

from localslack import LocalSlack
from tests.localslack.calling import error_of
from tests.localslack.playing import ONCALL, OPS, SECRET, SECURITY, actions, button, workspace

OLD = {
    "text": "Shall it be restarted?",
    "callback_id": "restart",
    "actions": [
        {"name": "answer", "text": "Yes", "type": "button", "value": "yes"},
        {"name": "answer", "text": "No", "type": "button", "value": "no", "style": "danger"},
        {"name": "when", "text": "Later", "type": "select", "options": [{"text": "Tonight", "value": "20:00"}]},
        {"name": "who", "text": "Somebody", "type": "select", "data_source": "users"},
    ],
}


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset()))
    async with local.serve():
        yield local


class TestBlocks:
    async def test_a_button_in_an_attachment_says_in_which_one_it_stands(self, slack, client, app):
        attachments = [{"text": "first"}, {"color": "good", "blocks": actions(button(), block_id="inner")}]
        ts = (await client.chat_postMessage(channel=OPS, text="x", attachments=attachments))["ts"]
        assert (await slack.click(ONCALL, ts, OPS, "go")).status == 200
        (sent,) = app.seen
        assert sent["container"] == {
            "type": "message_attachment",
            "message_ts": ts,
            "channel_id": OPS,
            "is_ephemeral": False,
            "attachment_id": 2,
            "is_app_unfurl": False,
        }
        assert sent["message"]["attachments"][1]["blocks"][0]["block_id"] == "inner"
        assert (sent["actions"][0]["action_id"], sent["actions"][0]["block_id"]) == ("go", "inner")

    async def test_a_menu_there_keeps_what_was_chosen(self, slack, client, app):
        menu = {"type": "users_select", "action_id": "who"}
        attachments = [{"blocks": actions(menu, button())}]
        ts = (await client.chat_postMessage(channel=OPS, text="x", attachments=attachments))["ts"]
        await slack.click(ONCALL, ts, OPS, "who", option="@security")
        await slack.click(ONCALL, ts, OPS, "go")
        assert app.seen[1]["state"]["values"]["acts"]["who"]["selected_user"] == SECURITY

    async def test_what_the_app_gave_no_name_gets_one(self, slack, client, app):
        bare = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
        attachments = [{"blocks": [{"type": "actions", "elements": [bare]}]}]
        ts = (await client.chat_postMessage(channel=OPS, text="x", attachments=attachments))["ts"]
        await slack.click(ONCALL, ts, OPS, "Go")
        assert app.seen[0]["actions"][0]["action_id"]
        assert app.seen[0]["actions"][0]["block_id"]


class TestTheOldKind:
    async def test_a_click_tells_the_app_which_action_of_which_attachment(self, slack, client, app):
        ts = (await client.chat_postMessage(channel=SECRET, text="x", attachments=[OLD]))["ts"]
        await slack.click(SECURITY, ts, SECRET, "No")
        (sent,) = app.seen
        assert (sent["type"], sent["callback_id"], sent["attachment_id"]) == ("interactive_message", "restart", "1")
        assert sent["actions"] == [{"name": "answer", "type": "button", "value": "no"}]
        assert (sent["original_message"]["ts"], sent["message_ts"], sent["is_app_unfurl"]) == (ts, ts, False)
        assert (sent["channel"]["id"], sent["user"]["id"]) == (SECRET, SECURITY)
        assert {"trigger_id", "response_url", "action_ts", "team", "token"} <= set(sent)

    @pytest.mark.parametrize(
        ("menu", "chosen", "value"), [("Later", "Tonight", "20:00"), ("who", "@security", SECURITY)]
    )
    async def test_a_menu_sends_what_was_chosen(self, slack, client, app, menu, chosen, value):
        ts = (await client.chat_postMessage(channel=OPS, text="x", attachments=[OLD]))["ts"]
        await slack.click(ONCALL, ts, OPS, menu, option=chosen)
        assert app.seen[0]["actions"][0]["selected_options"] == [{"value": value}]
        with pytest.raises(LookupError):
            await slack.click(ONCALL, ts, OPS, "Later", option="Never")

    async def test_the_answer_takes_the_messages_place_unless_it_says_otherwise(self, slack, client, app):
        ts = (await client.chat_postMessage(channel=OPS, text="x", attachments=[OLD]))["ts"]
        app.answers = [{"text": "Noted", "replace_original": False}, {"text": "Done"}, {"delete_original": True}]
        await slack.click(ONCALL, ts, OPS, "Yes")
        assert [(m["text"], m.get("is_ephemeral")) for m in slack.messages(OPS, ONCALL)] == [
            ("x", None),
            ("Noted", True),
        ]
        await slack.click(ONCALL, ts, OPS, "Yes")
        (done,) = slack.messages(OPS)
        assert (done["text"], done.get("attachments")) == ("Done", None)
        again = (await client.chat_postMessage(channel=OPS, text="again", attachments=[OLD]))["ts"]
        await slack.click(ONCALL, again, OPS, "Yes")
        assert [message["text"] for message in slack.messages(OPS)] == ["Done"]

    async def test_an_answer_that_cannot_be_shown_is_a_failure_where_it_was_clicked(self, slack, client, app):
        ts = (await client.chat_postMessage(channel=OPS, text="x", attachments=[OLD]))["ts"]
        app.answers = [{"blocks": [{"type": "no such block"}]}]
        await slack.click(ONCALL, ts, OPS, "Yes")
        assert [one["error"] for one in slack.failures(ONCALL)] == ["invalid_blocks"]

    @pytest.mark.parametrize("wrong", ["go", ["go"], {"name": "go"}])
    async def test_actions_that_are_none_are_refused(self, client, wrong):
        refused = client.chat_postMessage(channel=OPS, text="x", attachments=[{"actions": wrong}])
        assert await error_of(refused) == "invalid_attachments"
