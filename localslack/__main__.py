"""Run the local Slack alone: python -m localslack --request-url http://127.0.0.1:3000/slack/events"""

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path

from localslack.local import LocalSlack
from localslack.workspace.app import installed
from localslack.workspace.model import Workspace
from localslack.workspace.sample import sample_workspace


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m localslack", description=__doc__)
    parser.add_argument("--request-url", help="where the app takes requests; without it: Socket Mode")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--config", type=Path, help="workspace.json; without it a small sample workspace")
    parser.add_argument("--manifest", type=Path, help="the app's manifest as JSON: its commands, scopes and events")
    asked = parser.parse_args()
    workspace = _workspace(asked.config)
    if asked.manifest:
        workspace = replace(workspace, **installed(json.loads(asked.manifest.read_text())))
    try:
        asyncio.run(_run(LocalSlack(workspace, asked.request_url), asked.port))
    except OSError as error:
        parser.error(f"port {asked.port} cannot be used: {error.strerror}; choose another one with --port")


def _workspace(config: Path | None) -> Workspace:
    return Workspace.from_json(json.loads(config.read_text())) if config else sample_workspace()


async def _run(slack: LocalSlack, port: int) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with slack.serve(port) as url:
        space = slack.workspace
        sys.stdout.write(
            f"Page           {url}/\nWeb API        {url}/api/\nBot token      {space.bot_token}\n"
            f"App token      {space.app_token}\nSigning secret {space.signing_secret}\nTeam           {space.team_id}\n"
        )
        sys.stdout.flush()
        await ended.wait()


if __name__ == "__main__":
    main()
