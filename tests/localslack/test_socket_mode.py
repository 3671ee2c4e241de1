"""Socket Mode as Slack speaks it, heard by a bare WebSocket client."""

import asyncio
import contextlib
import json

import pytest
import websockets
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient as SocketClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient as AsyncSocketClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from websockets.asyncio.client import connect

from localslack import LocalSlack
from tests.conftest import until
from tests.localslack.playing import ONCALL, OPS, impatient, workspace

PING_SECONDS = 1.0  # so that a machine under load has time to answer


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset({"app_mention"})), retry_delays=(0, 0.02, 0.04))
    async with local.serve():
        yield local


@contextlib.asynccontextmanager
async def line(slack, **options):
    """A connection with its hello."""
    client = AsyncWebClient(base_url=f"{slack.base_url}/api/")
    url = (await client.apps_connections_open(app_token=slack.workspace.app_token))["url"]
    async with connect(url, proxy=None, ping_interval=None, **options) as socket:
        yield socket, json.loads(await socket.recv())


async def heard(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), 10))


async def acknowledge(socket, **payload):
    envelope = await heard(socket)
    await socket.send(json.dumps({"envelope_id": envelope["envelope_id"], **payload}))
    return envelope


class TestConnecting:
    async def test_it_begins_with_hello_and_counts_the_connections(self, slack):
        async with line(slack) as (_, first), line(slack) as (_, second):
            assert first["type"] == "hello"
            assert first["connection_info"] == {"app_id": "A0BOT"}
            assert first["debug_info"]["approximate_connection_time"] == 18060
            assert (first["num_connections"], second["num_connections"]) == (1, 2)

    async def test_a_ticket_opens_one_connection_once(self, slack):
        client = AsyncWebClient(base_url=f"{slack.base_url}/api/")
        url = (await client.apps_connections_open(app_token=slack.workspace.app_token))["url"]
        async with connect(url, proxy=None):
            with pytest.raises(websockets.InvalidStatus):
                await connect(url, proxy=None)

    async def test_ten_connections_are_the_most(self, slack):
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(10):
                await stack.enter_async_context(line(slack))
            _, said = await stack.enter_async_context(line(slack))
            assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
            assert len(slack.sockets) == 10

    async def test_who_answers_pings_stays_and_who_answers_none_is_dropped(self):
        slack = LocalSlack(workspace())
        async with slack.serve(ping_seconds=PING_SECONDS), line(slack) as (lively, _), line(slack) as (silent, _):
            await until(lambda: len(slack.sockets) == 2)
            silent.transport.pause_reading()  # hears nothing, so it answers nothing
            await until(lambda: len(slack.sockets) == 1)
            await asyncio.wait_for(await lively.ping(), 10)  # the app's own are answered too
            silent.transport.resume_reading()


class TestEnvelopes:
    async def test_a_command_can_be_answered_in_its_acknowledgement(self, slack):
        async with line(slack) as (socket, _):
            asking = asyncio.create_task(slack.command(ONCALL, OPS, "/pm hello"))
            envelope = await acknowledge(socket, payload={"text": "hi"})
            reply = await asking
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["text"] == "hello"
        assert (reply.status, slack.messages(OPS, ONCALL)[0]["text"]) == (200, "hi")

    async def test_each_envelope_goes_to_one_connection(self, slack):
        async with line(slack) as (first, _), line(slack) as (second, _):
            for _ in range(2):
                asyncio.create_task(slack.command(ONCALL, OPS, "/pm hello")).add_done_callback(lambda _: None)
            await asyncio.gather(acknowledge(first), acknowledge(second))
            await until(lambda: all(one.finished_at for one in slack.deliveries))
        assert [one.status for one in slack.deliveries] == [200, 200]

    async def test_an_event_not_acknowledged_comes_again_on_another_connection(self, slack):
        async with line(slack) as (first, _), line(slack) as (second, _):
            with impatient(slack):
                await slack.mention(ONCALL, OPS, "hello")
            missed, again = await heard(first), await acknowledge(second)
            await until(lambda: not slack.courier._later)
        assert (missed["type"], missed["retry_attempt"], missed["retry_reason"]) == ("events_api", 0, "")
        assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
        assert missed["payload"]["event_id"] == again["payload"]["event_id"]
        assert missed["envelope_id"] != again["envelope_id"]

    async def test_an_event_while_nobody_is_connected_comes_once_somebody_is(self, slack):
        slack.courier._retry_delays = (0, 1)
        reply = await slack.mention(ONCALL, OPS, "hello")
        async with line(slack) as (socket, _):
            envelope = await acknowledge(socket)
        assert reply.error == "dispatch_failed"
        assert envelope["payload"]["event"]["type"] == "app_mention"

    async def test_a_connection_that_ends_before_it_acknowledged_has_not_taken_it(self, slack):
        """Nobody waits out the three seconds for an answer that cannot come."""
        async with line(slack) as (socket, _):
            asking = asyncio.create_task(slack.command(ONCALL, OPS, "/pm hello"))
            await heard(socket)
        assert (await asking).error == "dispatch_failed"

    async def test_nonsense_from_the_app_changes_nothing(self, slack):
        async with line(slack) as (socket, _):
            for text in ("not JSON", "[]", '{"envelope_id": 1}', '{"envelope_id": "unknown"}'):
                await socket.send(text)
            asking = asyncio.create_task(slack.command(ONCALL, OPS, "/pm hello"))
            await acknowledge(socket)
            assert (await asking).status == 200


