"""Bots made with other people's frameworks, pinned, and the environments they run in."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
KEPT = Path(sys.prefix) / "others"  # with what else was installed for the tests: made once, then no network is needed


def bolt() -> tuple[list[str], dict[str, str]]:
    """The command of the Bolt app in JavaScript, and what its environment needs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node (Debian: apt-get install nodejs npm)")

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "bolt" / name, folder)
        command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        _run(command, folder, os.environ)

    folder = _kept("bolt", HERE / "bolt" / "package-lock.json", install)
    return [node, str(HERE / "bolt" / "app.js")], {"NODE_PATH": str(folder / "node_modules")}


def slack_machine() -> tuple[list[str], dict[str, str]]:
    """The same of the bot with slack-machine, whose pins want an environment of its own."""

    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder, os.environ)
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
        _run([*pip, "--require-hashes", "-r", str(HERE / "machine.lock")], folder, os.environ)

    folder = _kept("machine", HERE / "machine.lock", install)
    return [str(folder / "bin" / "python"), str(HERE / "machine_app.py")], {}


def _kept(name: str, lock: Path, install: Callable[[Path], None]) -> Path:
    """The folder with what this lock file says, made where it is not there yet, by whichever process comes first."""
    folder = KEPT / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        KEPT.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=KEPT))
        try:
            install(fresh)
            fresh.rename(folder)
        except OSError:  # another process was quicker
            assert folder.exists()
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _run(command: list[str], folder: Path, environment: "os._Environ[str]") -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        pytest.skip(f"needs the network once: {Path(command[0]).name} said {done.stderr.strip()[-300:]}")
