"""What is tried of a property is the same in every run, whatever ran before it in the process."""

import os
import subprocess
import sys

import pytest

DRAWN = """
import importlib, hashlib, sys

import tests.conftest
for name in sys.argv[1:]:
    importlib.import_module(name)
from hypothesis import given, settings, strategies as st
from tests.unit.templates.drawn import DRAWN
from tests.unit.templates import answers, proposals

seen = hashlib.sha256()
strategies = [st.text(), st.integers(), st.floats(), st.binary()]
strategies += [DRAWN[name].map(lambda drawn: drawn.content) for name in ("told.j2", "help.j2")]


@given(st.one_of(strategies))
@settings(max_examples=100)
def look(value):
    seen.update(repr(value).encode())


look()
print(seen.hexdigest())
"""


def drawn(seed: str, *loaded: str) -> str:
    """What all examples come to in a process with this seed of hashes, which has loaded these modules before."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    ran = subprocess.run(
        [sys.executable, "-c", DRAWN, *loaded], env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout


@pytest.mark.parametrize(("seed", "loaded"), [("2", []), ("1", ["bot.app", "bot.doctor.live", "localslack.web"])])
def test_examples_depend_on_nothing_but_the_test(seed: str, loaded: list[str]) -> None:
    """Neither on the order of sets nor on what is loaded, whose constants Hypothesis would try, too."""
    assert drawn(seed, *loaded) == drawn("1")
