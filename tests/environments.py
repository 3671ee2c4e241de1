"""Environments of their own for other people's programs that tests run, each made once from its lock file."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

KEPT = Path(sys.prefix) / "others"  # with what else was installed for the tests: made once, then no network is needed


def python(name: str, lock: Path) -> str:
    """The Python of a virtual environment with what the lock file says, by hash."""

    def install(folder: Path) -> None:
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder, os.environ)
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
        run([*pip, "--require-hashes", "-r", str(lock)], folder, os.environ)

    return str(kept(name, lock, install) / "bin" / "python")


def kept(name: str, lock: Path, install: Callable[[Path], None]) -> Path:
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


def run(command: list[str], folder: Path, environment: "os._Environ[str]") -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        pytest.skip(f"needs the network once: {Path(command[0]).name} said {done.stderr.strip()[-300:]}")
