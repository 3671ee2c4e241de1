"""Bots of other people's frameworks work with the local Slack, changed in nothing but the address of its Web API."""

import os
import subprocess

import pytest

from localslack import LocalSlack
from localslack.workspace.app import SlashCommand
from tests.conftest import until
from tests.localslack import others
from tests.localslack.playing import ONCALL, OPS, SECURITY, workspace

BOTS = {"slack-machine": others.slack_machine, "Bolt for JavaScript": others.bolt}


@pytest.fixture(params=BOTS)
async def slack(request, tmp_path):
    """With the bot connected: its framework read who and what is there, and refused none of it."""
    command, more = BOTS[request.param]()
    local = LocalSlack(workspace(commands=(SlashCommand("/deploy"),)), ack_seconds=10)
    async with local.serve() as url:
        access = {
            "SLACK_API_URL": f"{url}/api/",
            "SLACK_BOT_TOKEN": local.workspace.bot_token,
            "SLACK_APP_TOKEN": local.workspace.app_token,
        }
        with (tmp_path / "log").open("w+") as log:
            environment = {"PATH": os.environ["PATH"], **access, **more}
            with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:  # noqa: ASYNC220 - brief
                try:
                    await until(lambda: len(local.sockets) or process.poll() is not None, 60)
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    yield local
                finally:
                    process.kill()


async def test_it_answers_a_command_a_mention_and_a_click(slack):
    def texts(user):
        return [one["text"] for one in slack.messages(OPS, user)]

    await slack.command(ONCALL, OPS, "/deploy 2.4.1")
    await until(lambda: texts(ONCALL) == ["Deploying 2.4.1."])
    await slack.mention(SECURITY, OPS, "shall you?")
    await until(lambda: "Shall I?" in texts(SECURITY))
    asked, question = slack.messages(OPS, SECURITY)
    assert question["thread_ts"] == asked["ts"]
    assert (await slack.click(ONCALL, question["ts"], OPS, "Approve")).error == ""
    await until(lambda: f"Approved by <@{ONCALL}>" in texts(SECURITY))
    assert [call.method for call in slack.calls if not call.answer.get("ok")] == []
