"""Slack: token, workspace, scopes, channels, Socket Mode; and its clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.config import Settings
from bot.delivery import webapi
from bot.delivery.channels import Channels
from bot.doctor.findings import Finding, Level, clock, failed, now, ok, warning
from bot.handlers.manifest import SCOPES

TIMEOUT = 10
RESOLUTION = 0.5  # seconds; the Date header has whole ones


async def look(settings: Settings, named: Mapping[str, str]) -> AsyncIterator[Finding]:
    """`named`: the channels the bot works in, by role."""
    token = settings.slack_bot_token.get_secret_value()
    client = AsyncWebClient(token=token, base_url=settings.api_url, timeout=TIMEOUT, retry_handlers=[])
    try:
        async for finding in _app(client, settings, named):
            yield finding
        if settings.slack_app_token is not None:
            yield await _socket_mode(client, settings.slack_app_token.get_secret_value())
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        yield failed(
            "slack",
            f"{settings.api_url} does not answer ({type(error).__name__})",
            "Check SLACK_API_URL (unset for the real Slack), and that this machine may reach it.",
        )


async def _app(client: AsyncWebClient, settings: Settings, named: Mapping[str, str]) -> AsyncIterator[Finding]:
    asked = now()
    try:
        who = await client.auth_test()
    except SlackApiError as error:
        yield _not_slacks(settings, error) or failed(
            "slack",
            f"the token is refused: {webapi.code(error)}",
            "Set SLACK_BOT_TOKEN to the Bot User OAuth Token (xoxb-…) from the app's page OAuth & Permissions.",
        )
        return
    if who["team_id"] == settings.slack_team_id:
        yield ok("slack", f"{who['user']} in the workspace {who['team']}")
    else:
        yield failed(
            "slack",
            f"the token belongs to the workspace {who['team_id']}, SLACK_TEAM_ID says {settings.slack_team_id}",
            "Set SLACK_TEAM_ID to the workspace the app is installed in, or use that app's token.",
        )
    yield _scopes(who)
    if compared := _clock(who, asked):
        yield compared if compared.level is Level.OK else await _clock_again(client, compared)
    channels = Channels(client, named)
    for role in sorted(named):
        yield await _channel(client, channels, role, settings)


def _clock(who: AsyncSlackResponse, asked: float) -> Finding | None:
    date = who.headers.get("Date")
    return clock("Slack", parsedate_to_datetime(date).timestamp() + RESOLUTION, asked) if date else None


async def _clock_again(client: AsyncWebClient, before: Finding) -> Finding:
    """Many servers set the date once a second, and later while they are busy: one answer alone is no proof."""
    await asyncio.sleep(3 * RESOLUTION)
    asked = now()
    return _clock(await client.auth_test(), asked) or before


def _scopes(who: AsyncSlackResponse) -> Finding:
    given = who.headers.get("X-OAuth-Scopes")
    if given is None:
        return warning("scopes", "Slack does not say which the token has", "Compare them with: pm manifest")
    missing = sorted(set(SCOPES) - {scope.strip() for scope in given.split(",")})
    if missing:
        return failed(
            "scopes",
            f"the token lacks {', '.join(missing)}",
            "Run pm manifest, paste its output into the app's manifest, and reinstall the app in the workspace.",
        )
    return ok("scopes", f"all {len(SCOPES)} are there")


def _not_slacks(settings: Settings, error: SlackApiError) -> Finding | None:
    """An answer without Slack's own word for what is wrong comes from something else."""
    if "error" in webapi.body(error):
        return None
    return failed(
        "slack",
        f"{settings.api_url} answers with status {webapi.status(error)}, but not as Slack does",
        "Check SLACK_API_URL (unset for the real Slack), and any proxy or firewall in between.",
    )


async def _channel(client: AsyncWebClient, channels: Channels, role: str, settings: Settings) -> Finding:
    shown, setting = channels.shown(role), f"PM_{'OPS' if role == 'operations' else role.upper()}_CHANNEL"
    try:
        channel = (await client.conversations_info(channel=await channels.id_of(role)))["channel"]
    except SlackApiError as error:
        if other := _not_slacks(settings, error):
            return other
        if (code := webapi.code(error)) not in ("channel_not_found", "invalid_arguments"):
            return failed("channels", f"{shown} cannot be looked up: {code}", "See scopes above.")
        return failed(
            "channels",
            f"{shown} ({role}) is not there, or is private and the bot is not in it",
            f"Create it, or set {setting} to another channel; then invite the bot there with /invite.",
        )
    if channel.get("is_archived"):
        return failed("channels", f"{shown} ({role}) is archived", f"Unarchive it, or set {setting} to another.")
    if not channel.get("is_member"):
        return failed("channels", f"the bot is not in {shown} ({role})", f"Type in {shown}: /invite @PenguinMails Ops")
    return ok("channels", f"{shown} is for {role}")


async def _socket_mode(client: AsyncWebClient, app_token: str) -> Finding:
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        return failed(
            "sockets",
            f"the app token is refused: {webapi.code(error)}",
            "Set SLACK_APP_TOKEN to an app-level token (xapp-…) with connections:write, or unset it to use HTTP.",
        )
    return ok("sockets", "Socket Mode can connect")
