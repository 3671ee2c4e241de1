"""What the local Slack sends to an app over HTTP, and what it makes of the answers."""

import hashlib
import hmac

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from localslack import LocalSlack
from tests.conftest import until
from tests.localslack.playing import (
    BOT,
    ONCALL,
    OPS,
    SECRET,
    SECURITY,
    SHARED,
    STRANGER,
    impatient,
    late,
    recording,
    workspace,
)


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset({"app_mention"})), retry_delays=(0, 0.02, 0.04))
    yield local
    await local.close()


class TestUrlVerification:
    @pytest.mark.parametrize("way", ["text", "json", "form"])
    async def test_an_address_that_gives_the_challenge_back_passes(self, slack, app, way):
        """In plain text, as JSON, or as a form, as Slack documents; the request is signed like any other."""

        async def echo(_request):
            challenge = app.seen[-1]["challenge"]
            if way == "json":
                return JSONResponse({"challenge": challenge})
            return PlainTextResponse(f"challenge={challenge}" if way == "form" else challenge)

        app.answers = [echo]
        reply = await slack.verify_url()
        assert (reply.error, app.seen[0]["type"]) == ("", "url_verification")
        assert app.headers[0]["x-slack-signature"].startswith("v0=")

    async def test_an_address_that_gives_back_anything_else_fails(self, slack, app):
        app.answers = [PlainTextResponse("hello"), Response(status_code=500)]
        assert (await slack.verify_url()).error == "challenge_failed"
        assert (await slack.verify_url()).error == "http_service_error"
        assert len(app.seen) == 2


class TestRequests:
    async def test_a_request_is_signed_over_its_time_and_body(self, slack):
        seen = {}

        async def check(request):
            seen["body"], seen["headers"] = await request.body(), request.headers
            return Response()

        async with recording() as (recorder, url):
            recorder.answers = [check]
            slack.request_url = url
            await slack.command(ONCALL, OPS, "/pm hello")
        base = f"v0:{seen['headers']['X-Slack-Request-Timestamp']}:".encode() + seen["body"]
        digest = hmac.new(slack.workspace.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        assert seen["headers"]["X-Slack-Signature"] == f"v0={digest}"

    async def test_an_events_envelope_says_whose_it_is(self, slack, app):
        await slack.mention(STRANGER, SHARED, "hello")
        await until(lambda: app.events("app_mention"))
        (envelope,) = [body for body in app.seen if body["event"]["type"] == "app_mention"]
        (authorization,) = envelope["authorizations"]
        assert (envelope["type"], envelope["team_id"], envelope["api_app_id"]) == (
            "event_callback",
            "T0PENGUIN",
            "A0BOT",
        )
        assert (authorization["user_id"], authorization["is_bot"]) == (BOT, True)
        assert envelope["is_ext_shared_channel"] is True
        assert envelope["event_id"].startswith("Ev")

    async def test_private_places_are_not_named(self, slack, app):
        await slack.command(SECURITY, SECRET, "/pm hello")
        await slack.command(SECURITY, slack.state.direct([SECURITY]).id, "/pm hello")
        assert [body["channel_name"] for body in app.seen] == ["privategroup", "directmessage"]

    async def test_a_command_the_app_has_not_is_never_sent(self, slack, app):
        reply = await slack.command(ONCALL, OPS, "/unknown thing")
        assert (reply.error, app.seen) == ("unknown_command", [])
        assert "/unknown" in slack.messages(OPS, ONCALL)[0]["text"]


class TestRetries:
    async def test_an_event_comes_again_three_times_with_its_number_reason_and_the_same_id(self, slack, app):
        app.answers = [Response(status_code=503)] * 4
        await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: not slack.courier._later)
        sent = [(one.get("x-slack-retry-num"), one.get("x-slack-retry-reason")) for one in app.headers]
        assert sent == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
        assert len({body["event_id"] for body in app.seen}) == 1

    async def test_slacks_own_delays_are_at_once_a_minute_and_five(self):
        assert tuple(LocalSlack(workspace()).courier._retry_delays) == (0, 60, 300)

    async def test_an_app_may_ask_for_no_more(self, slack, app):
        app.answers = [Response(status_code=500, headers={"X-Slack-No-Retry": "1"})]
        reply = await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: not slack.courier._later)
        assert (reply.error, len(app.seen)) == ("http_service_error", 1)

    async def test_an_answer_too_late_is_asked_for_again(self, slack, app):

        app.answers = [late]
        with impatient(slack):
            reply = await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(app.seen) == 2)
        assert reply.error == "operation_timeout"
        assert app.headers[1]["x-slack-retry-reason"] == "http_timeout"

    async def test_nobody_there_is_a_failed_connection(self, slack):
        slack.request_url = "http://127.0.0.1:9/"
        await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(slack.deliveries) == 4)
        assert {one.retry_reason for one in slack.deliveries[1:]} == {"connection_failed"}

    async def test_a_server_that_speaks_no_tls_is_an_ssl_error(self, slack, app):
        slack.request_url = slack.request_url.replace("http://", "https://")
        await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(slack.deliveries) > 1)
        assert slack.deliveries[1].retry_reason == "ssl_error"

    async def test_two_redirects_are_followed_and_a_third_is_one_too_many(self, slack, app):
        there = RedirectResponse("/elsewhere", status_code=302)
        app.answers = [there, there]
        followed = await slack.mention(ONCALL, OPS, "hello")
        assert (followed.status, len(app.seen)) == (200, 3)
        app.answers = [there, there, there]
        lost = await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(app.seen) > 6)
        assert lost.status == 302
        assert slack.deliveries[-1].retry_reason == "too_many_redirects"

    async def test_what_people_do_is_never_sent_twice(self, slack, app):
        app.answers = [Response(status_code=500)]
        await slack.command(ONCALL, OPS, "/pm hello")
        await until(lambda: not slack.courier._later)
        assert len(app.seen) == 1


class TestAnswersToCommands:
    @pytest.mark.parametrize(
        ("answer", "shown"),
        [
            (Response(), []),
            (PlainTextResponse("in words"), ["in words"]),
            (JSONResponse({"text": "in JSON"}), ["in JSON"]),
            (PlainTextResponse('{"text": "x"}'), ['{"text": "x"}']),
            (Response(status_code=404), ['`/pm` failed with the error "http_client_error"']),
            (Response(status_code=500), ['`/pm` failed with the error "http_service_error"']),
        ],
    )
    async def test_the_asker_sees_what_slack_would_show(self, slack, app, answer, shown):
        """JSON counts as JSON by its content type alone; a refusal is told by its kind."""
        app.answers = [answer]
        await slack.command(ONCALL, OPS, "/pm hello")
        assert [one["text"] for one in slack.messages(OPS, ONCALL)] == shown
        assert slack.messages(OPS, SECURITY) == []

    async def test_three_seconds_without_an_answer_are_told(self, slack, app):
        app.answers = [late]
        with impatient(slack):
            reply = await slack.command(ONCALL, OPS, "/pm hello")
        assert reply.error == "operation_timeout"
        assert slack.messages(OPS, ONCALL)[0]["text"] == '`/pm` failed with the error "operation_timeout"'


async def test_the_bots_own_address_passes(bot_world):
    """Slack asks this when the bot's manifest is pasted: an address that fails it cannot be saved."""
    reply = await bot_world.slack.verify_url()
    assert (reply.status, reply.error) == (200, "")
