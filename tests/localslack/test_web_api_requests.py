"""How calls may come in: encodings and their warnings, cursors, unknown methods, and what is remembered of them."""

import httpx
import pytest

from localslack import hub
from tests.localslack.calling import posted, refusal
from tests.localslack.playing import OPS

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
async def http(slack):
    headers = {"Authorization": f"Bearer {slack.workspace.bot_token}"}
    async with httpx.AsyncClient(base_url=f"{slack.base_url}/api/", headers=headers) as plain:
        yield plain


@pytest.mark.parametrize(
    ("kind", "content", "warning"),
    [
        (f"{JSON}; charset=utf-8", b'{"foo": "bar"}', None),
        (JSON, b'{"foo": "bar"}', "missing_charset"),
        (FORM, b"foo=bar", None),
        (f"{FORM}; charset=utf-8", b"foo=bar", "superfluous_charset"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="foo"\r\n\r\nbar\r\n--x--\r\n',
            None,
        ),
    ],
)
async def test_arguments_come_as_json_or_as_a_form(http, kind, content, warning):
    """What is odd about the request is warned of twice, as Slack does."""
    answer = (await http.post("api.test", content=content, headers={"Content-Type": kind})).json()
    assert answer["args"]["foo"] == "bar"
    assert answer.get("warning") == warning
    assert answer.get("response_metadata", {}).get("warnings") == (warning and [warning])


@pytest.mark.parametrize(
    ("kind", "content", "error"),
    [
        (JSON, b"{", "invalid_json"),
        (JSON, b"[]", "json_not_object"),
        (JSON, rb'{"foo": "\ud800"}', "invalid_json"),
        (JSON, b'{"foo": NaN}', "invalid_json"),
        (JSON, b'{"foo": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "invalid_json"),
        (FORM, b"foo=%ff\xff", "invalid_form_data"),
        (FORM, b"foo[0]=bar", "invalid_array_arg"),
        ("multipart/form-data; boundary=x", b"nothing of the kind", "invalid_form_data"),
        ("text/csv", b"foo,bar", "invalid_post_type"),
        ("", b"foo=bar", "missing_post_type"),
    ],
)
async def test_what_cannot_be_read_is_refused(http, kind, content, error):
    headers = {"Content-Type": kind} if kind else {}
    answer = await http.post("api.test", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (200, error)


async def test_half_a_character_reaches_no_window(http, slack):
    """Nobody could be shown a workspace with it in: it is refused wherever it comes in, and the log can be read."""
    odd = {"channel": OPS, "text": "x", "metadata": r'{"event_type": "\ud800", "event_payload": {}}'}
    assert (await http.post("chat.postMessage", json=odd)).json()["error"] == "invalid_metadata_format"
    for address in (f"{slack.base_url}/api/chat.postMessage", slack.response_url("U0ONCALL", OPS)):
        body = rb'{"channel": "C0OPS", "text": "\ud800", "ts": "\ud800"}'
        answer = await http.post(address, content=body, headers={"Content-Type": JSON})
        assert answer.json()["error"] in ("invalid_json", "invalid_payload")
    assert slack.messages(OPS) == []
    assert (await http.get(f"{slack.base_url}/_local/log")).status_code == 200
    assert (await http.get(f"{slack.base_url}/_local/log/2")).json()["payload"]["body"].startswith('{"channel')


async def test_a_method_slack_has_not_is_unknown(client):
    refused = await refusal(client.api_call("chat.shout"))
    assert (refused["error"], refused["req_method"]) == ("unknown_method", "chat.shout")


async def test_a_question_in_the_address_is_enough(http):
    answer = await http.get("conversations.info", params={"channel": OPS})
    assert answer.json()["channel"]["name"] == "operations"


@pytest.mark.parametrize(
    ("method", "items", "identity"),
    [
        ("conversations.list", "channels", lambda one: one["id"]),
        ("conversations.members", "members", str),
        ("conversations.history", "messages", lambda one: one["ts"]),
        ("users.conversations", "channels", lambda one: one["id"]),
        ("users.list", "members", lambda one: one["id"]),
    ],
)
async def test_every_list_comes_in_pages_that_make_up_the_whole(client, method, items, identity):
    """A cursor says nothing to the app, and nothing to another list."""
    for number in range(2):
        await posted(client, OPS, str(number))
    asked = {"channel": OPS, "types": "public_channel,private_channel"}
    whole = [identity(one) for one in (await client.api_call(method, params=asked))[items]]
    first = await client.api_call(method, params=asked | {"limit": 1})
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.api_call(method, params=asked | {"cursor": cursor})
    assert [identity(one) for one in [*first[items], *rest[items]]] == whole
    assert rest["response_metadata"]["next_cursor"] == ""
    other = "reactions.list" if method != "reactions.list" else "users.list"
    assert (await refusal(client.api_call(other, params={"cursor": cursor})))["error"] == "invalid_cursor"


async def test_what_was_ordered_to_go_wrong_comes_in_its_order_and_then_it_works(client, slack):
    slack.fault("chat.postMessage", "refuse", error="fatal_error")
    slack.fault("chat.postMessage", "ratelimited", retry_after=7)
    refused = await refusal(client.chat_postMessage(channel=OPS, text="x"))
    limited = await refusal(client.chat_postMessage(channel=OPS, text="x"))
    await posted(client, OPS)
    assert refused["error"] == "fatal_error"
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert [call.fault for call in slack.calls] == ["refuse", "ratelimited", ""]


async def test_an_answer_can_be_lost_and_its_effect_not(http, slack):
    slack.fault("chat.postMessage", "lost")
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("chat.postMessage", json={"channel": OPS, "text": "lost"})
    assert [m["text"] for m in slack.messages(OPS)] == ["lost"]


async def test_each_answer_has_its_own_number(http):
    numbers = {(await http.post("api.test")).headers["X-Slack-Req-Id"] for _ in range(3)}
    assert len(numbers) == 3


async def test_the_latest_calls_are_remembered_and_no_more(http, slack):
    """A demo may run for weeks."""
    assert slack.calls.maxlen == hub.LOG_LENGTH == 10_000
    await http.post("api.test", data={"foo": "bar", "token": "xoxb-secret"})
    assert slack.calls[-1].args == {"foo": "bar"}
