"""Each promise's tests fail when what carries it is dropped: every carrier, once."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.promises import carriers  # noqa: F401 - fills DROPS
from tests.promises.drops import DROPS

FAILED = 1  # pytest's exit code for tests that ran and failed; anything else proves nothing


@pytest.mark.parametrize("name", sorted(DROPS))
def test_a_promise_breaks_without_its_carrier(name: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--drop"):
        pytest.fail("a run without a carrier does not drop further ones")
    taken = DROPS[name]
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", str(folder / taken.tests), "--drop", name, "-x", "-q"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", *(["-k", taken.only] if taken.only else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=folder.parent.parent)
    assert done.returncode == FAILED, (
        f"{name} was dropped and nobody noticed:\n{done.stdout[-3000:]}{done.stderr[-2000:]}"
    )
