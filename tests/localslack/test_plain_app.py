"""An app that knows nothing of this project works with the local Slack, unchanged, over HTTP and over Socket Mode."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from localslack import LocalSlack
from localslack.workspace.app import Shortcut, SlashCommand
from tests.conftest import free_port, until
from tests.localslack.playing import ONCALL, OPS, SECURITY, workspace

APP = Path(__file__).with_name("plain_app.py")
SCOPES = {"app_mentions:read", "chat:write", "commands", "files:write"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=["http", "socket"], scope="module", loop_scope="module")
async def slack(request, tmp_path_factory):
    """The workspace with the app in it: a process of its own, with the scopes that it needs and no more."""
    space = workspace(
        commands=(SlashCommand("/plain"),),
        shortcuts=(Shortcut("Ask", "ask", "global"), Shortcut("Note", "note", "message")),
        events=frozenset({"app_home_opened", "app_mention"}),
        scopes=frozenset(SCOPES),
    )
    local, port = LocalSlack(space, ack_seconds=10, trigger_seconds=10), free_port()
    async with local.serve() as url:
        environment = {
            "PATH": os.environ["PATH"],
            "SLACK_API_URL": f"{url}/api/",
            "SLACK_BOT_TOKEN": space.bot_token,
            "SLACK_APP_TOKEN": space.app_token,
            "SLACK_SIGNING_SECRET": space.signing_secret,
            "PORT": str(port),
        }
        with (tmp_path_factory.mktemp("app") / "log").open("w+") as log:
            command = [sys.executable, str(APP), request.param]
            with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:  # noqa: ASYNC220 - brief
                try:
                    await connected(local, request.param, port)
                    yield local
                finally:
                    process.kill()


async def connected(local, mode, port):
    if mode == "socket":
        await until(lambda: len(local.sockets) == 1, 60)
        return
    local.request_url = f"http://127.0.0.1:{port}/slack/events"

    async def verified():
        return not (await local.verify_url()).error

    await until(verified, 60)


@pytest.fixture(autouse=True)
def emptied(slack):
    """Each test finds the channel and the forms as they were in the beginning."""
    slack.state.messages[OPS].clear()
    slack.state.close_views(ONCALL)


async def test_a_command_is_answered(slack):
    await slack.command(ONCALL, OPS, "/plain hello")
    await until(lambda: slack.messages(OPS, ONCALL))
    assert [one["text"] for one in slack.messages(OPS, ONCALL)] == ["You said hello."]
    assert slack.messages(OPS, SECURITY) == []


async def test_a_form_goes_from_type_ahead_through_an_error_to_its_end(slack):
    await slack.command(ONCALL, OPS, "/plain form")
    (view,) = await until(lambda: slack.views(ONCALL))
    offered = await slack.suggest(ONCALL, view["id"], "person", "person", "an")
    refused = await slack.submit(ONCALL, view["id"], {"Person": "anna", "Reason": "no"})
    assert [one["value"] for one in offered] == ["anna", "anton"]
    assert refused.errors == {"reason": "Say a little more."}
    assert slack.views(ONCALL)
    await slack.submit(ONCALL, view["id"], {"Reason": "because of that"})
    await until(lambda: slack.messages(OPS))
    assert slack.views(ONCALL) == []
    assert slack.messages(OPS)[0]["text"] == f"<@{ONCALL}> asks for anna"


async def test_a_file_is_uploaded_into_the_channel(slack):
    await slack.command(ONCALL, OPS, "/plain file")
    (message,) = await until(lambda: slack.messages(OPS, SECURITY))
    (file,) = message["files"]
    assert message["text"] == "Here"
    assert (file["name"], file["size"]) == ("report.csv", 18)


async def test_app_home_is_published_and_its_button_works(slack):
    await slack.open_home(SECURITY)
    await until(lambda: slack.home(SECURITY))
    await slack.click(SECURITY, slack.home(SECURITY)["id"], None, "count")
    await until(lambda: slack.home(SECURITY)["blocks"][0]["text"]["text"] == "Counted 1")
    assert slack.home(ONCALL) is None


async def test_a_shortcut_from_anywhere_opens_the_form(slack):
    await slack.shortcut(ONCALL, "ask")
    (view,) = await until(lambda: slack.views(ONCALL))
    assert view["private_metadata"] == OPS


async def test_a_shortcut_of_a_message_answers_in_its_thread(slack):
    ts = await slack.post_as(SECURITY, OPS, "remember this")
    await slack.shortcut(ONCALL, "note", channel=OPS, message_ts=ts)
    await until(lambda: len(slack.messages(OPS, ONCALL)) == 3)
    _, noted, thanks = slack.messages(OPS, ONCALL)
    assert (noted["text"], noted["thread_ts"]) == ("Noted: remember this", ts)
    assert (thanks["text"], thanks["is_ephemeral"]) == ("Thank you.", True)


async def test_a_mention_is_answered_in_its_thread(slack):
    await slack.mention(ONCALL, OPS, "hello")
    await until(lambda: len(slack.messages(OPS)) == 2)
    said, answered = slack.messages(OPS)
    assert (answered["text"], answered["thread_ts"]) == ("Yes?", said["ts"])


async def test_many_at_once_are_all_answered(slack):
    await asyncio.gather(*(slack.command(ONCALL, OPS, f"/plain {number}") for number in range(10)))
    await until(lambda: len(slack.messages(OPS, ONCALL)) == 10)
    assert {one["text"] for one in slack.messages(OPS, ONCALL)} == {f"You said {number}." for number in range(10)}
