"""Bots made with other people's frameworks, pinned, and the environments they run in."""

import os
import shutil
from pathlib import Path

import pytest

from tests import environments

HERE = Path(__file__).parent


def bolt() -> tuple[list[str], dict[str, str]]:
    """The command of the Bolt app in JavaScript, and what its environment needs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node (Debian: apt-get install nodejs npm)")

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "bolt" / name, folder)
        command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        environments.run(command, folder, os.environ)

    folder = environments.kept("bolt", HERE / "bolt" / "package-lock.json", install)
    return [node, str(HERE / "bolt" / "app.js")], {"NODE_PATH": str(folder / "node_modules")}


def slack_machine() -> tuple[list[str], dict[str, str]]:
    """The same of the bot with slack-machine, whose pins want an environment of its own."""
    return [environments.python("machine", HERE / "machine.lock"), str(HERE / "machine_app.py")], {}
