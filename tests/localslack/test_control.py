"""`/_local` over HTTP: the log of everything that went both ways, and the switches of what goes wrong on purpose."""

import asyncio
import contextlib
import json
from collections import deque

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.responses import Response
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from localslack import LocalSlack
from localslack.control.journal import KEPT, Journal
from localslack.workspace.model import Delivery
from tests.conftest import until
from tests.localslack.playing import ONCALL, OPS, SECURITY, actions, button, workspace


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset({"app_mention"})), retry_delays=(0,))
    async with local.serve():
        yield local


@pytest.fixture
async def http(slack):
    async with httpx.AsyncClient(base_url=f"{slack.base_url}/_local/", trust_env=False) as client:
        yield client


async def rows(http, after=0, **more):
    return (await http.get("log", params={"after": after, **more})).json()["rows"]


async def whole(http, number):
    return (await http.get(f"log/{number}")).json()


async def post(http, path, **body):
    return await http.post(path, json=body)


class TestTheLog:
    async def test_it_has_every_exchange_both_ways_in_the_order_they_began(self, slack, app, http, client):
        """A command, its answers by Web API and response_url: who, what, status, time and where to look."""
        await slack.command(ONCALL, OPS, "/pm help me")
        said = await client.chat_postMessage(channel=OPS, text="so")
        await AsyncWebhookClient(app.seen[0]["response_url"]).send(text="and so")
        seen = await rows(http)
        assert [(row["direction"], row["kind"], row["name"], row["status"], row["ok"]) for row in seen] == [
            ("out", "command", "/pm help me", 200, True),
            ("in", "api", "chat.postMessage", 200, True),
            ("in", "response_url", "response_url", 200, True),
        ]
        assert [row["who"] for row in seen] == ["Oncall Name", "#operations", ""]
        assert seen[1]["about"] == {"channel": OPS, "ts": said["ts"]}
        assert all(row["ms"] >= 0 for row in seen)

    async def test_a_row_opens_to_headers_arguments_and_answer(self, http, client):
        """Blocks sent within a form are taken apart; the answer's own headers are there."""
        blocks = [{"type": "divider", "block_id": "b"}]
        await client.api_call("chat.postMessage", data={"channel": OPS, "text": "hi", "blocks": json.dumps(blocks)})
        opened = await whole(http, (await rows(http))[-1]["n"])
        assert opened["payload"] == {"channel": OPS, "text": "hi", "blocks": blocks}
        assert opened["answer"]["message"]["text"] == "hi"
        assert opened["headers"]["user-agent"].startswith("Python/")
        assert "x-oauth-scopes" in opened["answer_headers"]

    async def test_tokens_and_secrets_never_leave(self, slack, app, http, client):
        """Neither the header's token nor one in a text, nor the verification token of a payload."""
        space = slack.workspace
        await client.chat_postMessage(channel=OPS, text=f"{space.bot_token} {space.signing_secret}")
        await client.api_call("auth.test", data={"token": space.bot_token})
        await slack.command(ONCALL, OPS, "/pm keep xoxp-12345-abc to yourself")
        seen = await rows(http)
        opened = [await whole(http, row["n"]) for row in seen]
        words = json.dumps([seen, opened])
        for secret in (space.bot_token, space.signing_secret, space.verification_token, "xoxp-12345-abc"):
            assert secret not in words
        assert opened[0]["headers"]["authorization"] == "Bearer xoxb-…"
        assert opened[0]["payload"]["text"] == "xoxb-… …"
        assert [row["name"] for row in seen if row["kind"] == "command"] == ["/pm keep xoxp-… to yourself"]

    async def test_a_token_that_does_not_look_like_one_is_hidden_too(self, slack, http, client):
        slack.workspace.bot_token = client.token = "whatever-the-config-says"
        await client.chat_postMessage(channel=OPS, text=client.token)
        opened = await whole(http, (await rows(http))[-1]["n"])
        assert (opened["headers"]["authorization"], opened["payload"]["text"]) == ("Bearer …", "…")

    async def test_who_asks_again_gets_only_what_is_new(self, slack, app, http, client):
        """One that was waiting comes again, with its answer, under its own number."""
        release = asyncio.Event()

        async def later(_request):
            await release.wait()
            return Response()

        app.answers = [later]
        await client.auth_test()
        first = (await rows(http))[-1]
        asking = asyncio.ensure_future(slack.command(ONCALL, OPS, "/pm slow"))
        await until(lambda: app.seen)
        [waiting] = await rows(http, after=first["rev"])
        assert (waiting["ok"], waiting["ms"], waiting["status"]) == (None, None, 0)
        release.set()
        await asking
        [answered] = await rows(http, after=waiting["rev"])
        assert (answered["n"], answered["ok"], answered["status"]) == (waiting["n"], True, 200)
        assert await rows(http, after=answered["rev"]) == []

    async def test_it_comes_in_portions(self, http, client):
        """No more than asked for is given at once; the last of them says where to go on."""
        for _ in range(5):
            await client.api_test()
        first = (await http.get("log", params={"limit": 3})).json()
        rest = await rows(http, after=first["rows"][-1]["rev"])
        assert [row["n"] for row in first["rows"] + rest] == [1, 2, 3, 4, 5]
        assert rest[-1]["rev"] == first["last"]

    def test_of_thousands_only_the_newest_are_kept(self):
        """Also when nobody looked meanwhile, and when the log that is read let go of older ones itself."""
        sent = [Delivery(str(place), "event", {}, sent_at=place, finished_at=place) for place in range(5 * KEPT)]
        log = deque(sent[: KEPT + 10], maxlen=KEPT)
        journal = Journal(lambda: log)
        assert len(journal.after(0, KEPT)) == KEPT
        seen = journal.last()
        log.extend(sent[KEPT + 10 :])
        newest = journal.after(seen, 5 * KEPT)
        assert [entry.exchange for entry in newest] == sent[-KEPT:]
        assert journal.after(journal.last(), 10) == []

    async def test_what_went_wrong_on_purpose_is_said(self, slack, http, client):
        """The fault is named; of an answer that got lost, nothing came."""
        slack.fault("chat.postMessage", "ratelimited", retry_after=7)
        slack.fault("auth.test", "error")
        with pytest.raises(SlackApiError):
            await client.chat_postMessage(channel=OPS, text="x")
        with pytest.raises(SlackApiError):
            await client.auth_test()
        slack.fault("api.test", "lost")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(f"{slack.base_url}/api/api.test")
        limited, broken, lost = await rows(http)
        assert (limited["status"], limited["fault"], limited["error"]) == (429, "ratelimited", "ratelimited")
        assert (broken["status"], broken["fault"], broken["ok"]) == (500, "error", False)
        assert (lost["status"], lost["fault"], lost["error"]) == (0, "lost", "answer lost")
        assert (await whole(http, limited["n"]))["answer_headers"]["retry-after"] == "7"

    async def test_a_retry_says_which_and_why(self, slack, app, http):
        app.answers = [Response(status_code=500)]
        await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(app.seen) == 2)
        failed, again = await rows(http)
        assert (failed["kind"], failed["status"], failed["error"]) == ("event", 500, "http_service_error")
        assert again["retry_num"] == 1
        opened = await whole(http, again["n"])
        assert opened["retry_reason"] == opened["headers"]["X-Slack-Retry-Reason"] == "http_error"
        assert opened["headers"]["X-Slack-Signature"].startswith("v0=")

    async def test_a_delivery_can_be_sent_again(self, slack, app, http):
        await slack.command(ONCALL, OPS, "/pm once")
        delivery = (await whole(http, (await rows(http))[0]["n"]))["delivery_id"]
        answer = await post(http, "repeat", user=ONCALL, delivery_id=delivery)
        assert [reply["status"] for reply in answer.json()] == [200]
        assert app.seen[0] == app.seen[1]
        assert [row["name"] for row in await rows(http)] == ["/pm once", "/pm once"]

    async def test_a_row_says_what_was_done_and_where(self, slack, app, http, client):
        """A click by its action, an event by its type and text, with the message."""
        said = await client.chat_postMessage(channel=OPS, text="decide", blocks=actions(button("approve")))
        await slack.click(ONCALL, said["ts"], OPS, "approve")
        await slack.mention(ONCALL, OPS, "hello there")
        await until(lambda: app.events("app_mention"))
        clicked, told = [row for row in await rows(http) if row["direction"] == "out"]
        assert (clicked["name"], clicked["who"]) == ("block_actions approve", "Oncall Name")
        assert clicked["about"] == {"channel": OPS, "ts": said["ts"]}
        assert told["name"].startswith("app_mention ")
        assert told["name"].endswith(" hello there")
        assert told["about"]["channel"] == OPS

    async def test_a_number_there_is_not_is_not_found(self, http):
        assert (await http.get("log/77")).status_code == 404


