"""Each promise's tests fail when what carries it is dropped: every safeguard, once."""

import contextlib
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.postgres import EmbeddedPostgres
from tests.conftest import LENT
from tests.promises import (
    apart,
    safeguards,  # noqa: F401 - fills MUTATIONS
)
from tests.promises.mutations import MUTATIONS

FAILED = re.compile(r"^FAILED \S+::", re.MULTILINE)
LONGEST = 300.0  # seconds


@contextlib.contextmanager
def of_its_own(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A template that may be changed."""
    name = f"dropping_{uuid.uuid4().hex[:12]}"
    postgres.create_database(name, template)
    yield name
    postgres.drop_database(name)


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_promise_breaks_without_its_safeguard(
    name: str, request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str, tmp_path: Path
) -> None:
    """One of its tests fails, by itself: neither a fixture of it, nor pytest, nor for want of time."""
    if request.config.getoption("--without"):
        pytest.fail("a run without a safeguard does not drop further ones")
    taken = MUTATIONS[name]
    arguments = [str(Path(__file__).parent / taken.tests), "--without", name, "-x", "-q"]
    arguments += ["-p", "no:cacheprovider", "-p", "no:xdist", *(["-k", taken.only] if taken.only else [])]
    with of_its_own(postgres, template) if taken.sql else contextlib.nullcontext(template) as lent:
        variables = {LENT: f"{postgres.port} {postgres.password} {lent}"}
        code = apart.run(arguments, variables, tmp_path / "said", LONGEST)
    said = (tmp_path / "said").read_text(errors="replace")
    noticed = FAILED.search(said)  # in all of it: on CI, pytest shortens no line
    said = said[-5000:]
    assert code is not None, f"without {name} the tests did not end within {LONGEST:g} s:\n{said}"
    assert code != pytest.ExitCode.OK, f"{name} was dropped and nobody noticed:\n{said}"
    assert code == pytest.ExitCode.TESTS_FAILED, f"without {name} pytest itself ended with {code}:\n{said}"
    assert noticed, f"without {name} no test failed, something else did:\n{said}"