class TestEndings:
    async def test_a_refresh_is_announced_and_then_happens(self, slack):
        async with line(slack) as (socket, _):
            ending = asyncio.create_task(slack.sockets.refresh(warning_seconds=0.05))
            assert (await heard(socket))["reason"] == "warning"
            assert (await heard(socket))["reason"] == "refresh_requested"
            await ending
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()

    async def test_every_connection_has_its_time(self, slack):
        slack.sockets.connection_seconds, slack.sockets.warning_seconds = 0.2, 0.1
        async with line(slack) as (socket, _):
            reasons = [(await heard(socket))["reason"], (await heard(socket))["reason"]]
        assert reasons == ["warning", "refresh_requested"]

    async def test_socket_mode_can_be_switched_off(self, slack):
        async with line(slack) as (socket, _):
            await slack.sockets.disconnect("link_disabled")
            assert await heard(socket) == {
                "type": "disconnect",
                "reason": "link_disabled",
                "debug_info": {"host": "applink-local"},
            }
            assert len(slack.sockets) == 0


@pytest.fixture(params=["aiohttp", "builtin"])
async def sdk(request, slack):
    """slack_sdk's own clients: the asynchronous one and the threaded one."""
    deaf = "deaf" in request.node.name
    pace = {"app_token": slack.workspace.app_token, "ping_interval": 0.3 if deaf else 5}
    if request.param == "aiohttp":
        client = AsyncSocketClient(web_client=AsyncWebClient(base_url=f"{slack.base_url}/api/"), **pace)
        client.socket_mode_request_listeners.append(answer)
        await client.connect()
    else:
        client = SocketClient(web_client=WebClient(base_url=f"{slack.base_url}/api/"), **pace)
        client.socket_mode_request_listeners.append(answer_at_once)
        await asyncio.to_thread(client.connect)
    await until(lambda: len(slack.sockets) == 1)
    yield client
    await (client.close() if request.param == "aiohttp" else asyncio.to_thread(client.close))


async def answer(client, request):
    await client.send_socket_mode_response(response_to(request))


def answer_at_once(client, request):
    client.send_socket_mode_response(response_to(request))


def response_to(request):
    return SocketModeResponse(request.envelope_id, {"text": request.payload["text"]})


class TestSlackSdk:
    """What the official clients do with all this."""

    async def test_a_command_is_answered(self, slack, sdk):
        reply = await slack.command(ONCALL, OPS, "/pm hello")
        assert (reply.status, reply.body) == (200, {"text": "hello"})

    async def test_a_refreshed_connection_is_made_again(self, slack, sdk):
        await slack.sockets.refresh(warning_seconds=0.05)

        async def answered():
            return (await slack.command(ONCALL, OPS, "/pm hello")).status == 200

        await until(answered)

    async def test_a_deaf_connection_is_noticed_and_replaced(self, slack, sdk):
        slack.courier.ack_seconds = 0.2
        slack.faults.switch("deaf_socket", on=True)

        async def answered():
            return (await slack.command(ONCALL, OPS, "/pm hello")).status == 200

        assert not await answered()
        await until(answered)
        await until(lambda: len(slack.sockets) == 1)


class TestDeafness:
    async def test_a_deaf_connection_stays_open_and_says_and_hears_nothing(self, slack):
        async with line(slack) as (socket, _):
            slack.faults.switch("deaf_socket", on=True)
            with impatient(slack):
                reply = await slack.command(ONCALL, OPS, "/pm hello")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(await socket.ping(), 0.3)
            assert reply.error == "operation_timeout"
            assert socket.state is websockets.State.OPEN
            async with line(slack) as (other, hello):  # those that come later are well
                assert hello["num_connections"] == 2
                await asyncio.wait_for(await other.ping(), 10)
            slack.faults.switch("deaf_socket", on=False)
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