class TestFeed:
    async def test_a_window_hears_of_what_its_person_may_see(self, slack):
        """As it happens, until it goes; nobody listens for it afterwards."""
        address = slack.base_url.replace("http", "ws") + f"/_local/feed?as={ONCALL}"
        async with connect(address, origin=slack.base_url, proxy=None) as window:
            await slack.post_as(SECURITY, OPS, "hello")
            assert json.loads(await window.recv())["message"]["text"] == "hello"
        await until(lambda: not slack.feed._listeners)

    @pytest.mark.parametrize("origin", [None, "http://elsewhere.example"])
    async def test_pages_of_other_sites_hear_nothing(self, slack, origin):
        with pytest.raises(InvalidStatus):
            await connect(f"{slack.base_url.replace('http', 'ws')}/_local/feed", origin=origin, proxy=None)


class TestFaultSwitches:
    async def test_a_switch_is_turned_with_its_parameters(self, http, client):
        """It strikes until it is turned off; a parameter that does not exist is refused."""
        turned = await post(http, "fault_switch", user=ONCALL, name="rate_limits", on=True, share=1.0, methods="auth.*")
        assert turned.json()["on"]
        with pytest.raises(SlackApiError):
            await client.auth_test()
        state = (await http.get("faults")).json()
        limits = next(one for one in state["switches"] if one["name"] == "rate_limits")
        assert (state["on"], limits["struck"]) == (["Rate limit storm"], 1)
        assert {it["name"]: it["value"] for it in limits["parameters"]}["methods"] == "auth.*"
        assert (await post(http, "fault_switch", name="rate_limits", loud=1)).status_code == 400
        await post(http, "clear_faults")
        assert (await client.auth_test())["ok"]
        assert (await http.get("faults")).json()["on"] == []

    async def test_the_next_call_meets_what_was_ordered_for_it(self, http, client):
        await post(http, "fault", method="auth.test", kind="refuse", error="account_inactive", times=2)
        state = (await http.get("faults")).json()
        assert (state["to_come"], state["waiting"]) == (2, [{"method": "auth.test", "kind": "refuse", "times": 2}])
        with pytest.raises(SlackApiError, match="account_inactive"):
            await client.auth_test()
        assert (await http.get("faults")).json()["to_come"] == 1

    async def test_every_open_page_hears_of_it(self, slack, http):
        """Whoever turned it, and however: over HTTP or in a test."""
        listeners = [slack.feed.listen(ONCALL), slack.feed.listen(SECURITY)]
        await post(http, "fault_switch", name="lost_answers", on=True)
        slack.faults.switch("lost_answers", on=False)
        await post(http, "fault", method="auth.test", kind="error")
        for listener in listeners:
            heard = [listener.queue.get_nowait() for _ in range(listener.queue.qsize())]
            assert [(it["type"], it["on"], it["to_come"]) for it in heard] == [
                ("faults", ["Answers lost"], 0),
                ("faults", [], 0),
                ("faults", [], 1),
            ]

    async def test_chance_begins_again_from_its_seed(self, http, client):
        """The same seed lets the same calls meet the same faults."""
        await post(http, "fault_switch", name="server_errors", on=True, share=0.5)

        async def met():
            await post(http, "fault_seed", seed=4)
            return [await works(client) for _ in range(12)]

        first = await met()
        assert first == await met()
        assert set(first) == {True, False}


async def works(client):
    with contextlib.suppress(SlackApiError):
        return bool((await client.auth_test())["ok"])
    return False
