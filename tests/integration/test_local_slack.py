"""The local Slack answers Slack's own client libraries as Slack does."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import httpx
import pytest
import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.slack import Channel, LocalSlack, Person, Workspace

OPS = "C0OPS"
ONCALL, SECURITY, STRANGER = "U0ONCALL", "U0SECURITY", "U0STRANGER"
CARD = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Sign out *Staffer*"}},
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "value": "r1",
                "text": {"type": "plain_text", "text": "Revoke 4 sessions"},
            },
        ],
    },
]
FORM = {
    "type": "modal",
    "callback_id": "revoke",
    "title": {"type": "plain_text", "text": "Revoke sessions"},
    "submit": {"type": "plain_text", "text": "Ask"},
    "blocks": [
        {
            "type": "input",
            "block_id": "who",
            "label": {"type": "plain_text", "text": "Person"},
            "element": {"type": "external_select", "action_id": "staffer", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "reason"},
        },
    ],
}


def workspace(**changes) -> Workspace:
    return Workspace(
        people=[
            Person(ONCALL, "oncall", "Oncall Name", "oncall@penguinmails.example"),
            Person(SECURITY, "security", "Security Name", "security@penguinmails.example"),
            Person("U0STAFF", "staffer", "Staffer Name", "staffer@penguinmails.example"),
            Person(STRANGER, "stranger", "A Guest", "guest@elsewhere.example", team_id="T0OTHER"),
        ],
        channels=[
            Channel(OPS, "operations"),
            Channel("C0SEC", "security", private=True, members=[SECURITY, "U0BOT"]),
            Channel("C0HIDDEN", "hidden", private=True, members=[SECURITY]),
            Channel("C0SHARED", "shared", members=[ONCALL, STRANGER, "U0BOT"]),
        ],
        **changes,
    )


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    local = LocalSlack(workspace(events=frozenset({"app_mention", "app_home_opened"})), ack_seconds=1)
    async with local.serve():
        yield local


@pytest.fixture
def client(slack) -> AsyncWebClient:
    return AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/")


async def error_of(call) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


def add_form_listeners(app: AsyncApp) -> None:
    @app.options("staffer")
    async def options(ack, body):
        names = [name for name in ("staffer", "oncall") if body["value"] in name]
        texts = [{"text": {"type": "plain_text", "text": f"@{n}"}, "value": n} for n in names]
        await ack(options=texts)

    @app.view("revoke")
    async def submitted(ack, body, client):
        values = body["view"]["state"]["values"]
        if values["why"]["reason"]["value"] == "no":
            await ack(response_action="errors", errors={"why": "Say more than no."})
            return
        await ack()
        chosen = values["who"]["staffer"]["selected_option"]["value"]
        await client.chat_postMessage(channel=OPS, text=f"revoke {chosen}")


def add_listeners(app: AsyncApp) -> AsyncApp:
    add_form_listeners(app)

    @app.command("/pm")
    async def command(ack, body, client, command):
        if command["text"] == "form":
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        elif command["text"] == "slow":
            await asyncio.sleep(1.5)
            await ack("too late")
        else:
            await ack(f"you said {command['text']}")

    @app.action("approve")
    async def approve(ack, body, client, respond):
        await ack()
        if "channel" not in body:
            return
        channel = body["channel"]["id"]
        await client.chat_update(channel=channel, ts=body["message"]["ts"], text="Signed out", blocks=[])
        await respond(f"done by {body['user']['team_id']}")

    @app.event("app_mention")
    async def mentioned(event, client):
        await client.chat_postMessage(channel=event["channel"], text="yes?", thread_ts=event["ts"])

    @app.event("app_home_opened")
    async def home(event, client):
        view = {"type": "home", "blocks": CARD}
        await client.views_publish(user_id=event["user"], view=view)

    return app


@pytest.fixture(params=["http", "socket"])
async def bolt(request, slack, client) -> AsyncIterator[AsyncApp]:
    """The same small Bolt app, reached by signed requests or by Socket Mode."""
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)
    app = add_listeners(AsyncApp(client=client, signing_secret=slack.workspace.signing_secret))
    run = over_http if request.param == "http" else over_socket
    async with run(app, slack):
        yield app


@contextlib.asynccontextmanager
async def over_http(app, slack):
    async with serving(AsyncSlackRequestHandler(app).handle) as url:
        slack.request_url = url
        yield


@contextlib.asynccontextmanager
async def over_socket(app, slack):
    handler = AsyncSocketModeHandler(app, slack.workspace.app_token)
    await handler.connect_async()
    await until(lambda: len(slack.sockets) == 1)
    try:
        yield
    finally:
        await handler.close_async()


async def until(true, seconds=3.0):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come true"
        await asyncio.sleep(0.01)


class TestWebApi:
    async def test_a_message_comes_back_with_its_metadata(self, client):
        metadata = {"event_type": "card", "event_payload": {"key": "p1"}}
        posted = await client.chat_postMessage(channel=OPS, text="Card", blocks=CARD, metadata=metadata)
        history = await client.conversations_history(channel=OPS, include_all_metadata=True)
        without = await client.conversations_history(channel=OPS)
        assert history["messages"][0]["metadata"] == metadata
        assert history["messages"][0]["ts"] == posted["ts"]
        assert "metadata" not in without["messages"][0]

    async def test_an_update_changes_the_message_in_place(self, client, slack):
        ts = (await client.chat_postMessage(channel=OPS, text="Card", blocks=CARD))["ts"]
        await client.chat_update(channel=OPS, ts=ts, text="Done", blocks=[])
        (message,) = slack.messages(OPS)
        assert (message["ts"], message["text"], message.get("blocks")) == (ts, "Done", None)

    async def test_somebody_elses_message_cannot_be_updated(self, client, slack):
        ts = await slack.post_as(ONCALL, OPS, "hello")
        assert await error_of(client.chat_update(channel=OPS, ts=ts, text="x")) == "cant_update_message"

    async def test_history_is_paged_newest_first_within_its_bounds(self, client):
        sent = [(await client.chat_postMessage(channel=OPS, text=str(n)))["ts"] for n in range(5)]
        seen = []
        async for page in await client.conversations_history(channel=OPS, limit=2):
            seen += [m["ts"] for m in page["messages"]]
        between = await client.conversations_history(channel=OPS, oldest=sent[1], latest=sent[3])
        inclusive = await client.conversations_history(channel=OPS, oldest=sent[1], latest=sent[3], inclusive=True)
        assert seen == sent[::-1]
        assert [m["ts"] for m in between["messages"]] == [sent[2]]
        assert [m["ts"] for m in inclusive["messages"]] == sent[3:0:-1]

    async def test_replies_stay_in_their_thread(self, client):
        ts = (await client.chat_postMessage(channel=OPS, text="parent"))["ts"]
        await client.chat_postMessage(channel=OPS, text="reply", thread_ts=ts)
        (parent,) = (await client.conversations_history(channel=OPS))["messages"]
        thread = await client.conversations_replies(channel=OPS, ts=ts)
        assert parent["reply_count"] == 1
        assert [m["text"] for m in thread["messages"]] == ["parent", "reply"]

    async def test_who_is_asked_for_in_ways_that_fail_is_told_why(self, client, slack):
        wrong = AsyncWebClient("xoxb-wrong", base_url=f"{slack.base_url}/api/")
        assert await error_of(wrong.auth_test()) == "invalid_auth"
        assert await error_of(client.chat_postMessage(channel="C0NONE", text="x")) == "channel_not_found"
        assert await error_of(client.chat_postMessage(channel="C0HIDDEN", text="x")) == "channel_not_found"
        assert await error_of(client.users_info(user="U0NOBODY")) == "user_not_found"
        assert await error_of(client.chat_update(channel=OPS, ts="1.0", text="x")) == "message_not_found"

    @pytest.mark.parametrize(
        "block",
        [
            {"type": "nonsense"},
            {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},
            {"type": "section"},
            {"type": "actions", "elements": CARD[1]["elements"] * 2},
            {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]},
        ],
    )
    async def test_blocks_slack_refuses_are_refused(self, client, block):
        assert await error_of(client.chat_postMessage(channel=OPS, text="x", blocks=[block])) == "invalid_blocks"

    async def test_a_message_to_a_person_opens_their_direct_messages(self, client, slack):
        posted = await client.chat_postMessage(channel=ONCALL, text="psst")
        opened = await client.conversations_open(users=ONCALL)
        assert posted["channel"] == opened["channel"]["id"]

    async def test_people_are_found_by_email_unless_deactivated(self, client, slack):
        found = await client.users_lookupByEmail(email="security@penguinmails.example")
        slack.workspace.people[1].deleted = True
        gone = await error_of(client.users_lookupByEmail(email="security@penguinmails.example"))
        assert (found["user"]["id"], gone) == (SECURITY, "users_not_found")

    async def test_an_ephemeral_is_seen_by_its_addressee_alone(self, client, slack):
        await client.chat_postEphemeral(channel=OPS, user=ONCALL, text="only you")
        assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["only you"]
        assert slack.messages(OPS, SECURITY) == []
        assert (await client.conversations_history(channel=OPS))["messages"] == []


class TestTriggersAndResponseUrls:
    async def test_a_trigger_opens_one_form_within_its_time(self, client, slack):
        trigger = slack.state.new_trigger(ONCALL)
        await client.views_open(trigger_id=trigger, view=FORM)
        again = await error_of(client.views_open(trigger_id=trigger, view=FORM))
        slack.state.trigger_seconds = 0
        late = await error_of(client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=FORM))
        assert (again, late) == ("exchanged_trigger_id", "expired_trigger_id")
        assert [v["callback_id"] for v in slack.views(ONCALL)] == ["revoke"]

    async def test_an_old_hash_does_not_overwrite(self, client, slack):
        view = (await client.views_publish(user_id=ONCALL, view={"type": "home", "blocks": CARD}))["view"]
        await client.views_publish(user_id=ONCALL, view={"type": "home", "blocks": []}, hash=view["hash"])
        stale = client.views_publish(user_id=ONCALL, view={"type": "home", "blocks": CARD}, hash=view["hash"])
        assert await error_of(stale) == "hash_conflict"

    async def test_a_response_url_works_five_times(self, slack):
        hook = AsyncWebhookClient(slack.response_url(ONCALL, OPS))
        answers = [await hook.send(text=f"{n}", response_type="in_channel") for n in range(6)]
        assert [a.status_code for a in answers] == [200] * 5 + [404]
        assert "used_url" in answers[5].body

    async def test_a_response_url_replaces_and_deletes_even_an_ephemeral(self, slack):
        hook = AsyncWebhookClient(slack.response_url(ONCALL, OPS))
        await hook.send(text="first")
        await hook.send(text="second", replace_original=True)
        assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["second"]
        await hook.send(delete_original=True)
        assert slack.messages(OPS, ONCALL) == []


class TestFaults:
    async def test_they_come_in_order_and_then_it_works(self, client, slack):
        slack.fault("chat.postMessage", "refuse", error="channel_is_archived")
        slack.fault("chat.postMessage", "ratelimited", retry_after=7)
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=OPS, text="x")
        with pytest.raises(SlackApiError) as limited:
            await client.chat_postMessage(channel=OPS, text="x")
        await client.chat_postMessage(channel=OPS, text="x")
        assert refused.value.response["error"] == "channel_is_archived"
        assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "7")
        assert [c.fault for c in slack.calls] == ["refuse", "ratelimited", ""]

    async def test_a_lost_answer_has_had_its_effect(self, slack):
        slack.fault("chat.postMessage", "lost")
        async with httpx.AsyncClient(base_url=slack.base_url) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                await http.post(
                    "/api/chat.postMessage",
                    json={"channel": OPS, "text": "lost"},
                    headers={"Authorization": f"Bearer {slack.workspace.bot_token}"},
                )
        assert [m["text"] for m in slack.messages(OPS)] == ["lost"]


class TestBolt:
    async def test_a_command_arrives_with_names_as_ids_and_its_answer_is_private(self, slack, bolt):
        reply = await slack.command(ONCALL, OPS, "/pm revoke @staffer because <x> & @nobody")
        (shown,) = slack.messages(OPS, ONCALL)
        assert reply.status == 200
        expected = "you said revoke <@U0STAFF|staffer> because &lt;x&gt; &amp; @nobody"
        assert (shown["text"], shown["is_ephemeral"]) == (expected, True)
        assert slack.messages(OPS, SECURITY) == []

    async def test_an_answer_after_its_time_is_shown_as_a_failure(self, slack, bolt):
        reply = await slack.command(ONCALL, OPS, "/pm slow")
        assert (reply.status, reply.error) == (0, "operation_timeout")
        assert "operation_timeout" in slack.messages(OPS, ONCALL)[-1]["text"]

    async def test_a_click_changes_the_card_and_answers_the_clicker(self, slack, bolt, client):
        ts = (await client.chat_postMessage(channel=OPS, text="Card", blocks=CARD))["ts"]
        await slack.click(ONCALL, ts, OPS, "Revoke 4 sessions")
        await until(lambda: len(slack.messages(OPS, ONCALL)) == 2)
        card, private = slack.messages(OPS, ONCALL)
        assert (card["text"], private["text"]) == ("Signed out", "done by T0PENGUIN")
        sent = slack.deliveries[-1].payload
        assert sent["actions"][0]["value"] == "r1"
        assert sent["message"]["blocks"][1]["block_id"] == "decide"

    async def test_a_guests_click_says_whose_team_they_are_of(self, slack, bolt, client):
        ts = (await client.chat_postMessage(channel="C0SHARED", text="Card", blocks=CARD))["ts"]
        await slack.click(STRANGER, ts, "C0SHARED", "approve")
        await until(lambda: len(slack.messages("C0SHARED", STRANGER)) == 2)
        assert slack.messages("C0SHARED", STRANGER)[-1]["text"] == "done by T0OTHER"

    async def test_a_form_goes_from_type_ahead_through_errors_to_closed(self, slack, bolt):
        await slack.command(ONCALL, OPS, "/pm form")
        await until(lambda: slack.views(ONCALL))
        view_id = slack.views(ONCALL)[0]["id"]
        offered = await slack.suggest(ONCALL, view_id, "who", "staffer", "staf")
        empty = await slack.submit(ONCALL, view_id, {"Person": "staffer"})
        refused = await slack.submit(ONCALL, view_id, {"why": {"reason": "no"}})
        assert [o["value"] for o in offered] == ["staffer"]
        assert (empty.status, list(empty.errors)) == (0, ["why"])
        assert refused.errors == {"why": "Say more than no."}
        assert slack.views(ONCALL)
        await slack.submit(ONCALL, view_id, {"Reason": "laptop stolen"})
        await until(lambda: slack.messages(OPS))
        assert slack.views(ONCALL) == []
        assert slack.messages(OPS)[-1]["text"] == "revoke staffer"

    async def test_a_mention_is_answered_in_its_thread(self, slack, bolt):
        await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(slack.messages(OPS)) == 2)
        asked, answered = slack.messages(OPS)
        assert asked["text"] == "<@U0BOT> hello"
        assert answered["thread_ts"] == asked["ts"]

    async def test_opening_the_home_publishes_it_and_its_buttons_work(self, slack, bolt):
        await slack.open_home(ONCALL)
        await until(lambda: slack.home(ONCALL))
        reply = await slack.click(ONCALL, slack.home(ONCALL)["id"], None, "approve")
        assert reply.status == 200
        assert slack.deliveries[-1].payload["container"]["type"] == "view"


class TestDelivery:
    async def test_an_event_that_is_refused_comes_again_with_its_number(self, slack):
        slack.courier._retry_delays = (0, 0.05)
        seen = []

        async def refuse(request):
            seen.append((request.headers.get("X-Slack-Retry-Num"), (await request.json())["event_id"]))
            return Response(status_code=503)

        async with serving(refuse) as url:
            slack.request_url = url
            await slack.mention(ONCALL, OPS, "hello")
            await until(lambda: len(seen) == 3)
        assert [number for number, _ in seen] == [None, "1", "2"]
        assert len({event_id for _, event_id in seen}) == 1

    async def test_a_repeat_is_the_same_payload(self, slack):
        seen = []

        async def take(request):
            seen.append(await request.body())
            return JSONResponse({"text": "ignored"}, status_code=500)

        async with serving(take) as url:
            slack.request_url = url
            first = await slack.command(ONCALL, OPS, "/pm x")
            again = await slack.repeat(first.delivery_id, 2)
        assert seen == [seen[0]] * 3
        assert [r.status for r in again] == [500, 500]
        assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ['`/pm` failed with the error "http_error"']


@contextlib.asynccontextmanager
async def serving(endpoint):
    web = Starlette(routes=[Route("/", endpoint, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, port=0, lifespan="off", log_level="critical", ws="none"))
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    await running


class TestControl:
    async def test_another_process_can_do_all_of_it_by_http(self, slack):
        async with httpx.AsyncClient(base_url=slack.base_url) as http:
            await http.post("/_local/fault", json={"method": "auth.test", "kind": "error"})
            said = await http.post("/_local/post", json={"user": ONCALL, "channel": OPS, "text": "hi"})
            wrong = await http.post("/_local/click", json={"user": ONCALL, "message_ts": "1", "channel": OPS})
            seen = (await http.get("/_local/messages", params={"channel": OPS, "as": SECURITY})).json()
            state = (await http.get("/_local/state", params={"as": ONCALL})).json()
        assert said.json() == seen[0]["ts"]
        assert wrong.status_code == 400
        assert [c["name"] for c in state["channels"] if c["kind"] == "channel"] == ["operations", "shared"]
        assert slack.faults.take("auth.test") is not None


class Scripted:
    """An app that keeps what it is sent and answers what the test says next, else an empty 200."""

    def __init__(self):
        self.seen = []
        self.answers = []

    async def __call__(self, request):
        body = await request.body()
        if request.headers["Content-Type"].startswith("application/json"):
            self.seen.append(json.loads(body))
        else:
            form = dict(parse_qsl(body.decode()))
            self.seen.append(json.loads(form["payload"]) if "payload" in form else form)
        return JSONResponse(self.answers.pop(0)) if self.answers else Response()


@pytest.fixture
async def app(slack) -> AsyncIterator[Scripted]:
    scripted = Scripted()

    async def endpoint(request):
        return await scripted(request)

    async with serving(endpoint) as url:
        slack.request_url = url
        yield scripted


def select(kind, action_id, **more):
    options = [{"text": {"type": "plain_text", "text": t}, "value": v} for t, v in (("An hour", "1h"), ("A day", "1d"))]
    return {"type": kind, "action_id": action_id, "options": options, **more}


MENUS = [
    {
        "type": "actions",
        "block_id": "menus",
        "elements": [select("static_select", "pause"), select("overflow", "more"), select("checkboxes", "tick")],
    },
]


class TestPayloads:
    async def test_a_menu_sends_what_was_chosen_and_the_state(self, slack, app, client):
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=MENUS))["ts"]
        await slack.click(ONCALL, ts, OPS, "pause", option="A day")
        await slack.click(ONCALL, ts, OPS, "more", option="1h")
        paused, more = app.seen
        assert paused["actions"][0]["selected_option"]["value"] == "1d"
        assert more["actions"][0]["selected_option"]["value"] == "1h"
        assert more["state"]["values"]["menus"]["pause"]["selected_option"]["value"] == "1d"
        assert more["state"]["values"]["menus"]["tick"] == {"type": "checkboxes", "selected_options": []}

    async def test_an_ephemerals_click_can_be_answered_by_its_response_url(self, slack, app, client):
        await client.chat_postEphemeral(channel=OPS, user=ONCALL, text="x", blocks=CARD)
        (private,) = slack.messages(OPS, ONCALL)
        with pytest.raises(LookupError):
            await slack.click(SECURITY, private["ts"], OPS, "approve")
        await slack.click(ONCALL, private["ts"], OPS, "approve")
        assert app.seen[0]["container"]["is_ephemeral"] is True
        assert "message" not in app.seen[0]
        await AsyncWebhookClient(app.seen[0]["response_url"]).send(text="done", replace_original=True)
        assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["done"]

    async def test_events_say_whose_team_spoke_and_what_was_deleted(self, slack, app):
        slack.workspace.events |= {"message.channels", "user_change"}
        await slack.mention(STRANGER, "C0SHARED", "hello")
        ts = await slack.post_as(ONCALL, OPS, "gone soon")
        await slack.delete_message(OPS, ts, ONCALL)
        await slack.deactivate(ONCALL)
        await until(lambda: len(app.seen) == 5)
        events = [payload["event"] for payload in app.seen]
        mention = next(e for e in events if e["type"] == "app_mention")
        deleted = next(e for e in events if e.get("subtype") == "message_deleted")
        changed = next(e for e in events if e["type"] == "user_change")
        assert (mention["user_team"], mention["source_team"]) == ("T0OTHER", "T0OTHER")
        assert deleted["deleted_ts"] == ts
        assert changed["user"]["deleted"] is True

    async def test_a_block_type_the_workspace_does_not_know_is_refused(self, slack, client):
        block = {"type": "data_table", "caption": "x", "rows": [[{"type": "raw_text", "text": "x"}]]}
        await client.chat_postMessage(channel=OPS, text="x", blocks=[block])
        slack.workspace.refused_blocks = frozenset({"data_table"})
        refused = client.chat_postMessage(channel=OPS, text="x", blocks=[block])
        assert await error_of(refused) == "invalid_blocks"


class TestForms:
    async def opened(self, slack, client):
        return (await client.views_open(trigger_id=slack.state.new_trigger(ONCALL), view=CHOICE))["view"]["id"]

    async def test_an_answer_pushes_updates_and_clears(self, slack, app, client):
        first = await self.opened(slack, client)
        app.answers = [
            {"response_action": "push", "view": CHOICE},
            {"response_action": "update", "view": CHOICE | {"callback_id": "newer"}},
            {"response_action": "clear"},
        ]
        await slack.submit(ONCALL, first)
        below, above = slack.views(ONCALL)
        assert (above["previous_view_id"], above["root_view_id"]) == (below["id"], below["id"])
        await slack.submit(ONCALL, above["id"])
        assert slack.views(ONCALL)[1]["callback_id"] == "newer"
        await slack.submit(ONCALL, above["id"])
        assert slack.views(ONCALL) == []

    async def test_what_was_chosen_survives_an_update_of_the_view(self, slack, app, client):
        view_id = await self.opened(slack, client)
        await slack.click(ONCALL, view_id, None, "long", option="1d")
        await client.views_update(view_id=view_id, view=CHOICE | {"callback_id": "newer"})
        await slack.submit(ONCALL, view_id)
        sent = app.seen[-1]["view"]
        assert sent["callback_id"] == "newer"
        assert sent["state"]["values"]["how"]["long"]["selected_option"]["value"] == "1d"

    async def test_closing_is_told_to_who_asked(self, slack, app, client):
        view_id = await self.opened(slack, client)
        await slack.close_view(ONCALL, view_id)
        assert (app.seen[0]["type"], app.seen[0]["is_cleared"]) == ("view_closed", False)
        assert await error_of(client.views_update(view_id=view_id, view=CHOICE)) == "not_found"

    async def test_an_app_that_fails_leaves_the_form_open(self, slack, client):
        view_id = await self.opened(slack, client)
        slack.request_url = "http://127.0.0.1:9/"
        reply = await slack.submit(ONCALL, view_id)
        assert reply.error == "dispatch_failed"
        assert slack.views(ONCALL)


CHOICE = {
    "type": "modal",
    "callback_id": "choice",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "How long"},
    "submit": {"type": "plain_text", "text": "Pause"},
    "blocks": [
        {
            "type": "input",
            "block_id": "how",
            "optional": True,
            "dispatch_action": True,
            "label": {"type": "plain_text", "text": "How long"},
            "element": select("static_select", "long"),
        },
    ],
}


class TestSocketMode:
    async def test_a_refreshed_connection_is_made_again(self, slack, client):
        app = add_listeners(AsyncApp(client=client, signing_secret="x"))
        async with over_socket(app, slack):
            await slack.sockets.disconnect()
            await until(lambda: len(slack.sockets) == 1, seconds=15)
            reply = await slack.command(ONCALL, OPS, "/pm hello")
        assert reply.status == 200

    async def test_without_a_connection_the_person_is_told(self, slack):
        reply = await slack.command(ONCALL, OPS, "/pm hello")
        assert reply.error == "dispatch_failed"
        assert "dispatch_failed" in slack.messages(OPS, ONCALL)[0]["text"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@staffer, please", "<@U0STAFF|staffer>, please"),
        ("ask @staffer.", "ask <@U0STAFF|staffer>."),
        ("mail@staffer and #operations", "mail@staffer and <#C0OPS|operations>"),
        ("<!channel> <https://x.example|safe>", "&lt;!channel&gt; &lt;<https://x.example>|safe&gt;"),
        ("@channel see https://x.example/a?b=1&c=2.", "<!channel> see <https://x.example/a?b=1&amp;c=2>."),
        ("<@U0STAFF> & co", "<@U0STAFF> &amp; co"),
    ],
)
async def test_what_is_typed_arrives_as_slack_sends_it(slack, app, typed, sent):
    await slack.command(ONCALL, OPS, f"/pm {typed}")
    assert app.seen[0]["text"] == sent
