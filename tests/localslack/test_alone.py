"""`python -m localslack` from the wheel, with nothing but what its extra installs, and anybody's app beside it."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from localslack import __main__ as program
from tests import wheels
from tests.conftest import until
from tests.localslack.playing import ONCALL, OPS

APP = Path(__file__).with_name("plain_app.py")
MANIFEST = {
    "display_information": {"name": "Plain"},
    "features": {
        "bot_user": {"display_name": "Plain"},
        "slash_commands": [{"command": "/plain", "description": "Says it again"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "team:read"]}},
    "settings": {"socket_mode_enabled": True, "event_subscriptions": {"bot_events": ["team_domain_change"]}},
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The programs of an environment with the wheel and the packages of the extra `localslack`, no others."""
    extras = tomllib.loads((wheels.ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wheel = wheels.build(tmp_path_factory.mktemp("wheel"))
    return wheels.fresh(tmp_path_factory.mktemp("alone"), wheel, wheels.needed(extras["localslack"]))


@contextlib.asynccontextmanager
async def running(*command, **environment):
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        env={"PATH": os.environ["PATH"], **environment},
        cwd=environment.get("HOME"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def printed(process):
    """What it prints at its start, by name; the warning before that is under "warned"."""
    lines = {}
    async with asyncio.timeout(60):
        while "Commands" not in lines:
            line = (await process.stdout.readline()).decode().strip()
            assert line, lines
            name, _, value = line.partition("  ")
            lines |= {name: value.strip()} if value else {"warned": lines.get("warned", "") + line}
    return lines


async def test_a_bolt_app_is_served_by_it(alone, tmp_path):
    """Neither a database nor the bot's settings: what the bot alone needs is not even there."""
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    async with running(alone / "python", "-c", "import psycopg") as without:
        assert b"No module named 'psycopg'" in await without.stdout.read()
    server = (alone / "python", "-m", "localslack", "--port", "0", "--manifest", "manifest.json", "--no-limits")
    async with running(*server, HOME=str(tmp_path)) as slack:
        said = await printed(slack)
        assert "never sends: team_domain_change" in said["warned"]
        assert said["Commands"] == "/plain"
        access = {
            "SLACK_API_URL": said["Web API"],
            "SLACK_BOT_TOKEN": said["Bot token"],
            "SLACK_APP_TOKEN": said["App token"],
            "SLACK_SIGNING_SECRET": said["Signing secret"],
        }
        async with running(sys.executable, APP, "socket", **access), httpx.AsyncClient(base_url=said["Page"]) as http:

            async def connected():
                return (await http.get("/_local/log")).json()["sockets"] == 1

            async def answered():
                return [one["text"] for one in (await http.get(f"/_local/messages?channel={OPS}&as={ONCALL}")).json()]

            await until(connected, 60)
            await http.post("/_local/command", json={"user": ONCALL, "channel": OPS, "text": "/plain hello"})
            assert await until(answered) == ["You said hello."]
            headers = {"Authorization": f"Bearer {said['Bot token']}"}
            calls = [await http.post("/api/team.info", headers=headers) for _ in range(60)]
            assert {call.status_code for call in calls} == {200}
        slack.terminate()
        assert await slack.wait() == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not as it should be"),
        ("[]", "is not as it should be"),
        ("{}", "is not as it should be: KeyError('display_information')"),
    ],
)
def test_a_manifest_that_is_none_is_told_in_a_sentence(tmp_path, capsys, content, complaint):
    manifest = tmp_path / "manifest.json"
    if content is not None:
        manifest.write_text(content)
    with pytest.raises(SystemExit):
        program.main(["--manifest", str(manifest)])
    assert complaint in capsys.readouterr().err


def test_help_shows_how_an_app_finds_it(capsys):
    with pytest.raises(SystemExit):
        program.main(["--help"])
    said = capsys.readouterr().out
    assert all(part in said for part in ("--request-url", "--no-limits", "base_url=", "slackApiUrl", "Socket Mode"))
