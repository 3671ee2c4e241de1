"""The Slack app manifest says what the code needs of Slack."""

import re
from pathlib import Path

from bot.demo.slack.workspace.model import DEFAULT_EVENTS
from bot.handlers.manifest import EVENTS, manifest

URL = "https://ops.penguinmails.example"
BOT = Path(__file__).parents[2] / "bot"
# The scope that each method of the Web API asks for.
SCOPE = {
    "chat_postMessage": "chat:write",
    "chat_postEphemeral": "chat:write",
    "chat_update": "chat:write",
    "chat_delete": "chat:write",
    "conversations_history": "channels:history",
    "conversations_info": "channels:read",
    "conversations_list": "channels:read",
    "conversations_replies": "channels:history",
    "conversations_open": "im:write",
    "files_upload_v2": "files:write",
    "views_open": None,
    "views_publish": None,
}


def test_over_http_every_request_has_an_address() -> None:
    """Commands, events, clicks and type-ahead all go to the one path the bot serves."""
    made, there = manifest(f"{URL}/"), f"{URL}/slack/events"
    settings = made["settings"]
    assert made["features"]["slash_commands"][0]["url"] == there
    assert settings["event_subscriptions"]["request_url"] == there
    assert settings["interactivity"]["request_url"] == there
    assert settings["interactivity"]["message_menu_options_url"] == there
    assert settings["socket_mode_enabled"] is False


def test_in_socket_mode_nothing_has_an_address() -> None:
    """Slack would ask for the address to be verified."""
    made = manifest(None)
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"]["is_enabled"] is True
    assert "url" not in str(made)


def test_both_differ_in_nothing_else() -> None:
    """Rights and events do not depend on the transport."""
    over_http, socket = manifest(URL), manifest(None)
    assert over_http["oauth_config"] == socket["oauth_config"]
    assert over_http["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert socket["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_mentions_arrive_as_ids() -> None:
    """`should_escape`: a name alone would be a guess."""
    [command] = manifest(None)["features"]["slash_commands"]
    assert command["command"] == "/pm"
    assert command["should_escape"] is True


def test_the_scopes_are_those_of_the_calls_the_code_makes() -> None:
    """A new call of the Web API has to say here which scope it needs."""
    sources = [file.read_text() for file in BOT.rglob("*.py") if "demo" not in file.parts]
    called = {
        name
        for source in sources
        for name in re.findall(r"client\.((?:chat|conversations|files|views|users)_\w+)\(", source)
    }
    assert called <= SCOPE.keys()
    scopes = set(manifest(None)["oauth_config"]["scopes"]["bot"])
    assert {SCOPE[name] for name in called} - {None} <= scopes


def test_the_events_are_ones_the_local_slack_sends() -> None:
    """What the demo shows is what the manifest subscribes to."""
    assert set(EVENTS) <= DEFAULT_EVENTS
