"""`pm rehearse` against a bot in a process of its own, as somebody uses it in a terminal."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from starlette.responses import Response

from bot.cli import main
from bot.demo.scenarios import rehearsal
from bot.demo.world import World
from localslack import hosting
from tests.conftest import Processes, environment
from tests.integration.command_line import BARE, free_port, pm


async def rehearsed(*options: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "rehearse", *options),
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode or 0, said.decode()


async def test_a_bot_elsewhere_is_rehearsed_over_http(
    surroundings: World, tmp_path: Path, processes: Processes
) -> None:
    """With the settings it prints the bot answers; each step has a line; what nobody could look at is not checked."""
    slack_port, bot_port = free_port(), free_port()
    processes.start("serve", "--all", PORT=bot_port, SLACK_API_URL=f"http://127.0.0.1:{slack_port}/api/")
    code, said = await rehearsed(
        *("approver-without-permission", "--port", slack_port, "--database-url", surroundings.database_url),
        *("--request-url", f"http://127.0.0.1:{bot_port}/slack/events"),
    )
    assert code == 0, said + processes.logs()
    for name in ("SLACK_API_URL", "SLACK_TEAM_ID", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        default = environment(surroundings)[name]
        assert f"{name}={f'http://127.0.0.1:{slack_port}/api/' if name == 'SLACK_API_URL' else default}" in said
    assert '  ✓ When Support clicks "Sign out Priya Raghunathan" on it\n' in said
    assert "  ✓ And nothing was done\n" in said
    assert (
        "  ? And the platform accepts Staffer's token (not checked: no token of Priya Raghunathan is known here)"
        in said
    )
    assert said.endswith("1 played: 5 things checked, 0 failed, 2 not checked.\n")


async def test_a_step_that_fails_ends_its_scenario_and_the_rehearsal_with_1(processes: Processes) -> None:
    """Over Socket Mode; what was expected, what was there instead, and which line of which file says so."""
    slack_port = free_port()
    connected = {"SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/", "SLACK_APP_TOKEN": "xapp-local-app"}
    processes.start("serve", "--all", PORT=free_port(), **connected)
    code, said = await rehearsed("double-click", "--port", slack_port, "--platform-url", "http://127.0.0.1:1")
    assert code == 1, said + processes.logs()
    assert "  ✗ Given Staffer is signed in 4 times\n    at 1-sign-out.feature:" in said
    assert "    expected: The platform answers.\n    instead: ConnectError: " in said
    assert 'Then the card shows "confirmed by the platform" (not played: a step before it failed)' in said
    assert said.endswith("1 played: 0 things checked, 1 failed, 8 not checked.\n")


def test_no_bot_is_said_in_a_sentence() -> None:
    """Nothing was rehearsed, and that is neither success nor failure: exit code 2."""
    done = pm("rehearse", "--port", "0", "--wait", "0")
    assert done.returncode == 2
    assert "SLACK_APP_TOKEN=xapp-local-app   (Socket Mode: no --request-url was given)\n" in done.stdout
    assert "Error: No bot connected by Socket Mode within 0 s, so nothing was rehearsed." in done.stdout


def test_a_bot_that_is_away_is_said_with_its_address() -> None:
    around = rehearsal.surroundings("http://127.0.0.1:1/slack/events", None, None, make_trouble=False)
    with pytest.raises(rehearsal.NoBotError) as silent:
        rehearsal.rehearse([], around, port=0, wait=0)
    assert silent.value.message.startswith(
        "The bot at http://127.0.0.1:1/slack/events did not take a command within 0 s"
    )
    assert "SLACK_SIGNING_SECRET" not in silent.value.message


async def test_a_bot_that_knows_another_secret_is_told_so() -> None:
    async with hosting.serve(Response(status_code=401)) as url:
        around = rehearsal.surroundings(url, None, None, make_trouble=False)
        with pytest.raises(rehearsal.NoBotError, match=r"it answered 401.* Its SLACK_SIGNING_SECRET is another one"):
            await asyncio.to_thread(rehearsal.rehearse, [], around, port=0, wait=0)


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(click.ClickException, match=rf"Port {port} is taken. Choose another one with --port\."):
            rehearsal.rehearse([], rehearsal.surroundings(None, None, None, make_trouble=False), port=port, wait=0)


def test_the_scenarios_are_listed_and_wrong_names_refused() -> None:
    listed = CliRunner().invoke(main, ["rehearse", "--list"])
    assert listed.exit_code == 0
    assert "revoke-with-approval  (one minute)\n    A laptop was stolen." in listed.output
    wrong = CliRunner().invoke(main, ["rehearse", "revoke"])
    assert wrong.exit_code == 1
    assert "Error: There is no scenario revoke. There are: a-stolen-laptop" in wrong.output
