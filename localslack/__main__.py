"""Run the local Slack alone: python -m localslack --help"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from localslack.local import LocalSlack
from localslack.workspace.app import SlashCommand, installed
from localslack.workspace.model import Workspace
from localslack.workspace.sample import sample_workspace

ABOUT = """\
A Slack on this machine, for trying and testing any Slack app: Web API, signed requests, Socket Mode, and a page
in which one is anybody."""
EXAMPLES = """\
examples:
  python -m localslack --manifest manifest.json
        for an app that connects by Socket Mode
  python -m localslack --manifest manifest.json --request-url http://127.0.0.1:3000/slack/events
        for an app that listens for requests
  python -m localslack --command /deploy --no-limits
        without a manifest: an app with one command, that may call as often as it likes

In the app only the address of the Web API differs: WebClient(base_url="http://127.0.0.1:8900/api/") in Python,
new App({ clientOptions: { slackApiUrl: "http://127.0.0.1:8900/api/" } }) in JavaScript. Its tokens are printed
at the start. README.md beside this program says what is covered, and how things are made to go wrong.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        workspace = _workspace(asked)
    except OSError as error:
        parser.error(f"{error.filename} cannot be read: {error.strerror}")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        parser.error(f"the manifest or the workspace is not as it should be: {error!r}")
    try:
        asyncio.run(_run(LocalSlack(workspace, asked.request_url, limits=not asked.no_limits), asked.port))
    except OSError as error:
        parser.error(f"port {asked.port} cannot be used: {error.strerror}; choose another one with --port")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m localslack",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--manifest", type=Path, metavar="FILE", help="the app's manifest as JSON: its commands, scopes and events")
    option("--request-url", metavar="URL", help="where the app listens for requests; without it: Socket Mode")
    option("--command", action="append", default=[], metavar="/NAME", help="a slash command beside the manifest's")
    option("--port", type=int, default=8900, help="8900 unless said otherwise; 0 takes one that is free")
    option("--no-limits", action="store_true", help="without rate limits: the app may call as often as it likes")
    option("--config", type=Path, metavar="FILE", help="people and channels as JSON; without it a few made up")
    return parser


def _workspace(asked: argparse.Namespace) -> Workspace:
    workspace = Workspace.from_json(_read(asked.config)) if asked.config else _sample()
    if asked.manifest:
        workspace = replace(workspace, **installed(_read(asked.manifest)))
    more = [SlashCommand(f"/{name.removeprefix('/')}") for name in asked.command]
    return replace(workspace, commands=(*workspace.commands, *more))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _sample() -> Workspace:
    """The sample without an app's own commands."""
    return replace(sample_workspace(), name="Local workspace", domain="local", bot_name="App", commands=())


async def _run(slack: LocalSlack, port: int) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with slack.serve(port) as url:
        sys.stdout.write(_begun(slack.workspace, url, slack.request_url))
        sys.stdout.flush()
        await ended.wait()


def _begun(space: Workspace, url: str, request_url: str | None) -> str:
    lines = {
        "Page": f"{url}/",
        "Web API": f"{url}/api/",
        "Bot token": space.bot_token,
        "App token": space.app_token,
        "Signing secret": space.signing_secret,
        "Team": space.team_id,
        "Requests go to": request_url or "whoever connects by Socket Mode",
        "Commands": " ".join(one.command for one in space.commands) or "none: name them with --manifest or --command",
    }
    return "".join(f"{name:<16}{value}\n" for name, value in lines.items())


if __name__ == "__main__":
    main()
