"""Response urls: five uses in half an hour, for the person, the channel, or in place of the original."""

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.localslack.calling import posted
from tests.localslack.playing import ONCALL, OPS, SECURITY, actions, button


@pytest.fixture
def hook(slack):
    return AsyncWebhookClient(slack.response_url(ONCALL, OPS))


async def test_it_works_five_times(hook, slack):
    answers = [await hook.send(text=f"{number}", response_type="in_channel") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5].body
    assert len(slack.messages(OPS)) == 5


async def test_it_works_for_half_an_hour(hook, slack):
    (response,) = slack.state.responses.values()
    response.made_at -= 30 * 60 + 1
    answer = await hook.send(text="late")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)


async def test_one_that_was_never_given_is_unknown(slack):
    answer = await AsyncWebhookClient(f"{slack.base_url}/response/T0PENGUIN/made-up").send(text="x")
    assert answer.status_code == 404


async def test_it_speaks_to_one_unless_it_says_in_channel(hook, slack):
    await hook.send(text="to you")
    await hook.send(text="to all", response_type="in_channel")
    assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["to you", "to all"]
    assert [m["text"] for m in slack.messages(OPS, SECURITY)] == ["to all"]


async def test_attachments_alone_are_an_answer_too(hook, slack):
    await hook.send_dict({"attachments": [{"text": "a"}]})
    assert slack.messages(OPS, ONCALL)[0]["attachments"][0]["text"] == "a"


async def test_it_replaces_and_deletes_even_an_ephemeral(hook, slack):
    await hook.send(text="first")
    await hook.send(text="second", replace_original=True)
    assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["second"]
    await hook.send(delete_original=True)
    assert slack.messages(OPS, ONCALL) == []


async def test_after_a_click_the_message_itself_is_the_original(client, slack):
    ts = await posted(client, OPS, "card", blocks=actions(button()))
    hook = AsyncWebhookClient(slack.response_url(ONCALL, OPS, slack.state.message(OPS, ts)))
    await hook.send(text="done", blocks=[], replace_original=True)
    (card,) = slack.messages(OPS)
    assert (card["ts"], card["text"]) == (ts, "done")
    await hook.send(delete_original=True)
    assert slack.messages(OPS) == []


async def test_an_ephemerals_click_can_be_answered_only_so(client, slack, app):
    """The app is not sent the message, but may replace it."""
    await client.chat_postEphemeral(channel=OPS, user=ONCALL, text="x", blocks=actions(button()))
    (private,) = slack.messages(OPS, ONCALL)
    await slack.click(ONCALL, private["ts"], OPS, "go")
    (click,) = app.seen
    assert click["container"]["is_ephemeral"] is True
    assert "message" not in click
    await AsyncWebhookClient(click["response_url"]).send(text="done", replace_original=True)
    assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["done"]


async def test_in_a_thread_it_answers_there(client, slack):
    parent = await posted(client, OPS)
    reply = await posted(client, OPS, "card", thread_ts=parent)
    hook = AsyncWebhookClient(slack.response_url(ONCALL, OPS, slack.state.message(OPS, reply)))
    await hook.send(text="noted")
    assert slack.messages(OPS, ONCALL)[-1]["thread_ts"] == parent


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"response_type": "in_channel"}, "no_text"),
        ({"delete_original": True}, "message_not_found"),
        ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"text": "x" * 40_001}, "msg_too_long"),
    ],
)
async def test_what_cannot_be_shown_is_refused(hook, slack, sent, error):
    answer = await hook.send_dict(sent)
    assert answer.status_code >= 400
    assert error in answer.body
    assert slack.messages(OPS, ONCALL) == []
