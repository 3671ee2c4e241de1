"""The Slack app manifest says what the code needs of Slack, as Slack takes it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.handlers.manifest import EVENTS, SCOPES, manifest
from localslack import LocalSlack, Workspace
from localslack.workspace.scopes import EVENT_SCOPES, METHOD_SCOPES, Kind
from tests.unit.manifest_schema import complaints

URL = "https://ops.penguinmails.example"
BOT = Path(__file__).parents[2] / "bot"
CHANNELS: tuple[Kind, ...] = ("public_channel", "private_channel")
# Where a method's scopes depend on the kind of conversation: the kinds for which the bot calls it.
KINDS: dict[str, tuple[Kind, ...]] = {
    "conversations.history": (*CHANNELS, "im"),
    "conversations.archive": ("public_channel",),
    "conversations.create": ("public_channel", "private_channel"),
    "conversations.info": CHANNELS,
    "conversations.invite": ("public_channel", "private_channel"),
    "conversations.kick": ("private_channel",),
    "conversations.list": CHANNELS,
    "conversations.members": ("private_channel",),
    "conversations.open": ("im",),
    "conversations.replies": (*CHANNELS, "im"),
    "conversations.setTopic": ("public_channel", "private_channel"),
}
# What the SDK's own methods call.
MADE_OF = {"files.upload.v2": ("files.getUploadURLExternal", "files.completeUploadExternal")}


def printed(*options: str) -> Any:
    """What `pm manifest` prints."""
    return json.loads(CliRunner().invoke(main, ["manifest", *options], catch_exceptions=False).output)


@pytest.mark.parametrize("options", [("--url", URL), ()], ids=["http", "socket"])
def test_slack_takes_what_is_printed(options: tuple[str, ...]) -> None:
    """In one paste: every field is known, none is missing, none too long, every address https."""
    assert complaints(printed(*options)) == []


def test_an_address_slack_would_not_take_is_refused() -> None:
    """With what to do instead."""
    refused = CliRunner().invoke(main, ["manifest", "--url", "http://pm.example.com"])
    assert refused.exit_code == 2
    assert "Slack posts to https:// addresses only. For Socket Mode, give no address." in refused.output


def test_a_manifest_slack_would_not_take_is_noticed() -> None:
    """The check itself can tell."""
    wrong = manifest("http://ops.penguinmails.example")
    wrong["display_information"]["name"] = "x" * 36
    wrong["features"]["bot_user"].pop("display_name")
    wrong["features"]["slash_commands"][0]["hint"] = "who"
    wrong["settings"]["event_subscriptions"]["bot_events"] *= 2
    assert {complaint.partition(":")[0] for complaint in complaints(wrong)} == {
        "display_information.name",
        "features.bot_user.display_name",
        "features.slash_commands.0.hint",
        "features.slash_commands.0.url",
        "settings.event_subscriptions.request_url",
        "settings.event_subscriptions.bot_events",
        "settings.interactivity.request_url",
        "settings.interactivity.message_menu_options_url",
    }


@pytest.mark.parametrize("options", [("--url", URL), ()], ids=["http", "socket"])
def test_the_local_slack_installs_the_app_from_what_is_printed(options: tuple[str, ...]) -> None:
    """Its name, command, tabs, events and scopes; and whether requests go to an address or through a socket."""
    slack = LocalSlack(Workspace.from_manifest(printed(*options)))
    space = slack.workspace
    assert (space.bot_name, space.commands[0].command, space.home_tab) == ("PenguinMails Ops", "/pm", True)
    assert (space.scopes, space.events) == (set(SCOPES), set(EVENTS))
    assert slack.request_url == (f"{URL}/slack/events" if options else None)


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


def called() -> set[str]:
    """The methods of the Web API that the bot's code calls, by their names in Slack."""
    sources = [file.read_text() for file in BOT.rglob("*.py") if "demo" not in file.parts]
    families = "|".join(sorted({method.partition(".")[0] for method in METHOD_SCOPES}))
    names = {name for source in sources for name in re.findall(rf"client\.((?:{families})_\w+)\(", source)}
    dotted = {name.replace("_", ".") for name in names}
    return {method for name in dotted for method in MADE_OF.get(name, (name,))}


def test_the_scopes_are_exactly_those_the_code_needs() -> None:
    """Of the methods it calls, the events it hears, and the command: none is missing, none is for nothing."""
    methods = called() - {"apps.connections.open"}  # its token is another
    assert methods >= {"auth.test", "chat.postMessage", "conversations.history", "views.open"}
    needed = {"commands"}
    for method in methods:
        needs = METHOD_SCOPES[method]
        for several in [needs] if isinstance(needs, tuple) else [needs[kind] for kind in KINDS[method]]:
            needed |= set(several[:1])
    for event in EVENTS:
        needed |= set(EVENT_SCOPES[event])
    assert needed == set(SCOPES)
    assert len(SCOPES) == len(set(SCOPES))


def test_the_events_are_ones_the_local_slack_sends() -> None:
    """What the demo shows is what the manifest subscribes to."""
    assert set(EVENTS) <= EVENT_SCOPES.keys()
