"""What stands between this machine and Slack may answer in its place: that is no answer of Slack's, and no crash."""

import logging

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.delivery import webapi
from bot.errors import Later
from bot.handlers.routes import Routes
from localslack import hosting


async def refused_with(status: int, body: str, media_type: str, **headers: str) -> SlackApiError:
    """What the SDK raises when a server answers so."""

    async def answer(request: Request) -> Response:
        return Response(body, status, media_type=media_type, headers=headers)

    async with hosting.serve(Starlette(routes=[Route("/auth.test", answer, methods=["POST"])])) as url:
        with pytest.raises(SlackApiError) as raised:
            await AsyncWebClient(token="xoxb-1", base_url=f"{url}/", retry_handlers=[]).auth_test()
    return raised.value


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("upstream connect error", "text/plain"),
        ("<html>Bad gateway</html>", "text/html"),
        ("<html>", "application/json"),
        ("[]", "application/json"),
        ("", "application/json"),
    ],
)
async def test_a_proxys_page_is_waited_out(body: str, media_type: str) -> None:
    """Whatever it calls itself."""
    error = await refused_with(503, body, media_type)
    assert (webapi.status(error), webapi.code(error), webapi.body(error)) == (503, "status 503", {})
    with pytest.raises(Later):
        async with webapi.waiting():
            raise error


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7.0), ("0", 0.0), ("-1", 0.0), ("soon", webapi.SHORTLY), ("inf", webapi.LONGEST)]
)
async def test_slack_says_how_long_to_wait(said: str, seconds: float) -> None:
    limited = await refused_with(
        429, '{"ok": false, "error": "ratelimited"}', "application/json", **{"Retry-After": said}
    )
    with pytest.raises(Later) as later:
        async with webapi.waiting():
            raise limited
    assert later.value.seconds == seconds


async def test_what_slack_refuses_for_good_is_not_waited_for() -> None:
    revoked = await refused_with(200, '{"ok": false, "error": "token_revoked"}', "application/json")
    with pytest.raises(SlackApiError):
        async with webapi.waiting():
            raise revoked


def test_bolt_starts_without_noise(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It looks into the environment by itself, and has no use for the token there."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    with caplog.at_level(logging.WARNING):
        Routes("T1", {})
    assert [one.getMessage() for one in caplog.records] == []
