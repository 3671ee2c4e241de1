"""A pytest in a process of its own, forked from one that has everything imported: only the tests take time."""

import os
import sys
from pathlib import Path

import pytest

from tests.forks import servers


def _run(arguments: list[str], variables: dict[str, str], said: Path) -> None:
    with said.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ.update(variables)
    sys.exit(pytest.main([*arguments, "-W", "ignore::pytest.PytestAssertRewriteWarning"]))  # of what was imported


def run(arguments: list[str], variables: dict[str, str], said: Path, longest: float) -> int | None:
    """Run it, with these variables in its environment too; the exit code, None if it had to be killed.

    What it says is written to the file. `longest` is in seconds.
    """
    process = servers.Process(target=_run, args=(arguments, variables, said))
    process.start()
    process.join(longest)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None
    return process.exitcode
