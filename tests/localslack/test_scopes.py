"""Tokens and scopes: what the app was installed with decides what it may call and hear of."""

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo import world
from bot.handlers.manifest import manifest
from localslack import LocalSlack, Workspace
from localslack.api.door import METHODS
from localslack.workspace.app import Shortcut, SlashCommand
from localslack.workspace.scopes import ALL_SCOPES, EVENT_SCOPES, METHOD_SCOPES
from tests.conftest import asked, until
from tests.localslack.calling import error_of, posted, refusal
from tests.localslack.playing import ONCALL, OPS, SECRET, SECURITY, workspace

FREE = sorted(name for name, needs in METHOD_SCOPES.items() if not needs)
GUARDED = sorted(name for name, needs in METHOD_SCOPES.items() if needs and name != "apps.connections.open")
MANIFEST = {
    "display_information": {"name": "Watcher"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
        "bot_user": {"display_name": "Watch bot"},
        "slash_commands": [
            {"command": "/watch", "description": "Watch", "usage_hint": "what", "should_escape": True},
            {"command": "/unwatch", "description": "Stop", "url": "https://x.example/slack"},
        ],
        "shortcuts": [{"name": "Watch this", "type": "message", "callback_id": "watch", "description": "Watch it"}],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "channels:history"]}},
    "settings": {
        "event_subscriptions": {"request_url": "https://x.example/slack", "bot_events": ["message.channels"]},
        "interactivity": {"is_enabled": True, "request_url": "https://x.example/slack"},
        "socket_mode_enabled": False,
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare():
    """An app without a single scope."""
    slack = LocalSlack(workspace(scopes=frozenset()), limits=False)
    async with slack.serve() as url:
        yield AsyncWebClient(slack.workspace.bot_token, base_url=f"{url}/api/")


class TestScopes:
    def test_every_method_says_what_it_needs(self):
        assert METHOD_SCOPES.keys() == METHODS.keys()

    @pytest.mark.asyncio(loop_scope="module")
    @pytest.mark.parametrize("method", GUARDED)
    async def test_without_its_scope_a_method_is_missing_it(self, bare, method):
        """`needed` names what would do, `provided` what there is, and so do the headers."""
        refused = await refusal(bare.api_call(method))
        assert (refused["error"], refused["provided"]) == ("missing_scope", "")
        accepted = refused.headers["X-Accepted-OAuth-Scopes"].split(",")
        assert set(refused["needed"].split(",")) <= set(accepted) <= ALL_SCOPES
        assert refused.headers["X-OAuth-Scopes"] == ""

    @pytest.mark.asyncio(loop_scope="module")
    @pytest.mark.parametrize("method", [name for name in FREE if name != "auth.revoke"])
    async def test_some_methods_need_none(self, bare, method):
        try:
            answer = await bare.api_call(method)
        except Exception as error:  # noqa: BLE001 - of which only Slack's word matters
            answer = error.response
        assert answer.get("error") != "missing_scope"

    @pytest.mark.parametrize(
        ("granted", "channel", "needed"),
        [
            ("channels:history", OPS, None),
            ("groups:history", OPS, "channels:history"),
            ("channels:history", SECRET, "groups:history"),
            ("groups:history", SECRET, None),
            ("channels:history", ONCALL, "im:history"),
            ("channels:history", f"{ONCALL},{SECURITY}", "mpim:history"),
        ],
    )
    async def test_history_is_guarded_by_the_kind_of_conversation(self, slack, client, granted, channel, needed):
        if channel.startswith("U"):
            channel = slack.state.direct(channel.split(",")).id
        slack.workspace.scopes = frozenset({granted})
        call = client.conversations_history(channel=channel)
        if needed is None:
            assert (await call)["ok"] is True
        else:
            refused = await refusal(call)
            assert (refused["error"], refused["needed"], refused["provided"]) == ("missing_scope", needed, granted)

    async def test_lists_are_guarded_by_the_types_asked_for(self, slack, client):
        slack.workspace.scopes = frozenset({"channels:read", "im:write", "channels:manage"})
        assert (await client.conversations_list())["ok"] is True
        both = await refusal(client.conversations_list(types="public_channel,private_channel"))
        several = await refusal(client.conversations_open(users=[ONCALL, SECURITY]))
        private = await refusal(client.conversations_create(name="x", is_private=True))
        assert (both["needed"], several["needed"], private["needed"]) == ("groups:read", "mpim:write", "groups:write")
        await client.conversations_open(users=ONCALL)
        await client.conversations_create(name="x")


class TestEvents:
    async def test_one_that_is_not_subscribed_or_not_allowed_is_not_sent(self, slack, client, app):
        """The second message's event shows that the first one's and the reactions' would have been here."""
        slack.workspace.events = frozenset({"message.channels", "message.groups", "reaction_added"})
        slack.workspace.scopes = ALL_SCOPES - {"groups:history", "reactions:read"}
        ts = await posted(client, SECRET, "unheard")
        await client.reactions_add(channel=SECRET, timestamp=ts, name="eyes")
        await client.pins_add(channel=SECRET, timestamp=ts)
        await posted(client, OPS, "heard")
        await until(lambda: app.seen)
        assert [one["event"]["text"] for one in app.seen] == ["heard"]

    async def test_what_happens_where_the_bot_is_not_is_not_its_business(self, slack, client, app):
        slack.state.channels[SECRET].members = [SECURITY]
        await slack.post_as(SECURITY, SECRET, "unheard")
        await slack.post_as(SECURITY, OPS, "heard")
        await until(lambda: app.seen)
        assert [one["event"]["text"] for one in app.seen] == ["heard"]

    def test_each_event_needs_scopes_an_app_can_have(self):
        assert {scope for needs in EVENT_SCOPES.values() for scope in needs} <= ALL_SCOPES


class TestTokens:
    async def test_who_calls_with_the_wrong_token_is_told_which(self, slack, client):
        def calling(token):
            return AsyncWebClient(token, base_url=f"{slack.base_url}/api/")

        space = slack.workspace
        errors = {
            "none": await error_of(calling(None).auth_test()),
            "made up": await error_of(calling("xoxb-made-up").auth_test()),
            "the app's for a method": await error_of(calling(space.app_token).auth_test()),
            "the bot's for a socket": await error_of(client.apps_connections_open(app_token=space.bot_token)),
        }
        assert errors == {
            "none": "not_authed",
            "made up": "invalid_auth",
            "the app's for a method": "not_allowed_token_type",
            "the bot's for a socket": "not_allowed_token_type",
        }
        assert (await client.apps_connections_open(app_token=space.app_token))["url"].startswith("ws://")

    async def test_a_revoked_token_works_no_more(self, slack, client):
        assert (await client.auth_revoke(test=True))["revoked"] is False
        assert (await client.auth_revoke())["revoked"] is True
        assert await error_of(client.auth_test()) == "token_revoked"

    async def test_the_token_of_an_app_that_was_removed_is_inactive(self, slack, client):
        slack.state.token_errors[slack.workspace.bot_token] = "account_inactive"
        assert await error_of(client.auth_test()) == "account_inactive"


async def test_the_bot_runs_with_what_its_manifest_asks_for(bot_world):
    """Installed from it alone: a card, App Home and a private answer, and no call was refused."""
    slack, oncall = bot_world.slack, world.slack_id("oncall")
    space = Workspace.from_manifest(manifest(None))
    assert (slack.workspace.scopes, slack.workspace.events) == (space.scopes, space.events)
    await asked(bot_world)
    await slack.open_home(oncall)
    await until(lambda: slack.home(oncall))
    assert {call.method for call in slack.calls} >= {"chat.postMessage", "views.publish", "conversations.list"}
    assert [call for call in slack.calls if not call.answer["ok"]] == []


class TestManifest:
    def test_it_decides_what_the_app_may_do_and_how_it_is_reached(self):
        space = Workspace.from_manifest(MANIFEST, team_id="T0OURS")
        assert (space.bot_name, space.team_id) == ("Watch bot", "T0OURS")
        assert space.scopes == {"chat:write", "channels:history"}
        assert space.events == {"message.channels"}
        assert (space.home_tab, space.messages_tab, space.interactive) == (True, False, True)
        assert space.request_url == "https://x.example/slack"

    def test_it_brings_commands_and_shortcuts(self):
        space = Workspace.from_manifest(MANIFEST)
        assert space.commands == (
            SlashCommand("/watch", "what", "Watch", should_escape=True),
            SlashCommand("/unwatch", "", "Stop"),
        )
        assert space.shortcuts == (Shortcut("Watch this", "watch", "message", "Watch it"),)

    def test_in_socket_mode_there_is_no_address(self):
        settings = MANIFEST["settings"] | {"socket_mode_enabled": True}
        assert Workspace.from_manifest(MANIFEST | {"settings": settings}).request_url is None

    def test_what_it_leaves_out_the_app_has_not(self):
        space = Workspace.from_manifest({"display_information": {"name": "Bare"}})
        assert (space.bot_name, space.commands, space.scopes, space.events) == ("Bare", (), frozenset(), frozenset())
        assert (space.home_tab, space.interactive) == (False, False)
