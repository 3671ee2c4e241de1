"""`make mutants`: makes each listed mistake in a copy of the tree, and counts those that the tests concerned notice.

`python -m tests.mutants [WORD…]` takes those with one of the words in their area or name.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.demo.postgres import EmbeddedPostgres
from tests.conftest import LENT, in_memory, keeping_in_use, seeded
from tests.mutants.listed import ROOT, Mutant, listed

LEAST = 90  # per cent
LEFT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
PYTEST = ("-m", "pytest", "-x", "-q", "-n", "2", "-p", "no:cacheprovider")
FAILED = re.compile(r"^FAILED (?P<file>\S+?)::(?P<test>\S+)", re.MULTILINE)
LONGEST = 3600.0  # seconds for all the tests that are named, without a mistake


class NotGreen(Exception):
    """The tests fail, or take too long, without any mistake."""


@dataclass(frozen=True)
class Copy:
    """A copy of the tree that mistakes are made in, with a server whose template its tests clone."""

    root: Path
    postgres: EmbeddedPostgres
    template: str
    keep_in_use: Callable[[], None]

    @property
    def variables(self) -> dict[str, str]:
        """Whoever starts a process of the tests, or one of theirs, imports from the copy."""
        lent = f"{self.postgres.port} {self.postgres.password} {self.template}"
        ours = {name: value for name, value in os.environ.items() if name != "PM_NOTHING_LEFT_OUT"}
        return {**ours, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", LENT: lent}

    @contextlib.contextmanager
    def mistaken(self, mutant: Mutant) -> Iterator[None]:
        file = self.root / mutant.file
        source = file.read_text("utf-8")
        file.write_text(mutant.of(source), "utf-8")
        try:
            yield
        finally:
            file.write_text(source, "utf-8")

    def failing(self, tests: Collection[str], longest: float) -> str | None:
        """Run these tests: the first one that failed, "" if none did, None if they did not end in time."""
        self.keep_in_use()
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(
                [sys.executable, *PYTEST, *tests],
                cwd=self.root,
                env=self.variables,
                stdout=said,
                stderr=said,
                start_new_session=True,  # whatever the tests started ends with them
            )
            try:
                code = process.wait(longest)
            except subprocess.TimeoutExpired:
                return None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            said.seek(0)
            text = said.read()
        if code == 0:
            return ""
        if failed := FAILED.search(text):
            return f"{Path(failed['file']).stem}: {failed['test'].removeprefix('test_')}"
        raise NotGreen(f"no test failed, something else did:\n{text[-3000:]}")


@contextlib.contextmanager
def copied() -> Iterator[Copy]:
    """The tree as it is now, below a temporary folder. Raises `NotGreen` if its tests would import another one."""
    with tempfile.TemporaryDirectory(prefix="pm-mutants-") as folder, in_memory(), EmbeddedPostgres.start() as postgres:
        root = Path(folder) / "tree"
        shutil.copytree(ROOT, root, ignore=LEFT)
        template = seeded(postgres)
        copy = Copy(root, postgres, template, keeping_in_use(postgres.url(template)))
        asked = [sys.executable, "-c", "import bot; print(bot.__file__)"]
        imported = subprocess.check_output(asked, cwd="/", env=copy.variables, text=True).strip()
        if not Path(imported).is_relative_to(root):
            raise NotGreen(f"the tests would import {imported}, where there is no mistake")
        yield copy


def noticed(copy: Copy, mutants: Sequence[Mutant]) -> dict[Mutant, str]:
    """By whom each was noticed, "" if by nobody. Raises `NotGreen`."""
    everything = dict.fromkeys(test for one in mutants for test in one.tests)
    began = time.monotonic()
    failing = copy.failing(everything, LONGEST)
    if failing != "":
        raise NotGreen(f"without any mistake: {failing or 'not over in time'}")
    longest = 2 * (time.monotonic() - began)  # what takes longer for some of them than twice for all hangs
    found: dict[Mutant, str] = {}
    for one in mutants:
        with copy.mistaken(one):
            by = copy.failing(one.tests, longest)
        found[one] = "never ends" if by is None else by
        print(f"{'noticed' if found[one] else 'SURVIVED':<9} {one.area:<9} {one.name}  [{found[one]}]", flush=True)  # noqa: T201
    return found


def main() -> None:
    """A line for each, then the share by area; ends with 1 when too few were noticed."""
    words = sys.argv[1:]
    chosen = [one for one in listed() if not words or any(word in (one.area, one.name) for word in words)]
    with copied() as copy:
        found = noticed(copy, chosen)
    for area in (*dict.fromkeys(one.area for one in chosen), "all"):
        counted = [bool(by) for one, by in found.items() if area in (one.area, "all")]
        print(f"{area:<9} {sum(counted):>3} of {len(counted):>3}  {share(counted):5.1f} %")  # noqa: T201
    sys.exit(share([bool(by) for by in found.values()]) < LEAST)


def share(noticed: Collection[bool]) -> float:
    """Per cent."""
    return 100 * sum(noticed) / len(noticed) if noticed else 0.0


if __name__ == "__main__":
    main()
